"""How one start of vLLM begins: forked from a parent that has it imported, or plainly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from backend.launcher.child import Child, Emit
from backend.launcher.command import Command
from backend.launcher.preload import ForkedProcess, PreloadedParent
from backend.launcher.shortcuts import PRELOAD


class Starter:
    """Starts engines.

    Args:
        folder: their working directory.
        emit: told of each line and exit.
        is_stopping: whether the launcher is to end.
    """

    def __init__(self, folder: Path, emit: Emit, is_stopping: Callable[[], bool]) -> None:
        self._folder = folder
        self._emit = emit
        self._is_stopping = is_stopping
        self._parent: PreloadedParent | None = None

    @property
    def skips_imports(self) -> bool:
        """Whether the next start finds everything imported."""
        return self._parent is not None and self._parent.is_ready

    def fork(self, command: Command) -> Child:
        """Start an engine out of a parent that has vLLM imported.

        Raises:
            PreloadError: There is none, or it does not fork.
        """

        def fork(lifeline: int) -> ForkedProcess:
            assert self._parent is not None
            arguments = command.argv[1:]
            return self._parent.start(arguments, command.environment, lifeline, self._is_stopping)

        if self._parent is None:
            self._parent = PreloadedParent(command.python, command.environment, self._folder)
        return self._child(command, fork)

    def start(self, command: Command) -> Child:
        """Start an engine as a program of its own."""
        self.close()
        return self._child(command, None)

    def close(self) -> None:
        """End the parent; engines go on."""
        if self._parent is not None:
            self._parent.close()
            self._parent = None

    def _child(self, command: Command, fork: Callable[[int], ForkedProcess] | None) -> Child:
        return Child(
            command.argv,
            environment=command.environment,
            folder=self._folder,
            emit=self._emit,
            fork=fork,
        )


def is_preloaded(command: Command) -> bool:
    """Whether the command is to be forked from a parent."""
    return any(shortcut.name == PRELOAD for shortcut in command.shortcuts)
