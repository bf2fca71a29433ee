"""The gate: one state for the process, whoever wants to know is told of every change.

The gate decides nothing. `readiness/watch` moves it; the chat asks `is_open` and awaits
`wait_open`; the page and `/readyz` show `state`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from backend.errors import Value


class Phase(StrEnum):
    """The contract's phases, in order; `failed` and `lost` may come at any time."""

    STARTING = "starting"
    DOWNLOADING = "downloading"
    LOADING_WEIGHTS = "loading_weights"
    COMPILING = "compiling"
    ALLOCATING_KV_CACHE = "allocating_kv_cache"
    CAPTURING_GRAPHS = "capturing_graphs"
    SERVING = "serving"
    WARMING_UP = "warming_up"
    READY = "ready"
    LOST = "lost"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What keeps the gate closed.

    `kind` and `values` are ours to make sentences of (`ui/texts`); `message` and `advice` are the
    launcher's own words, empty for a problem that the chat found itself.
    """

    kind: str
    values: dict[str, Value] = field(default_factory=dict)
    message: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A phase takes `times` longer than ever; the engine lives, and `activity` is what it does.

    `activity`: `network`, `disk`, `processor`, `nothing`, or empty where it is not known.
    """

    times: float
    activity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Bytes that are here, bytes of the whole, bytes a second; unknown is `None`."""

    done_bytes: int
    total_bytes: int | None = None
    bytes_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupBurst:
    """One burst of the warm-up: so many requests at once, their mean TTFT.

    `has_long_prompts`: all of its prompts are long.
    """

    num_requests: int
    mean_ttft_seconds: float
    has_long_prompts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateState:
    """What the gate shows. `progress` is 0..1 of the whole start; unknown is `None`.

    `detail` is the launcher's own sentence, empty where it has none. `num_jit_compilations` are the
    kernels that vLLM said it compiled while it generated; `fraction` is 0..1 of the phase alone.
    `is_used_by_others`: their requests were in the engine, so the warm-up left it to them.
    """

    phase: Phase = Phase.STARTING
    progress: float | None = None
    eta_seconds: float | None = None
    detail: str = ""
    problem: Problem | None = None
    model: str | None = None
    max_model_len: int | None = None
    bursts: tuple[WarmupBurst, ...] = ()
    num_jit_compilations: int | None = None
    fraction: float | None = None
    slow: Slow | None = None
    download: Download | None = None
    is_used_by_others: bool = False

    @property
    def ready(self) -> bool:
        """Whether messages may go to the engine."""
        return self.phase is Phase.READY


Subscriber = Callable[[GateState], None]


class Gate:
    """Holds the state, tells subscribers, lets those who wait go on when it opens.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed_at = clock()
        self._opened_at: float | None = None
        self._state = GateState()
        self._open = asyncio.Event()
        self._subscribers: list[Subscriber] = []

    @property
    def state(self) -> GateState:
        """The state now."""
        return self._state

    @property
    def is_open(self) -> bool:
        """Whether a message may go to the engine."""
        return self._state.ready

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since the gate closed (or the process began) until it opened, or until now."""
        end = self._clock() if self._opened_at is None else self._opened_at
        return end - self._closed_at

    def move(self, state: GateState) -> None:
        """Change the state; every subscriber is told if it differs from the one before."""
        before, self._state = self._state, state
        if state.ready and not before.ready:
            self._opened_at = self._clock()
            self._open.set()
        elif before.ready and not state.ready:
            self._closed_at, self._opened_at = self._clock(), None
            self._open.clear()
        if state != before:
            for subscriber in list(self._subscribers):
                subscriber(state)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Be told of every change, in the loop's thread and without delay.

        The subscriber must not block or raise. Returns what ends the subscription.
        """
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def wait_open(self) -> None:
        """Return as soon as the gate is open."""
        await self._open.wait()
