"""The smallest ASGI app and ways to ask it, so that the guard is seen alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from httpx2 import ASGITransport, AsyncClient
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SOCKET_PATH = "/ws/socket.io/"


@dataclass
class Target:
    """Answers 200 to all, and remembers what it was called with."""

    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    calls: list[tuple[Scope, Receive, Send]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls.append((scope, receive, send))
        if scope["type"] == "http":
            await PlainTextResponse("it", self.status, self.headers)(scope, receive, send)

    @property
    def scope(self) -> Scope:
        """Of the only call."""
        [(scope, _, _)] = self.calls
        return scope


def asking(app: ASGIApp, base_url: str = "http://localhost:8000") -> AsyncClient:
    """A client for the app."""
    return AsyncClient(transport=ASGITransport(app), base_url=base_url)


async def open_socket(
    app: ASGIApp, path: str = SOCKET_PATH, **headers: str
) -> tuple[list[Message], Receive, Send]:
    """Knock as a WebSocket does; what the app sent, and the two ends that it was given."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    given = {"host": "localhost:8000", **headers}
    scope = {
        "type": "websocket",
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    await app(scope, receive, send)
    return sent, receive, send
