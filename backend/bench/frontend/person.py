"""A person at a Chainlit page, without the page: its socket.io packets, as cheap as they can be."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from backend.bench.frontend.speech import Question, Stamped
from backend.bench.frontend.websocket import WebSocket

SOCKET_PATH = "/ws/socket.io/?EIO=4&transport=websocket"
_PING, _PONG = b"2", "3"
_CONNECTED = b"40"
_FRAME = b'42["stream_token"'
_FIRST = b'42["stream_start"'  # Chainlit's own `stream_token` puts the first token into it
_WHOLE, _IS_REPLY = b'42["update_message"', b'"type":"assistant_message"'
_NEW, _IS_ERROR = b'42["new_message"', b'"isError":true'
_BUTTON, _IS_NUMBERS = b'42["action"', b'"name":"numbers"'
_END = b'42["task_end"'
_OUTPUT_TOKENS = re.compile(rb"([\d,]+) tokens")


@dataclass(slots=True)
class Reply:
    """One reply as it came; times are Unix times.

    `asked` is the message; `end` is the whole reply as the page is shown it, or the sentence in
    its place; `numbers` is the button that holds them.
    """

    asked: str
    sent_at: float
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    end: bytes = b""
    numbers: bytes = b""

    @property
    def text(self) -> str:
        """What the frames hold together."""
        return "".join(_text(payload) for _, payload in self.frames)

    @property
    def whole(self) -> str:
        """The text that the page is shown at the end."""
        return _text(self.end)

    @property
    def stamped(self) -> Stamped:
        """The text and the engine's times.

        Raises:
            ValueError: it is not whole.
        """
        return Stamped.parse(self.text)

    @property
    def is_right(self) -> bool:
        """Whether all text that a `Question` asks for came, in order and once."""
        question = Question.parse(self.asked)
        try:
            return question is not None and self.stamped.text == "".join(question.chunks)
        except ValueError:
            return False

    @property
    def output_tokens(self) -> int | None:
        """The engine's count, as the page shows it; `None` where the reply has none."""
        counted = _OUTPUT_TOKENS.search(self.numbers)
        return int(counted[1].replace(b",", b"")) if counted else None

    @property
    def ttft_seconds(self) -> float:
        """From the message to the first frame."""
        return self.frames[0][0] - self.sent_at

    @property
    def first_late_seconds(self) -> float:
        """From the engine's first token to the first frame."""
        return self.frames[0][0] - self.stamped.began_at

    @property
    def last_late_seconds(self) -> float:
        """From the engine's last token to the last frame."""
        return self.frames[-1][0] - self.stamped.ended_at

    @property
    def frames_per_second(self) -> float:
        """Frames over the time from the first to the last."""
        seconds = self.frames[-1][0] - self.frames[0][0]
        return (len(self.frames) - 1) / seconds if seconds else 0.0

    @property
    def longest_pause_seconds(self) -> float:
        """The longest time between two frames."""
        times = [at for at, _ in self.frames]
        return max((later - at for at, later in pairwise(times)), default=0.0)


class Person:
    """One connection to a chat.

    Args:
        port: of the app, on loopback.
        buffer_bytes: see `WebSocket.open`.
    """

    def __init__(self, port: int, *, buffer_bytes: int | None = None) -> None:
        self._port = port
        self._buffer_bytes = buffer_bytes
        self._socket = WebSocket(self._on_message)
        self._connected = asyncio.Event()
        self._free = asyncio.Event()  # the composer would send
        self._reply: Reply | None = None
        self._session_id = str(uuid.uuid4())

    @property
    def socket(self) -> WebSocket:
        """The connection, for those who stall it."""
        return self._socket

    async def connect(self) -> None:
        """Open the socket as the page does, and wait until the composer is free."""
        await self._socket.open(
            "127.0.0.1", self._port, SOCKET_PATH, buffer_bytes=self._buffer_bytes
        )
        auth = {
            "clientType": "webapp",
            "sessionId": self._session_id,
            "threadId": "",
            "userEnv": "{}",
            "chatProfile": "",
        }
        self._socket.send("40" + json.dumps(auth))
        await self._connected.wait()
        self._emit("connection_successful")
        await self._free.wait()

    async def ask(self, message: object) -> Reply:
        """Send a message, and return its reply when it is over and the composer free."""
        text = str(message)
        step = {
            "threadId": "",
            "id": str(uuid.uuid4()),
            "name": "User",
            "type": "user_message",
            "output": text,
            "createdAt": "2026-01-01T00:00:00.000Z",
            "metadata": {"location": "/"},
        }
        self._free.clear()
        self._reply = Reply(text, sent_at=time.time())
        self._emit("client_message", {"message": step, "fileReferences": []})
        await self._free.wait()
        return self._reply

    async def leave(self) -> None:
        """Close the page for good."""
        self._emit("clear_session")
        await self._socket.close()

    def _emit(self, event: str, *data: Any) -> None:
        self._socket.send("42" + json.dumps([event, *data]))

    def _on_message(self, now: float, payload: bytes) -> None:
        if self._reply is not None:
            self._on_reply(self._reply, now, payload)
        if payload.startswith(_END):
            if self._reply is None or self._reply.end:
                self._free.set()
        elif payload == _PING:
            self._socket.send(_PONG)
        elif payload.startswith(_CONNECTED):
            self._connected.set()

    @staticmethod
    def _on_reply(reply: Reply, now: float, payload: bytes) -> None:
        if payload.startswith(_FRAME) or (payload.startswith(_FIRST) and _text(payload)):
            reply.frames.append((now, payload))
        elif payload.startswith(_WHOLE) and _IS_REPLY in payload:
            reply.end = payload
        elif payload.startswith(_NEW) and _IS_ERROR in payload:
            reply.end = reply.end or payload
        elif payload.startswith(_BUTTON) and _IS_NUMBERS in payload:
            reply.numbers = payload


def _text(payload: bytes) -> str:
    """The text that a frame adds."""
    data = json.loads(payload[2:])[1]
    text: str = data["token"] if "token" in data else data["output"]
    return text
