"""A page that keeps what it is sent, and services whose engine says what the test tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from chainlit.session import WebsocketSession

from backend.chat.choices import Choices
from backend.chat.clock import FrameClock, Tempo
from backend.chat.numbers import ReplyNumbers
from backend.chat.outcome import Outcome
from backend.chat.profiles import Beginning
from backend.chat.reply_log import ReplyLog
from backend.chat.running import RunningTurns
from backend.chat.turn import TurnRequest, TurnResult
from backend.llm.client import Message
from backend.llm.retry import Retry
from backend.readiness.gate import Gate, GateState, Phase
from backend.store.records import Owner
from backend.store.store import Store
from backend.telemetry.metrics import Metrics
from backend.ui.page import Page
from backend.wiring import Services
from config.presets import Presets, load_presets

COMPLETED = TurnResult(
    outcome=Outcome.COMPLETED,
    numbers=ReplyNumbers(
        prompt_tokens=31,
        cached_tokens=16,
        output_tokens=12,
        ttft_seconds=0.21,
        decode_seconds=0.5,
        finish_reason="stop",
    ),
)


def messages(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What can be read: not the frames around replies."""
    return [step for step in steps if step["type"] != "run"]


@dataclass
class Browser:
    """What Chainlit's page would keep of the events."""

    language: str = "en-US"
    thread_id: str = "thread"
    user: None = None
    chat_profile: str | None = None
    events: list[tuple[str, Any]] = field(default_factory=list)

    async def emit(self, event: str, data: Any) -> None:
        self.events.append((event, data))

    @property
    def page(self) -> Page:
        return Page(cast(WebsocketSession, self))

    def sent(self, event: str) -> list[Any]:
        return [data for name, data in self.events if name == event]

    @property
    def texts(self) -> dict[str, str]:
        """The messages that stand in the page now, by id."""
        texts: dict[str, str] = {}
        for event, data in self.events:
            is_known = event == "update_message" and data["id"] in texts
            if event == "resume_thread":
                texts = {step["id"]: step["output"] for step in messages(data["steps"])}
            elif is_known or event in ("new_message", "stream_start"):
                texts |= {step["id"]: step["output"] for step in messages([data])}
            elif event == "stream_token":
                texts[data["id"]] += data["token"]
            elif event == "delete_message":
                for gone in (data["id"], data["id"].removesuffix(".frame")):
                    texts.pop(gone, None)
        return texts

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The buttons that are there now."""
        buttons: dict[str, dict[str, Any]] = {}
        for event, data in self.events:
            if event == "action":
                buttons[data["id"]] = data
            elif event == "remove_action":
                buttons.pop(data["id"], None)
        return list(buttons.values())

    @property
    def locked(self) -> bool:
        """Whether the composer is locked now."""
        return [e for e, _ in self.events if e in ("task_start", "task_end")][-1] == "task_start"


Script = Callable[[ReplyLog, Callable[[Retry], Awaitable[None]]], Awaitable[TurnResult]]


@dataclass
class ScriptedRunner:
    """Runs the scripts in order, one a turn, in place of an engine."""

    scripts: list[Script] = field(default_factory=list)
    requests: list[TurnRequest] = field(default_factory=list)

    async def run(
        self, request: TurnRequest, log: ReplyLog, on_retry: Callable[[Retry], Awaitable[None]]
    ) -> TurnResult:
        self.requests.append(request)
        script = self.scripts.pop(0)
        try:
            return await script(log, on_retry)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            return TurnResult(outcome=Outcome.STOPPED, numbers=ReplyNumbers())
        finally:
            log.close()


def says(text: str, result: TurnResult = COMPLETED) -> Script:
    async def script(log: ReplyLog, _: object) -> TurnResult:
        if text:
            log.append(text)
        return result

    return script


def says_until_stopped(text: str, shown: asyncio.Event) -> Script:
    async def script(log: ReplyLog, _: object) -> TurnResult:
        log.append(text)
        shown.set()
        await asyncio.Event().wait()
        raise AssertionError("stopped before")

    return script


class NothingChosen:
    """Leaves all to the engine."""

    async def choices(self, owner: Owner, beginning: Beginning) -> Choices:
        return Choices()


@dataclass
class Around:
    """The services that a conversation needs, with a scripted engine behind them."""

    store: Store
    runner: ScriptedRunner = field(default_factory=ScriptedRunner)
    gate: Gate = field(default_factory=Gate)
    metrics: Metrics = field(default_factory=Metrics)
    turns: RunningTurns = field(default_factory=RunningTurns)
    frames: FrameClock = field(default_factory=lambda: FrameClock(Tempo(fastest=1000)))
    profiles: NothingChosen = field(default_factory=NothingChosen)
    presets: Presets = field(default_factory=load_presets)

    def open_gate(self, max_model_len: int = 4096) -> None:
        self.gate.move(GateState(phase=Phase.READY, model="m", max_model_len=max_model_len))

    async def count_num_tokens(self, model: str, messages: Sequence[Message]) -> int | None:
        return None

    @property
    def services(self) -> Services:
        return cast(Services, self)

    async def all_turns_end(self) -> None:
        running = [task for task in asyncio.all_tasks() if task.get_name() == "turn"]
        if running:
            await asyncio.wait(running)
