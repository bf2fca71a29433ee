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
        on_group: told of each process group that a start is busy in, the parent's imports too.
    """

    def __init__(
        self,
        folder: Path,
        emit: Emit,
        is_stopping: Callable[[], bool],
        *,
        on_group: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._folder = folder
        self._emit = emit
        self._is_stopping = is_stopping
        self._on_group = on_group
        self._parent: PreloadedParent | None = None

    def skips_imports(self, command: Command) -> bool:
        """Whether a start of this command finds everything imported."""
        parent = self._parent
        if parent is None or not is_preloaded(command):
            return False
        return parent.is_ready and parent.fits(command.environment)

    def fork(self, command: Command) -> Child:
        """Start an engine out of a parent that has vLLM imported.

        Raises:
            PreloadError: There is none, or it does not fork.
        """
        if self._parent is not None and not self._parent.fits(command.environment):
            self.close()
        if self._parent is None:
            self._parent = PreloadedParent(
                command.python, command.environment, self._folder, on_group=self._on_group
            )
        parent, arguments = self._parent, command.argv[1:]
        return self._child(
            command, lambda lifeline: parent.start(arguments, lifeline, self._is_stopping)
        )

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
        child = Child(
            command.argv,
            environment=command.environment,
            folder=self._folder,
            emit=self._emit,
            fork=fork,
        )
        self._on_group(child.group)
        return child


def is_preloaded(command: Command) -> bool:
    """Whether the command is to be forked from a parent."""
    return any(shortcut.name == PRELOAD for shortcut in command.shortcuts)
