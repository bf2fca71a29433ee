"""Real logs of vLLM, and what the launcher's child makes of them."""

from __future__ import annotations

from pathlib import Path

from backend.launcher.child import split_lines

FOLDER = Path(__file__).with_name("logs")


def recorded(name: str) -> list[str]:
    """The lines of a recorded log."""
    return list(split_lines([(FOLDER / f"{name}.log").read_bytes()]))
