"""Every route that is open. What is not in this list answers 404, also where Chainlit has a route:
its documentation pages, MCP, uploads, copilot, shared threads and bots' webhooks.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

READ = frozenset({"GET", "HEAD"})
WRITE = frozenset({"POST"})
CHANGE = frozenset({"PUT", "DELETE"})
SOCKET = frozenset({"GET", "POST", "WEBSOCKET"})

NOT_STORED = "no-store"
FOR_AN_HOUR = "private, max-age=3600"
FOR_EVER = "public, max-age=31536000, immutable"
ASKED_EACH_TIME = "no-cache"


@dataclass(frozen=True, slots=True)
class Route:
    """An open route; a path that ends in `*` opens all below it."""

    path: str
    methods: frozenset[str] = READ
    cache_control: str = NOT_STORED

    def covers(self, path: str) -> bool:
        """Whether the path is this route's."""
        if self.path.endswith("*"):
            return path.startswith(self.path[:-1])
        return path == self.path


PROBE_PATHS = ("/healthz", "/readyz", "/metrics")
PAGE_PATHS = ("/", "/thread/{thread_id:path}")  # a thread's address is the page's own business

OPEN_ROUTES = (
    *map(Route, PROBE_PATHS),
    Route("/"),
    Route("/thread/*"),
    Route("/assets/*", cache_control=FOR_EVER),  # names with a hash of the content
    Route("/public/*", cache_control=ASKED_EACH_TIME),
    Route("/favicon", cache_control=FOR_AN_HOUR),
    Route("/logo", cache_control=FOR_AN_HOUR),
    Route("/avatars/*", cache_control=FOR_AN_HOUR),
    Route("/ws/socket.io/*", methods=SOCKET),
    Route("/auth/config"),
    Route("/user"),
    Route("/set-session-cookie", methods=WRITE),
    Route("/project/settings"),
    Route("/project/translations"),
    Route("/project/action", methods=WRITE),
    Route("/project/file/*"),
    Route("/download/*"),
    Route("/shared/*"),
    Route("/engine/log"),
    Route("/project/threads", methods=WRITE),
    Route("/project/thread", methods=CHANGE),
    Route("/feedback", methods=CHANGE),
)


def open_route(scope: Scope) -> Route | None:
    """The open route for an HTTP request or a WebSocket, `None` where there is none."""
    method = scope.get("method", "WEBSOCKET")
    path = scope["path"]
    return next(
        (route for route in OPEN_ROUTES if method in route.methods and route.covers(path)), None
    )
