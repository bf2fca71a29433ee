"""httpx2's transport on aiohttp, with bodies that are read at a pace.

Reading a socket costs more than all that is made of a token. A paced body's socket is closed to
reading and opened when a clock says so, for all bodies at the same moment: the tokens of a
moment then cost one read, and what the engine writes meanwhile waits in the kernel.

    begins unpaced (each read at once) → `begin` → one read a tick → `end` → unpaced
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Protocol

import aiohttp
import httpx2
from yarl import URL

PACED_BODY = "paced_body"
"""The name of the `PacedBody` among a response's extensions."""


class Source(Protocol):
    """Something that is read at the ticks of a clock."""

    def open(self) -> None:
        """The tick begins: let come what has arrived."""

    def take(self) -> None:
        """It has come: take it, and let nothing more come until the next tick."""


class Pace(Protocol):
    """A clock that reads its sources."""

    def join(self, source: Source) -> None:
        """Read the source from the next tick on."""

    def leave(self, source: Source) -> None:
        """Read it no more."""


class PacedTransport(httpx2.AsyncBaseTransport):
    """Sends requests over aiohttp's connections.

    Args:
        pace: reads the bodies for which it is asked; `None` leaves all unpaced.
        ssl_context: for https.
        proxy: URL of an HTTP proxy that leads to the server.
        max_connections: more wait.
        keepalive_seconds: how long a connection without a request is kept.
    """

    def __init__(
        self,
        pace: Pace | None,
        *,
        ssl_context: ssl.SSLContext,
        proxy: str | None,
        max_connections: int,
        keepalive_seconds: float,
    ) -> None:
        self._pace = pace
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._max_connections = max_connections
        self._keepalive_seconds = keepalive_seconds
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request, and return when the answer's head is there.

        Raises:
            httpx2.TransportError: no answer came.
        """
        timeout = request.extensions.get("timeout", {})
        with _httpx_errors():
            answer = await self._open_session().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers,
                data=await request.aread() or None,
                allow_redirects=False,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(
                    sock_connect=timeout.get("connect"), sock_read=timeout.get("read")
                ),
            )
        body = PacedBody(answer, self._pace)
        return httpx2.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=body,
            request=request,
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": (answer.reason or "").encode(),
                PACED_BODY: body,
            },
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        """The session, made where the event loop runs."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._ssl_context,
                    limit=self._max_connections,
                    keepalive_timeout=self._keepalive_seconds,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session


class PacedBody(httpx2.AsyncByteStream):
    """The body of an answer."""

    def __init__(self, answer: aiohttp.ClientResponse, pace: Pace | None) -> None:
        self._answer = answer
        self._content = answer.content
        self._pace = pace
        self._is_paced = False
        self._taken = b""
        self._news: asyncio.Future[None] | None = None

    def begin(self) -> None:
        """Read once a tick from now on, if there is a clock."""
        if self._pace is not None and not self._is_paced:
            self._is_paced = True
            self._close()
            self._pace.join(self)

    def end(self) -> None:
        """Read at once again."""
        if self._pace is not None and self._is_paced:
            self._is_paced = False
            self._pace.leave(self)
            self.open()

    def open(self) -> None:
        """Let the socket be read."""
        if (transport := self._transport) is not None:
            transport.resume_reading()

    def take(self) -> None:
        """Take what the socket brought, wake the reader if that is anything, read no more."""
        # `read_nowait` would refuse what came before a reset. Closed after it: it opens the socket.
        self._taken += self._content._read_nowait(-1)
        self._close()
        if (self._taken or self._is_over) and self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            while piece := await self._next():
                yield piece

    async def aclose(self) -> None:
        """Close the connection, or give it back if the whole body has come."""
        self.end()
        self._answer.release()

    async def _next(self) -> bytes:
        """The next piece, empty at the end."""
        while self._is_paced and not self._taken and not self._is_over:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        if self._taken:
            taken, self._taken = self._taken, b""
            return taken
        return await self._content.readany()

    @property
    def _is_over(self) -> bool:
        return self._content.is_eof() or self._content.exception() is not None

    @property
    def _transport(self) -> asyncio.Transport | None:
        connection = self._answer.connection  # none once the body's end has come
        return None if connection is None else connection.transport

    def _close(self) -> None:
        if (transport := self._transport) is not None:
            transport.pause_reading()


@contextmanager
def _httpx_errors() -> Iterator[None]:
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except aiohttp.ServerTimeoutError as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx2.ConnectError(str(error)) from error
    except aiohttp.ClientError as error:
        raise httpx2.ReadError(str(error)) from error
