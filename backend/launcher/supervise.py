"""The loop: start vLLM, follow it, start it again when it dies, stop it when asked.

start ── lines ──> serving ── dies ──┐
  ^                                  │ a crash loop, or a cause that a new start cannot cure?
  └── back-off (1 s, 2 s … 60 s) <───┴──> failed: /status says why until the launcher is ended
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from backend.launcher.activity import ActivityWatch
from backend.launcher.answer import Halt, answer
from backend.launcher.cache_care import set_aside
from backend.launcher.child import Child, Exited, Line
from backend.launcher.download import DownloadWatch
from backend.launcher.eta import BootHistory
from backend.launcher.follow import Boot, BootReading
from backend.launcher.masking import Mask
from backend.launcher.mend import mended_command
from backend.launcher.patience import Patience
from backend.launcher.phases import Phase
from backend.launcher.plan import Plan
from backend.launcher.preload import PreloadError
from backend.launcher.problems import Problem, blamed, crash_loop, name_failure
from backend.launcher.restart import RestartPolicy
from backend.launcher.shortcuts import PRELOAD
from backend.launcher.start import Starter, is_preloaded
from backend.launcher.startup_plan import keep_plans_of_this_share
from backend.launcher.status import LogTail, Slow, Status


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The launcher is asked to end; a signal handler puts it into the inbox."""


_NOT_STARTED = 127  # the exit code of a program that a shell could not start

# A SimpleQueue, because a signal handler may call its `put`.
Inbox = SimpleQueue[Line | Exited | StopRequested]


@dataclass(frozen=True, slots=True)
class _State:
    """What `status` reads: replaced whole, since it is read in other threads."""

    boot: Boot
    halt: Halt | None = None


class Supervisor:
    """Keeps one vLLM running; `status` may be called in any thread.

    Args:
        plan: what is started.
        history: what earlier boots took.
        inbox: where a `StopRequested` may come from.
        mask: takes secrets out of a line.
        echo: where the log goes, masked.
        policy: when a dead engine is started again.
        patience: how long an end may take.
        clock: monotonic seconds.
        pause: waits so many seconds, and says whether a stop was requested meanwhile; by default
            it waits for the inbox.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        history: BootHistory,
        inbox: Inbox,
        mask: Mask,
        echo: Callable[[str], None],
        policy: RestartPolicy | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        self._plan = plan
        self._history = history
        self._inbox = inbox
        self._mask = mask
        self._echo = echo
        self._policy = policy or RestartPolicy()
        self._patience = patience or Patience()
        self._clock = clock
        self._pause = pause or self._stop_comes_within
        self._tail = LogTail()
        self._crashes: list[float] = []
        self._mended: set[str] = set()
        self._taken: Problem | None = None  # others held memory as a start was mended for them
        self._starter = Starter(
            plan.folder, inbox.put, lambda: not inbox.empty(), on_group=self._watch
        )
        command = plan.command
        self._download = DownloadWatch(command.model, command.environment, clock=clock)
        self._activity: ActivityWatch | None = None
        self._state = _State(self._new_boot())

    def run(self) -> int:
        """Keep vLLM running until a stop is requested.

        Returns:
            The launcher's exit code: 0, or 1 if vLLM had failed for good.
        """
        try:
            return self._run()
        finally:
            self._starter.close()

    def _run(self) -> int:
        while True:
            exit_code = self._run_once(self._state.boot)
            if exit_code is None:
                return 0
            delay_seconds = self._after_death(self._state.boot, exit_code)
            if delay_seconds is None:
                self._stop_comes_within(None)
                return 1
            if self._pause(delay_seconds):
                return 0
            self._state = _State(self._new_boot())

    def status(self) -> Status:
        """What `/status` answers now."""
        state = self._state
        reading, halt = state.boot.read(), state.halt
        slow = download = None
        if halt is None:
            slow = self._slow(reading)
            is_downloading = reading.phase is Phase.DOWNLOADING
            download = self._download.look() if is_downloading else None
        tail = self._tail.lines
        return answer(self._plan, reading, halt, slow, download, mask=self._mask, log_tail=tail)

    def _slow(self, reading: BootReading) -> Slow | None:
        """Whether the phase takes longer than ever, and what the engine does meanwhile."""
        watch = self._activity
        if reading.slow_times is None or watch is None:
            return None
        return Slow(times=reading.slow_times, activity=watch.look())

    def _new_boot(self) -> Boot:
        usual = self._plan.boot_key
        # a start that skips the imports is another kind of start
        is_short = self._starter.skips_imports(self._plan.command)
        self._key = f"{usual}-{PRELOAD}" if is_short else usual
        return Boot(
            self._history.expected(self._key) or self._history.expected(usual),
            from_hub=self._plan.from_hub,
            longest=self._history.longest(self._key),
            clock=self._clock,
        )

    def _run_once(self, boot: Boot) -> int | None:
        """One start, to its end: vLLM's exit code, or `None` if a stop was requested."""
        try:
            child = self._start()
        except OSError as error:
            self._see(boot, f"launcher: vLLM cannot be started: {error.strerror}")
            boot.end()
            return _NOT_STARTED
        if child is None:
            return None
        stopping = False
        while True:
            event = self._next(self._patience.doomed_seconds if boot.doomed else None)
            match event:
                case Line():
                    self._see(boot, event.text)
                case Exited():
                    boot.end()
                    return None if stopping else event.code
                case StopRequested():
                    stopping = True
                    child.stop(self._grace_seconds(boot))
                case None:
                    child.stop(0.0)

    def _start(self) -> Child | None:
        """A child, forked if it may be; `None` if a stop is requested meanwhile."""
        self._plan = replace(self._plan, command=keep_plans_of_this_share(self._plan.command))
        if is_preloaded(self._plan.command):
            try:
                return self._starter.fork(self._plan.command)
            except PreloadError as error:
                if not self._inbox.empty():
                    return None
                self._plan = self._plan.without_shortcut(PRELOAD)
                self._echo(f"launcher: started without preload: {error}.")
        return self._starter.start(self._plan.command)

    def _watch(self, group: int) -> None:
        self._activity = ActivityWatch(group, clock=self._clock)

    def _grace_seconds(self, boot: Boot) -> float:
        if not boot.serving:
            return self._patience.stop_loading_seconds
        return self._patience.stop_seconds + self._plan.command.shutdown_timeout_seconds

    def _see(self, boot: Boot, line: str) -> None:
        text = self._mask(line)
        self._echo(text)
        self._tail.add(text)
        was_serving = boot.serving
        boot.see(text)
        if boot.serving and not was_serving:
            self._history.record(self._key, boot.seconds_by_phase)

    def _after_death(self, boot: Boot, exit_code: int) -> float | None:
        """Say what happened; the seconds until the next start, `None` if there is none."""
        if boot.served_seconds >= self._policy.loop_window_seconds:
            self._crashes.clear()
        self._crashes.append(self._clock())
        problem = name_failure(boot.lines, exit_code)
        if self._starts_mended(boot, problem):
            return 0.0
        if problem.kind == "out_of_memory" and self._taken is not None:
            problem = self._taken
        problem = blamed(problem, self._plan.hardware)
        delay_seconds = None if problem.final else self._policy.delay_seconds(self._crashes)
        if delay_seconds is not None:
            detail = f"{problem.message} It is started again in {delay_seconds:g} s."
            self._state = _State(boot, Halt(Phase.STARTING, problem, detail))
        else:
            if not problem.final:
                problem = crash_loop(problem, self._policy)
            detail = problem.sentences
            self._state = _State(boot, Halt(Phase.FAILED, problem, detail))
        self._echo(f"launcher: {detail}")
        return delay_seconds

    def _starts_mended(self, boot: Boot, problem: Problem) -> bool:
        """Whether the next start is another one: with a value that fits, or without `fork`."""
        mended = None if boot.served_seconds else mended_command(self._plan.command, problem)
        if mended is None or mended.way in self._mended:
            return False
        self._mended.add(mended.way)
        self._taken = problem if problem.kind == "memory_taken" else self._taken
        if mended.set_aside:
            set_aside(mended.set_aside)
            self._starter.close()  # it may have imported what was damaged
        self._plan = self._plan.with_command(mended.command)
        detail = f"{problem.message} It is started again {mended.what}."
        self._state = _State(boot, Halt(Phase.STARTING, problem, detail))
        self._echo(f"launcher: {detail}")
        return True

    def _next(self, timeout_seconds: float | None) -> Line | Exited | StopRequested | None:
        try:
            return self._inbox.get(timeout=timeout_seconds)
        except Empty:
            return None

    def _stop_comes_within(self, seconds: float | None) -> bool:
        return isinstance(self._next(seconds), StopRequested)
