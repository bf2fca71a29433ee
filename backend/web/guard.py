"""What a request must be before anything else sees it. Plain ASGI: a frame of a WebSocket passes
untouched, for only the handshake is looked at.

    SubPath → SecurityHeaders → HostAndOrigin → BodyLimit → OpenRoutes → our routes, Chainlit
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.web.routes import NOT_STORED, PROBE_PATHS, open_route

MAX_BODY_BYTES = 1024 * 1024

_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

FOREIGN_HOST = (
    "This address is not one that Warmline answers to. Use http://localhost, or set "
    "WARMLINE_PUBLIC_URL to the URL that people type.\n"
)
FOREIGN_ORIGIN = (
    "A page of another site may not use this chat. If it is the chat's own page behind a proxy, "
    "set WARMLINE_PUBLIC_URL to the URL that people type.\n"
)
NO_LENGTH = "A request with a body must say how long it is (Content-Length).\n"
TOO_LARGE = f"The request is larger than {MAX_BODY_BYTES // 1024} KiB.\n"
NOT_FOUND = "There is nothing here.\n"


class SecurityHeaders:
    """Adds the same security headers to every response, and says how long it may be kept.

    Args:
        app: what answers.
        content_security_policy: what the page may load (`backend/web/page.py` knows).
    """

    def __init__(self, app: ASGIApp, *, content_security_policy: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_security_policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added; a WebSocket passes as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        route = open_route(scope)
        cache_control = route.cache_control if route else NOT_STORED

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                failed = message["status"] >= 400
                headers.setdefault("Cache-Control", NOT_STORED if failed else cache_control)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class SubPath:
    """Takes the public URL's sub-path off, whether or not the proxy in front has done so."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the path that everything behind knows."""
        if scope["type"] in {"http", "websocket"}:
            path: str = scope["path"]
            if path == self._prefix or path.startswith(f"{self._prefix}/"):
                scope = {**scope, "path": path.removeprefix(self._prefix) or "/"}
        await self._app(scope, receive, send)


class HostAndOrigin:
    """Answers only to our own names and, where a browser says so, only to our own pages.

    Names of this machine may come with any port (a tunnel or a container maps it). The origin
    must be the host that was asked, so that another local server's page stays outside; behind a
    proxy that rewrites the host it must be the public URL's. No origin: not a browser's request
    from a foreign page. Probes answer to every name, for orchestrators use addresses.
    """

    def __init__(self, app: ASGIApp, *, public_url: str | None) -> None:
        self._app = app
        public = urlsplit(public_url or "")
        self._public_origin = _origin(public.scheme, public.netloc)
        self._hosts = _LOOPBACK_HOSTS | ({_host_of(public.netloc)} - {""})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse: 421 for a foreign host, 403 for a foreign origin."""
        if scope["type"] not in {"http", "websocket"} or scope["path"] in PROBE_PATHS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _host_of(hosts[0]) not in self._hosts:
            await _refuse(scope, receive, send, 421, FOREIGN_HOST)
        elif not all(self._is_ours(origin, hosts[0]) for origin in headers.getlist("origin")):
            await _refuse(scope, receive, send, 403, FOREIGN_ORIGIN)
        else:
            await self._app(scope, receive, send)

    def _is_ours(self, origin: str, host: str) -> bool:
        scheme, _, authority = origin.lower().partition("://")
        own = _origin(scheme, authority)
        return scheme in _DEFAULT_PORTS and own in {_origin(scheme, host), self._public_origin}


class BodyLimit:
    """Refuses bodies above `MAX_BODY_BYTES`, before any of it is read.

    The server enforces that a body is as long as it says, so one that does not say is refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse: 411 for a body of unknown length, 413 for one that is too large."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "transfer-encoding" in headers:
            await _refuse(scope, receive, send, 411, NO_LENGTH)
        elif int(headers.get("content-length", "0")) > MAX_BODY_BYTES:
            await _refuse(scope, receive, send, 413, TOO_LARGE)
        else:
            await self._app(scope, receive, send)


class OpenRoutes:
    """Answers 404 to whatever is not in `backend/web/routes.py`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 404."""
        if scope["type"] in {"http", "websocket"} and open_route(scope) is None:
            await _refuse(scope, receive, send, 404, NOT_FOUND)
        else:
            await self._app(scope, receive, send)


def guarded(app: ASGIApp, *, public_url: str | None, content_security_policy: str) -> ASGIApp:
    """The app behind every check of this module."""
    app = HostAndOrigin(BodyLimit(OpenRoutes(app)), public_url=public_url)
    app = SecurityHeaders(app, content_security_policy=content_security_policy)
    prefix = urlsplit(public_url or "").path
    return SubPath(app, prefix=prefix) if prefix else app


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        # Closed before it is accepted: the server answers 403.
        await send({"type": "websocket.close", "code": 1008})
    else:
        refusal = PlainTextResponse(sentence, status, {"Connection": "close"})
        await refusal(scope, receive, send)


def _host_of(authority: str) -> str:
    """The host of `host[:port]`, in lower case; empty for what is no authority."""
    match = _AUTHORITY.fullmatch(authority.lower())
    return match["host"] if match else ""


def _origin(scheme: str, authority: str) -> str:
    """`scheme://host[:port]` in lower case, the scheme's own port left out."""
    return f"{scheme}://{authority.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"
