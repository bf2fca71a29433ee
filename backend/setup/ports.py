"""Ports: whether one is free, who has it, which other one is free."""

from __future__ import annotations

import errno
import socket

from backend.setup.procfs import listener

_LONGEST_COMMAND = 80


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there; an address that cannot be had at all is not taken."""
    try:
        socket.create_server((host, port), family=_family(host)).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def taken_by(port: int) -> str:
    """Who listens on a port, for people."""
    process = listener(port)
    if process is None:
        return "another user's process"
    return f"process {process.pid} ({process.command[:_LONGEST_COMMAND]})"


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.create_server((host, 0), family=_family(host)) as server:
        port: int = server.getsockname()[1]
        return port


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
