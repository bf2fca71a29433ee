"""SIGINT, SIGTERM and SIGHUP end the work in good order: what it started is stopped first."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from backend.setup.children import adopt_orphans, kill_descendants

T = TypeVar("T")


class Stopped(Exception):  # noqa: N818 - nobody's mistake
    """A signal ended the work; `exit_status` is what a shell makes of it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.strsignal(number))
        self.exit_status = 128 + number


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, and leave no process behind.

    The first signal cancels the work, a second kills all that it started.

    Raises:
        Stopped: A signal came, and the work has stopped.
    """
    adopt_orphans()
    try:
        return asyncio.run(_guarded(work))
    finally:
        kill_descendants()


async def _guarded(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    received: list[int] = []

    def on_signal(number: int) -> None:
        received.append(number)
        if len(received) == 1:
            task.cancel()
        else:
            kill_descendants()

    loop = asyncio.get_running_loop()
    for number in _signals():
        loop.add_signal_handler(number, on_signal, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        raise Stopped(received[0]) from None


def _signals() -> tuple[signal.Signals, ...]:
    """SIGHUP is left alone where it is ignored already (`nohup`)."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return (signal.SIGINT, signal.SIGTERM)
    return (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
