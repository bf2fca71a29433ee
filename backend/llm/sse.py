"""Server-sent events out of bytes that come in any pieces (WHATWG HTML, 9.2.6).

Only `data` fields matter here. A streamed token is one event in one piece nearly always, so that
case takes the short way.
"""

from __future__ import annotations


class SseParser:
    """Takes the body of a stream piece by piece, gives the payloads of its events."""

    def __init__(self) -> None:
        self._rest = b""  # of an event whose end has not come
        self._after_cr = False  # a line feed that comes now belongs to that carriage return

    def feed(self, chunk: bytes) -> list[bytes]:
        """The payloads (what follows `data: `) of the events that this piece completes."""
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_line_feeds(chunk)
        *events, self._rest = (self._rest + chunk).split(b"\n\n")
        return [payload for event in events if (payload := _payload(event)) is not None]

    def close(self) -> list[bytes]:
        """The payload of a last event that was not ended by an empty line, if there is one."""
        event, self._rest, self._after_cr = self._rest, b"", False
        payload = _payload(event)
        return [] if payload is None else [payload]

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        if self._after_cr and chunk.startswith(b"\n"):
            chunk, self._after_cr = chunk[1:], False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _payload(event: bytes) -> bytes | None:
    """The data of one event, its lines joined; `None` for comments and other fields."""
    if event.startswith(b"data: ") and b"\n" not in event:
        return event[6:]
    lines = [line[5:].removeprefix(b" ") for line in event.split(b"\n") if line[:5] == b"data:"]
    return b"\n".join(lines) if lines else None
