"""Chainlit's handlers, and nothing else: each hands over to `backend/ui`."""

from __future__ import annotations

import chainlit as cl

from backend import wiring
from backend.ui import defects, history, profiles, shortcuts
from backend.ui.asked import Asked
from backend.ui.gate_card import GateCard
from backend.ui.panel import LivePanel
from backend.ui.sessions import ChatSessions

services = wiring.services()
sessions = ChatSessions(services)
card = GateCard(services, sessions)
asked = Asked(sessions, LivePanel(sessions, services.live_engine.look))
defects.mend(sessions, card)
history.show(sessions)
shortcuts.take(sessions)


@cl.on_app_startup
async def start() -> None:
    """Under `chainlit run` alone: the parent of `make chat` starts the services itself."""
    await services.start()
    wiring.warn_of_development_mode()


@cl.on_app_shutdown
async def shut_down() -> None:
    """Under `chainlit run` alone."""
    await services.shut_down()


@cl.set_chat_profiles
async def offer(_user: cl.User | None, language: str | None) -> list[cl.ChatProfile]:
    """What a new chat can be for, with questions to begin with."""
    return profiles.offered(services.presets, services.branding, language)


@cl.on_message
async def answer(message: cl.Message) -> None:
    """A message was sent; the page's own ones take `ui/shortcuts/message` to the same call."""
    await sessions.current().answer(message.id, message.content)


@cl.on_chat_end
async def close_chat() -> None:
    """A page is gone, or its connection dropped: Chainlit does not tell which."""
    sessions.went(cl.context.session)


@cl.on_window_message
async def hear(word: object) -> None:
    """A script of the page asks for something."""
    await asked.hear(sessions.current_session(), word)


@cl.action_callback("continue")
async def go_on(action: cl.Action) -> None:
    """Continue a reply that was cut short."""
    await sessions.current().go_on(action.payload["message_id"])


@cl.action_callback("retry")
@cl.action_callback("regenerate")
async def ask_again(action: cl.Action) -> None:
    """Another reply to the same question."""
    await sessions.current().ask_again(action.payload["message_id"])


@cl.action_callback("numbers")
async def show_numbers(action: cl.Action) -> None:
    """A reply's numbers in full."""
    await sessions.current().show_numbers(action.payload["message_id"])
