"""A WebSocket client of a few lines (RFC 6455): 200 of them cost less than one library's object.

It speaks to our own two apps on loopback: no TLS, no compression, no fragmented messages.
"""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import time
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
OnMessage = Callable[[float, bytes], None]


class WebSocket(asyncio.Protocol):
    """One connection.

    Args:
        on_message: gets each text message and the time of its arrival (Unix time).
    """

    def __init__(self, on_message: OnMessage) -> None:
        self._on_message = on_message
        self._received = b""
        self._transport: asyncio.Transport
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(
        self, host: str, port: int, path: str, *, buffer_bytes: int | None = None
    ) -> None:
        """Connect and shake hands.

        Args:
            host: a name or an address.
            port: of the server.
            path: with the query.
            buffer_bytes: of the socket, for what has arrived and is not read; small ones make
                whoever stops reading felt soon.

        Raises:
            ConnectionError: the server refuses.
        """
        sock = socket.socket()
        sock.setblocking(False)
        if buffer_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, (host, port))
        await loop.create_connection(lambda: self, sock=sock)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {path} HTTP/1.1",
            f"Host: {host}:{port}",
            f"Origin: http://{host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Accept-Language: en-US",
        )
        self._transport.write("\r\n".join((*lines, "\r\n")).encode())
        await self.opened

    def send(self, text: str) -> None:
        """Send a text message."""
        self._send_frame(TEXT, text.encode())

    def pause(self) -> None:
        """Stop reading, as a page whose network stalls."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """Go on reading."""
        self._transport.resume_reading()

    async def close(self) -> None:
        """Say good-bye, and wait until the connection is gone."""
        self._send_frame(CLOSE, b"\x03\xe8")
        await self.closed

    # -- asyncio's protocol ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def connection_lost(self, _: Exception | None) -> None:
        """Tell whoever waits."""
        for waited in (self.opened, self.closed):
            if not waited.done():
                waited.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take the frames that are complete."""
        data = self._received + data if self._received else data
        if not self._is_open:
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self._received = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
                return
            self._is_open = True
            self.opened.set_result(None)
        self._received = self._take_frames(data)

    def _take_frames(self, data: bytes) -> bytes:
        """Hand all whole frames on; returns the rest."""
        now, at, end = time.time(), 0, len(data)
        while end - at >= 2:
            length, start = data[at + 1] & 127, at + 2
            if length >= 126:
                num_bytes = 2 if length == 126 else 8
                if end - start < num_bytes:
                    break
                length = int.from_bytes(data[start : start + num_bytes], "big")
                start += num_bytes
            if end - start < length:
                break
            payload = data[start : start + length]
            opcode = data[at] & 15
            if opcode == TEXT:
                self._on_message(now, payload)
            elif opcode == PING:
                self._send_frame(PONG, payload)
            at = start + length
        return data[at:]

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes((0x80 | opcode,))
        if size < 126:
            head += bytes((0x80 | size,))
        elif size < 1 << 16:
            head += b"\xfe" + size.to_bytes(2, "big")
        else:
            head += b"\xff" + size.to_bytes(8, "big")
        # a mask of zeroes leaves the payload as it is
        self._transport.write(head + bytes(4) + payload)
