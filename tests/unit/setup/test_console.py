from __future__ import annotations

import io

import pytest

from backend.setup.console import Console
from backend.setup.steps import StepProgress


def progress(detail: str, number: int = 1, fraction: float = 0.5) -> StepProgress:
    return StepProgress(number=number, num_steps=2, fraction=fraction, detail=detail)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def test_on_a_terminal_progress_is_one_line_that_is_written_over(out: io.StringIO) -> None:
    console = Console(out, live=True)
    console.show(progress("1 of 9 packages"))
    console.show(progress("2 of 9 packages"))
    console.show(progress("The chat: done", fraction=1))
    clear = "\r\x1b[2K"
    assert out.getvalue() == (
        f"[1/2] 1 of 9 packages{clear}[1/2] 2 of 9 packages{clear}[1/2] The chat: done\n"
    )


def test_a_line_that_stays_does_not_mix_with_progress(out: io.StringIO) -> None:
    console = Console(out, live=True)
    console.show(progress("1 of 9 packages"))
    console.say("Port 8001 is taken.")
    assert out.getvalue().endswith("\x1b[2KPort 8001 is taken.\n")


def test_a_long_line_is_cut_to_the_terminal(out: io.StringIO) -> None:
    console = Console(out, live=True, num_columns=20)
    console.show(progress("x" * 100))
    assert len(out.getvalue()) < 20


def test_in_a_log_progress_is_a_line_every_ten_seconds(out: io.StringIO, clock: Clock) -> None:
    console = Console(out, clock=clock)
    for second in range(25):
        clock.now = 1000.0 + second
        console.show(progress(f"{second} of 25"))
    assert out.getvalue() == "[1/2] 0 of 25\n[1/2] 10 of 25\n[1/2] 20 of 25\n"


def test_in_a_log_each_steps_begin_and_end_are_said_at_once(out: io.StringIO, clock: Clock) -> None:
    console = Console(out, clock=clock)
    console.show(progress("the chat"))
    console.show(progress("The chat: done", fraction=1))
    console.show(progress("the engine", number=2))
    assert out.getvalue() == "[1/2] the chat\n[1/2] The chat: done\n[2/2] the engine\n"


def test_where_the_chat_writes_too_no_line_is_written_over(out: io.StringIO, clock: Clock) -> None:
    console = Console(out, live=True, clock=clock)
    console.share()
    console.show(progress("1 of 9 packages"))
    assert out.getvalue() == "[1/2] 1 of 9 packages\n"
