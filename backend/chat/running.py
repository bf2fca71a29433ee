"""The turns that run now: each a task of the process, not of a page."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from backend.chat.turn import SHUTDOWN


class RunningTurns:
    """Starts turns as tasks and ends them in good order when the process ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, turn: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a turn as a task of its own, held until it ends."""
        task = asyncio.create_task(turn, name="turn")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def shut_down(self, grace_seconds: float = 5.0) -> None:
        """End all turns, each with a word to its page, within the grace."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel(SHUTDOWN)
        if tasks:
            await asyncio.wait(tasks, timeout=grace_seconds)
