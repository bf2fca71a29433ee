"""What a conversation is for: its profile, with a system prompt and sampling values of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from backend.chat.choices import Choices
from backend.llm.client import Sampling
from backend.store.choices import ChoiceBook
from backend.store.records import Owner
from config.presets import Presets


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a thread keeps of its first moment: the profile's name, and the page's language.

    The system prompt depends on both, and has to stay the same to the byte: the engine's prefix
    cache begins with it.
    """

    profile: str = ""
    language: str = "en"

    @classmethod
    def from_json(cls, metadata: Mapping[str, Any]) -> Self:
        """What `as_json` gave; the first profile for a thread that says nothing of it."""
        given = {"profile": metadata.get("profile"), "language": metadata.get("language")}
        return cls(**{name: value for name, value in given.items() if isinstance(value, str)})

    def as_json(self) -> dict[str, Any]:
        """As it is stored in a thread's metadata."""
        return asdict(self)


class Profiles:
    """What people chose over the profiles, and these over the settings of the process.

    Args:
        presets: the profiles and presets of `config/presets.toml`.
        settings: what the settings say of replies.
        book: what people chose.
    """

    def __init__(self, presets: Presets, settings: Choices, book: ChoiceBook) -> None:
        self._presets = presets
        self._settings = settings
        self._book = book

    async def choices(self, owner: Owner, beginning: Beginning) -> Choices:
        """How an owner's replies are asked for, in a thread that began so.

        Raises:
            StoreError: the database does not say what the owner has chosen.
        """
        profile = self._presets.profile(beginning.profile).name
        chosen = Choices.from_json(await self._book.of(owner, profile))
        return chosen.over(self.defaults(beginning))

    def defaults(self, beginning: Beginning) -> Choices:
        """How replies are asked for where a person has chosen nothing."""
        profile = self._presets.profile(beginning.profile)
        own = Choices(
            system_prompt=profile.words(beginning.language).system_prompt,
            temperature=profile.temperature,
            top_p=profile.top_p,
            top_k=profile.top_k,
            max_tokens=profile.max_tokens,
        )
        return own.over(self._settings)

    @property
    def samplings(self) -> list[Sampling]:
        """The sampling parameters that are sent by default, each once, the first profile's first.

        They choose the engine's kernels, so the warm-up sends them all.
        """
        profiles = (Beginning(profile.name) for profile in self._presets.profiles)
        return list(dict.fromkeys(self.defaults(profile).sampling for profile in profiles))
