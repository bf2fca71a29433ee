"""Server-sent events, cut anywhere."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.llm.sse import SseParser


def payloads(pieces: Iterable[bytes]) -> list[bytes]:
    parser = SseParser()
    found = [payload for piece in pieces for payload in parser.feed(piece)]
    return found + parser.close()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: one\n\ndata: two\n\n", [b"one", b"two"]),
        (b"data: one\r\n\r\ndata: two\r\n\r\n", [b"one", b"two"]),
        (b"data: one\r\rdata: two\r\r", [b"one", b"two"]),
        (b"data:without a space\n\n", [b"without a space"]),
        (b"data:  two spaces\n\n", [b" two spaces"]),
        (b"data: one\ndata: event\n\n", [b"one\nevent"]),
        (b"event: message\nid: 7\nretry: 10\ndata: one\n\n", [b"one"]),
        (b": keep-alive\n\ndata: one\n\n: keep-alive\n\n", [b"one"]),
        (b": comment\ndata: one\n\n", [b"one"]),
        (b"\n\n\ndata: one\n\n\n\n", [b"one"]),
        (b"data: one\n\ndata: not ended", [b"one", b"not ended"]),
        (b"data: not ended\n", [b"not ended"]),
        (b"database: no data\n\n", []),
        (b"", []),
    ],
)
def test_payloads_of_a_body(body: bytes, expected: list[bytes]) -> None:
    assert payloads([body]) == expected


def test_an_event_is_there_as_soon_as_its_empty_line_is() -> None:
    parser = SseParser()

    assert parser.feed(b"data: o") == []
    assert parser.feed(b"ne\n") == []
    assert parser.feed(b"\n") == [b"one"]


def test_an_event_with_carriage_returns_is_there_before_its_last_line_feed() -> None:
    parser = SseParser()

    assert parser.feed(b"data: one\r\n\r") == [b"one"]
    assert parser.feed(b"\ndata: two\r\n\r\n") == [b"two"]


CHARACTERS = st.characters(codec="utf-8", exclude_characters="\r\n")
LINES = st.text(CHARACTERS, max_size=20).map(str.encode)
EVENTS = st.lists(
    st.one_of(
        LINES.map(lambda line: b"data: " + line),
        LINES.map(lambda line: b"data: one\ndata: " + line),
        LINES.map(lambda line: b": " + line),
    ),
    max_size=8,
)


@st.composite
def cut(draw: st.DrawFn, body: bytes) -> list[bytes]:
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=12)))
    return [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]


@settings(deadline=None)
@given(st.data(), EVENTS, st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_events_are_the_same_wherever_they_are_cut(
    data: st.DataObject, events: list[bytes], line_end: bytes
) -> None:
    body = b"".join(event + b"\n\n" for event in events).replace(b"\n", line_end)
    expected = [
        b"\n".join(line.removeprefix(b"data: ") for line in event.split(b"\n"))
        for event in events
        if event.startswith(b"data")
    ]

    assert payloads(data.draw(cut(body))) == expected


@settings(deadline=None)
@given(st.data(), st.text(alphabet="data: x\r\n").map(str.encode))
def test_any_bytes_mean_the_same_wherever_they_are_cut(data: st.DataObject, body: bytes) -> None:
    assert payloads(data.draw(cut(body))) == payloads([body])
