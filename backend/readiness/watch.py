"""The loop that moves the gate: it looks at the engine, warms it up, opens, closes, for ever.

Two readers, side by side, so that neither delays the other: the probe decides, the launcher's
page explains. A third task warms up an engine that answers, and then sees that it goes on to
generate, while the probe goes on looking.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from backend.errors import WarmlineError
from backend.readiness.canary import Canary
from backend.readiness.change_log import in_words, log_change
from backend.readiness.explanation import Explanation
from backend.readiness.gate import Gate, GateState, Phase, Problem, WarmupBurst
from backend.readiness.pace import Pace
from backend.readiness.probe import MISTAKES, Probe, Serving, Silent
from backend.readiness.status import StatusPage, StatusReport
from backend.readiness.timing import Sleep, within
from backend.readiness.warmup import Warmed, Warmup
from backend.readiness.warmup_history import WarmupHistory
from backend.readiness.warmup_policy import Capacity

log = logging.getLogger("warmline.readiness")


class Watch:
    """Moves one gate.

    Args:
        gate: what it moves; its state names the model while it warms up.
        probe: looks at the engine.
        status_page: reads what the launcher says.
        warmup: generates real tokens.
        canary: sees, while the gate is open, that the engine still generates.
        last_sign_of_life: when bytes of a reply last came, by `clock`; `None` for never.
        history: of earlier warm-ups.
        pace: how often.
        clock: monotonic seconds.
        sleep: waits seconds.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        probe: Probe,
        status_page: StatusPage,
        warmup: Warmup,
        canary: Canary,
        last_sign_of_life: Callable[[], float | None] = lambda: None,
        history: WarmupHistory | None = None,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._gate = gate
        self._probe = probe
        self._status_page = status_page
        self._warmup = warmup
        self._canary = canary
        self._last_sign_of_life = last_sign_of_life
        self._pace = pace or Pace()
        self._clock = clock
        self._sleep = sleep
        self._explanation = Explanation(history)
        self._suspected = asyncio.Event()
        self._engine: Serving | None = None
        self._tending: asyncio.Task[None] | None = None
        self._warmup_began = clock()
        self._num_silent = 0
        self._mistake: Problem | None = None
        self._host_is_known = False
        self._host_unknown_since: float | None = None

    @property
    def report(self) -> StatusReport | None:
        """What the launcher said last; `None` while there is none."""
        return self._explanation.report

    def suspect(self) -> None:
        """Look at once: somebody saw the engine fail. Opens and closes nothing by itself."""
        self._suspected.set()

    async def run(self) -> None:
        """Watch until cancelled; what an unexpected error breaks is one look."""
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self._repeat(self._look, self._wait_to_look))
            self._tasks.create_task(self._repeat(self._listen, self._wait_to_listen))

    async def _repeat(
        self, step: Callable[[], Awaitable[None]], wait: Callable[[], Awaitable[None]]
    ) -> None:
        while True:
            try:
                await step()
            except Exception:
                log.exception("unexpected error, the watch goes on")
            await wait()

    # -- the launcher explains --------------------------------------------------------------------

    async def _listen(self) -> None:
        self._explanation.hear(await self._status_page.read())
        if self._engine is None:
            self._show(self._explanation.closed(self._mistake))
        elif self._gate.state.phase is Phase.WARMING_UP:
            state = replace(self._gate.state, num_jit_compilations=self._num_jit_compilations)
            self._show(self._explanation.warming_up(state, self._clock() - self._warmup_began))

    async def _wait_to_listen(self) -> None:
        await self._sleep(
            self._pace.open_seconds if self._gate.is_open else self._pace.closed_seconds
        )

    @property
    def _num_jit_compilations(self) -> int | None:
        return self.report.num_jit_compilations if self.report else None

    # -- the probe decides ------------------------------------------------------------------------

    async def _look(self) -> None:
        sighting = await self._probe.look()
        if isinstance(sighting, Serving):
            self._answers(sighting)
        else:
            self._does_not_answer(sighting)

    async def _wait_to_look(self) -> None:
        seconds = self._pace.open_seconds if self._gate.is_open else self._pace.closed_seconds
        if self._engine is not None and self._num_silent:
            seconds = self._pace.confirm_seconds
        with suppress(TimeoutError):
            await within(seconds, self._suspected.wait(), self._sleep)
        self._suspected.clear()

    def _answers(self, serving: Serving) -> None:
        self._num_silent = 0
        self._host_is_known = True
        if self._engine is not None and serving.is_same_engine(self._engine):
            return
        self._stop_tending()
        self._engine = serving
        self._tending = self._tasks.create_task(self._tend(serving))

    def _does_not_answer(self, silent: Silent) -> None:
        self._num_silent += 1
        if self._engine is not None:
            if not self._is_confirmed(silent):
                return
            self._stop_tending()
            self._lose_engine()
        self._mistake = self._mistake_in(silent)
        cause = silent.cause if self._mistake else f"{silent.kind}: {silent.cause}"
        self._show(self._explanation.closed(self._mistake), cause)

    def _is_confirmed(self, silent: Silent) -> bool:
        """Twice in a row; a time-out proves nothing while replies go on."""
        if self._num_silent < 2:
            return False
        last = self._last_sign_of_life()
        is_alive = last is not None and self._clock() - last < self._pace.sign_of_life_seconds
        return silent.kind != "engine_timeout" or not is_alive

    def _lose_engine(self) -> None:
        self._engine = None
        if self._gate.is_open:
            self._explanation.lost()

    def _mistake_in(self, silent: Silent) -> Problem | None:
        if silent.kind == "engine_host_unknown":
            if self._host_unknown_since is None:
                self._host_unknown_since = self._clock()
            unknown_seconds = self._clock() - self._host_unknown_since
            if self._host_is_known or unknown_seconds < self._pace.host_unknown_seconds:
                return None  # its container is not there yet, or starts again
        elif silent.kind != "engine_timeout":  # which may be the name's own
            self._host_is_known = True
        if silent.kind not in MISTAKES:
            return None
        return Problem(kind=silent.kind, values=silent.values)

    # -- the warm-up opens, the canary closes -----------------------------------------------------

    async def _tend(self, serving: Serving) -> None:
        """Warm up until the gate opens, close it when the engine generates no more.

        Cancelled when the gate closes for another reason; the next look begins anew.
        """
        await self._warm_up(serving)
        failure = await self._canary.until_lost()
        self._tending = self._mistake = None
        self._lose_engine()
        self._show(self._explanation.closed(None), f"canary: {failure}")

    async def _warm_up(self, serving: Serving) -> None:
        """Warm up until it succeeds, then open the gate."""
        cold = GateState(
            phase=Phase.WARMING_UP, model=serving.model, max_model_len=serving.max_model_len
        )
        self._warmup_began = self._clock()
        self._show(self._explanation.warming_up(cold, 0.0))
        num_failed = 0
        while isinstance(warmed := await self._try_warmup(serving), Problem):
            num_failed += 1
            failed = replace(cold, problem=warmed)
            elapsed_seconds = self._clock() - self._warmup_began
            reason = str(warmed.values["reason"])
            self._show(self._explanation.warming_up(failed, elapsed_seconds), reason)
            await self._sleep(self._pace.warmup_pause_seconds)
        is_used = warmed.ended == "in_use"
        if not is_used and not num_failed:
            seconds = self._clock() - self._warmup_began - warmed.learning_seconds
            self._explanation.warmed_up(seconds, warmed.steady_ttft_seconds)
        warm = replace(
            self._gate.state,
            phase=Phase.READY,
            progress=1.0,
            eta_seconds=None,
            is_used_by_others=is_used,
        )
        self._show(warm, f"{warmed.ended}: {in_words(warm.bursts)}")

    async def _try_warmup(self, serving: Serving) -> Warmed | Problem:
        """How a warm-up ended; any failure is the engine's, that is not ready then."""
        try:
            return await self._warmup.run(
                lambda: self._capacity(serving),
                self._show_burst,
                lambda: self._explanation.steady_ttft_seconds,
            )
        except WarmlineError as error:
            reason = error.kind
        except Exception as error:
            reason = type(error).__name__  # its text may repeat what the engine echoes
        return Problem(kind="warmup_failed", values={"reason": reason})

    def _capacity(self, serving: Serving) -> Capacity:
        max_num_seqs = self.report.max_num_seqs if self.report else None
        return Capacity(max_num_seqs=max_num_seqs, max_model_len=serving.max_model_len)

    def _show_burst(self, burst: WarmupBurst) -> None:
        state = self._gate.state
        self._show(replace(state, problem=None, bursts=(*state.bursts, burst)))

    def _stop_tending(self) -> None:
        if self._tending is not None:
            self._tending.cancel()
            self._tending = None

    # -- the gate moves ---------------------------------------------------------------------------

    def _show(self, state: GateState, cause: str = "") -> None:
        before = self._gate.state
        if (state.phase, state.problem) != (before.phase, before.problem):
            log_change(state, cause)
        try:
            self._gate.move(state)
        except Exception:
            log.exception("a subscriber of the gate failed")
