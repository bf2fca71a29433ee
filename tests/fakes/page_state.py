"""What Chainlit's page would show, kept from the socket's events as its front end does.

The rules are those of `libs/react-client/src` in Chainlit 2.12 (`useChatSession.ts`,
`utils/message.ts`): a known id is updated in place, a step under a parent that is not there is
dropped, and tokens are added to the output of a step that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Payload = dict[str, Any]


@dataclass
class PageState:
    """Steps in the order of the page; a doubled action stays doubled, as on the page."""

    steps: dict[str, Payload] = field(default_factory=dict)
    actions: list[Payload] = field(default_factory=list)
    elements: dict[str, Payload] = field(default_factory=dict)
    sidebar: list[Payload] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    gate: Payload = field(default_factory=dict)  # the gate's card, as the page's script draws it
    words: dict[str, Any] = field(default_factory=dict)  # the last of each kind to the scripts
    draft: str = ""  # what the chat has put back into the composer
    loading: bool = False
    thread_id: str = ""
    profile: str = ""  # in the header, of a thread that was opened

    def apply(self, event: str, data: Any) -> None:
        """Change as the page does for one event of the socket; others change nothing seen."""
        if rule := _RULES.get(event):
            rule(self, data)

    def _add(self, step: Payload) -> None:
        parent = step.get("parentId")
        if step["id"] in self.steps:
            self.steps[step["id"]] |= step
        elif not parent or parent in self.steps:
            self.steps[step["id"]] = dict(step)

    def _update(self, step: Payload) -> None:
        if step["id"] in self.steps:
            self.steps[step["id"]] |= step

    def _add_token(self, token: Payload) -> None:
        step = self.steps.get(token["id"])
        if step is None:
            return
        part = "input" if token.get("isInput") else "output"
        before = "" if token.get("isSequence") else step.get(part) or ""
        step[part] = before + token["token"]

    def _replace_steps(self, thread: Payload) -> None:
        self.steps = {step["id"]: step for step in thread["steps"]}
        self.profile = thread["metadata"].get("chat_profile", self.profile)

    def _set_loading(self, loading: bool) -> None:
        self.loading = loading

    def _hear(self, word: Payload) -> None:
        """What the chat tells the page's own script."""
        self.words[word["warmline"]] = word["data"]
        if word["warmline"] == "gate":
            self.gate = word["data"]
        elif word["warmline"] == "draft":
            self.draft = word["data"]

    def _set_thread(self, interaction: Payload) -> None:
        self.thread_id = interaction["thread_id"]

    def _add_element(self, element: Payload) -> None:
        self.elements[element["id"]] = element

    def _remove_element(self, element: Payload) -> None:
        self.elements.pop(element["id"], None)

    def _set_sidebar(self, sidebar: Payload) -> None:
        self.sidebar = sidebar["elements"]

    def _remove_action(self, action: Payload) -> None:
        """Only the first of that id, as the page does."""
        ids = [known["id"] for known in self.actions]
        if action["id"] in ids:
            del self.actions[ids.index(action["id"])]

    def remove(self, step_id: str) -> None:
        """Drop a step and what is under it."""
        for child in [i for i, s in self.steps.items() if s.get("parentId") == step_id]:
            self.remove(child)
        self.steps.pop(step_id, None)

    def remove_below(self, step_id: str) -> None:
        """Drop what comes after a step, as when it is edited."""
        ids = list(self.steps)
        for below in ids[ids.index(step_id) + 1 :]:
            self.steps.pop(below, None)

    # -- what a person reads ----------------------------------------------------------------------

    def messages(self, kind: str) -> list[str]:
        """The texts of the messages of a kind (`user_message`, `assistant_message`)."""
        return [s.get("output") or "" for s in self.steps.values() if s.get("type") == kind]

    def reply_to(self, message_id: str) -> str:
        """The assistant's messages under a message, up to the person's next one."""
        ids, texts = list(self.steps), []
        for step_id in ids[ids.index(message_id) + 1 :]:
            step = self.steps[step_id]
            if step.get("type") == "user_message":
                break
            if step.get("type") == "assistant_message":
                texts.append(step.get("output") or "")
        return "\n".join(texts)

    def buttons(self) -> list[Payload]:
        """The actions that are seen: those under a message that is there."""
        return [a for a in self.actions if a.get("forId") is None or a["forId"] in self.steps]

    def text(self) -> str:
        """Everything that can be read or pressed: steps, elements, buttons, toasts."""
        shown = [s.get("output") or "" for s in self.steps.values() if s.get("type") != "run"]
        for element in [*self.elements.values(), *self.sidebar]:
            shown += _leaves([element.get("content"), element.get("props")])
        for action in self.buttons():
            shown += [action.get("label") or action.get("name", ""), action.get("tooltip") or ""]
        return "\n".join([*shown, *self.toasts, *self._card()])

    def _card(self) -> list[str]:
        """The gate's card; it is not there while the gate is open."""
        return [] if self.gate.get("open", True) else list(_leaves(self.gate))


_RULES: dict[str, Callable[[PageState, Any], None]] = {
    "new_message": PageState._add,
    "stream_start": PageState._add,
    "update_message": PageState._update,
    "delete_message": lambda page, step: page.remove(step["id"]),
    "stream_token": PageState._add_token,
    "resume_thread": PageState._replace_steps,
    "task_start": lambda page, _: page._set_loading(True),
    "task_end": lambda page, _: page._set_loading(False),
    "first_interaction": PageState._set_thread,
    "action": lambda page, action: page.actions.append(action),
    "remove_action": PageState._remove_action,
    "element": PageState._add_element,
    "remove_element": PageState._remove_element,
    "set_sidebar_elements": PageState._set_sidebar,
    "toast": lambda page, toast: page.toasts.append(toast["message"]),
    "window_message": PageState._hear,
}


def _leaves(value: Any) -> Iterator[str]:
    """The texts and numbers of a JSON value, without its keys."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
