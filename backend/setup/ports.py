"""Ports: whether one is free, who has it, which other one is free."""

from __future__ import annotations

import errno
import socket
from itertools import chain

from backend.setup.procfs import listener

_LONGEST_COMMAND = 80
_LOWEST_PORT, _HIGHEST_PORT = 1030, 65535
_STRIDE = 10


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


def free_port_near(host: str, port: int) -> int:
    """A free port in place of a taken one: 8000 becomes 8010, or 8020, and so on.

    The last digit stays, so that ports which differ in it stay apart.
    """
    higher = range(port + _STRIDE, _HIGHEST_PORT + 1, _STRIDE)
    lower = range(_LOWEST_PORT + port % _STRIDE, port, _STRIDE)
    return next(other for other in chain(higher, lower) if not is_taken(host, other))


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
