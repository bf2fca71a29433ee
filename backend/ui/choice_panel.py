"""A person's settings as the page's script draws them: shown, kept, reset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from backend.chat import choice_form
from backend.chat.choices import Choices
from backend.chat.profiles import Beginning
from backend.store.records import Owner
from backend.ui.page import Page
from backend.ui.texts import describe, say
from backend.ui.texts.choice_form import PresetChoice, form
from backend.wiring import Services

Word = dict[str, Any]


class ChoicePanel:
    """Answers what `public/page/choices.js` asks for.

    What is chosen is kept for the page's profile: that of the conversation that it shows, or of the
    next one.

    Args:
        services: of the process.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.answers: dict[str, Callable[[Page, Word], Awaitable[None]]] = {
            "choices": self._show,
            "keep_choices": self._keep,
            "reset_choices": self._reset,
        }

    async def _show(self, page: Page, _: Word, said: str = "") -> None:
        owner, profile = await self._of(page)
        presets = self._services.presets
        chosen = Choices.from_json(await self._services.store.choices.of(owner, profile))
        defaults = self._services.profiles.defaults(Beginning(profile, page.language))
        shown = form(
            page.language,
            profile=presets.profile(profile).words(page.language).title,
            chosen=choice_form.written(chosen),
            defaults=choice_form.written(defaults),
            presets=[
                PresetChoice(title=words.title, text=words.system_prompt)
                for words in (preset.words(page.language) for preset in presets.presets)
            ],
            said=said,
        )
        await page.tell_script("choices", shown)

    async def _keep(self, page: Page, word: Word) -> None:
        """Keep a form, all of it or, with a mistake in it, nothing."""
        given, limit = word.get("form"), self._services.gate.state.max_model_len
        choices, mistakes = choice_form.read(given if isinstance(given, dict) else {}, limit)
        if mistakes:
            sentences = {name: describe(one, page.language) for name, one in mistakes.items()}
            said = say("choices.refused", page.language)
            await page.tell_script("choices_refused", {"mistakes": sentences, "said": said})
            return
        owner, profile = await self._of(page)
        await self._services.store.choices.keep(owner, profile, choices.as_json())
        await page.tell_script("choices_kept", {})
        await page.toast(say("choices.kept", page.language), "success")

    async def _reset(self, page: Page, word: Word) -> None:
        owner, profile = await self._of(page)
        await self._services.store.choices.forget(owner, profile)
        await self._show(page, word, say("choices.was_reset", page.language))

    async def _of(self, page: Page) -> tuple[Owner, str]:
        """Whose choices they are, and for which profile."""
        owner = await self._services.store.owners.named(page.person)
        return owner, self._services.presets.profile(page.profile).name
