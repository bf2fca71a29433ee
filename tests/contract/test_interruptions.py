"""After the first text: whatever is no proper end interrupts the reply, and its text stays."""

from __future__ import annotations

import httpx2
import pytest

from backend.errors import InterruptedReplyError
from backend.llm.events import Event, Finished, TextDelta
from backend.llm.stream import ReplyStream
from tests.contract.engine import DONE, ScriptedEngine, error_event, finish, opened, text


async def read(stream: ReplyStream) -> tuple[list[Event], InterruptedReplyError]:
    """What came before the interruption, and the interruption."""
    came: list[Event] = []
    with pytest.raises(InterruptedReplyError) as interrupted:  # noqa: PT012
        async with stream:
            async for events in stream:
                came += events
    return came, interrupted.value


async def test_a_body_that_ends_without_a_finish_reason(engine: ScriptedEngine) -> None:
    came, _ = await read(await opened(engine, text("a"), text("b")))

    assert came == [TextDelta("a"), TextDelta("b")]


async def test_done_without_a_finish_reason(engine: ScriptedEngine) -> None:
    came, _ = await read(await opened(engine, text("a"), DONE))

    assert came == [TextDelta("a")]


async def test_an_error_event_even_when_done_follows(engine: ScriptedEngine) -> None:
    came, interrupted = await read(await opened(engine, text("a"), error_event(500), DONE))

    assert came == [TextDelta("a")]
    assert str(interrupted) == "error event, code 500"


async def test_text_and_an_error_event_in_one_read(engine: ScriptedEngine) -> None:
    came, _ = await read(await opened(engine, text("a") + text("b") + error_event(500) + DONE))

    assert came == [TextDelta("a"), TextDelta("b")]


async def test_an_error_event_after_the_finish_reason(engine: ScriptedEngine) -> None:
    came, _ = await read(await opened(engine, text("a"), finish(), error_event(500), DONE))

    assert came == [TextDelta("a"), Finished("stop")]


@pytest.mark.parametrize(
    "loss",
    [
        httpx2.ReadError("reset"),
        httpx2.RemoteProtocolError("incomplete chunked read"),
        httpx2.ReadTimeout("no byte for too long"),
        ConnectionResetError(),
    ],
    ids=lambda loss: type(loss).__name__,
)
async def test_a_connection_that_is_lost(engine: ScriptedEngine, loss: Exception) -> None:
    came, _ = await read(await opened(engine, text("a"), loss))

    assert came == [TextDelta("a")]


async def test_an_event_that_is_cut_off(engine: ScriptedEngine) -> None:
    came, _ = await read(await opened(engine, text("a"), text("lost")[:-9]))

    assert came == [TextDelta("a")]


async def test_a_reply_that_the_engine_aborts(engine: ScriptedEngine) -> None:
    came, interrupted = await read(await opened(engine, text("a"), finish("abort"), DONE))

    assert came == [TextDelta("a"), Finished("abort")]
    assert str(interrupted) == "the engine aborted the reply"


async def test_the_cause_repeats_nothing_of_what_the_engine_says(engine: ScriptedEngine) -> None:
    _, interrupted = await read(await opened(engine, text("a"), error_event(500, "the prompt")))

    assert "the prompt" not in str(interrupted)
