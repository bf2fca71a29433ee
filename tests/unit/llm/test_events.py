"""One payload of a streamed chat completion, as vLLM 0.32 writes it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import EngineBusyError, EngineError, EngineFaultError, NotAnEngineError
from backend.llm.events import Event, Finished, TextDelta, Usage, parse
from backend.llm.sse import SseParser


@pytest.mark.parametrize(
    ("chunk", "events"),
    [
        ({"choices": [{"delta": {"role": "assistant", "content": ""}}], "usage": None}, []),
        ({"choices": [{"delta": {"content": None}, "finish_reason": None}]}, []),
        ({"choices": [{"delta": {"content": "a"}}]}, [TextDelta("a")]),
        (
            {"choices": [{"delta": {"content": "a"}, "finish_reason": "length"}]},
            [TextDelta("a"), Finished("length")],
        ),
        ({"choices": [{"delta": None, "finish_reason": "stop"}]}, [Finished("stop")]),
        (
            {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}},
            [Usage(prompt_tokens=7, completion_tokens=3, cached_tokens=None)],
        ),
        (
            {"choices": [], "usage": {"prompt_tokens_details": {"cached_tokens": 0}}},
            [Usage(prompt_tokens=None, completion_tokens=None, cached_tokens=0)],
        ),
        (
            {"choices": [], "usage": {"prompt_tokens": 7}, "metrics": {"queue_time_ms": 250.0}},
            [Usage(7, None, None, queue_seconds=0.25)],
        ),
        (
            {"choices": [], "usage": {"prompt_tokens": 7}, "metrics": {"queue_time_ms": None}},
            [Usage(7, None, None)],
        ),
        (
            {"choices": [{"delta": {}, "finish_reason": "stop", "stop_reason": "END"}]},
            [Finished("stop", stop_word="END")],
        ),
        (
            {"choices": [{"delta": {}, "finish_reason": "stop", "stop_reason": 151643}]},
            [Finished("stop")],
        ),
        ({"choices": None}, []),
        ({}, []),
    ],
)
def test_a_chunk(chunk: dict[str, object], events: list[Event]) -> None:
    assert parse(json.dumps(chunk).encode()) == events


def test_done_says_nothing() -> None:
    assert parse(b"[DONE]") == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (503, EngineBusyError),
        (429, EngineBusyError),
        ("503", EngineBusyError),
        (500, EngineFaultError),
        (None, EngineFaultError),
        ("internal_error", EngineFaultError),
    ],
)
def test_an_error_event_is_raised_by_its_code(code: object, kind: type[EngineError]) -> None:
    payload = {"error": {"message": "the prompt", "type": "x", "param": None, "code": code}}

    with pytest.raises(kind) as raised:
        parse(json.dumps(payload).encode())
    assert "the prompt" not in str(raised.value)


@pytest.mark.parametrize(
    "payload", [b"", b"<html>", b'{"choices"', b"[]", b"7", b"null", b'{"choices":["a"]}']
)
def test_what_is_no_chunk(payload: bytes) -> None:
    with pytest.raises(NotAnEngineError):
        parse(payload)


@settings(deadline=None)
@given(st.lists(st.text(min_size=1), max_size=6), st.integers(1, 7))
def test_text_is_the_same_however_its_bytes_are_cut(texts: list[str], size: int) -> None:
    chunks = [{"choices": [{"delta": {"content": text}}]} for text in texts]
    body = b"".join(
        b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n" for chunk in chunks
    )
    parser = SseParser()
    pieces = (body[start : start + size] for start in range(0, len(body), size))

    events = [
        event for piece in pieces for payload in parser.feed(piece) for event in parse(payload)
    ]

    assert events == [TextDelta(text) for text in texts]
