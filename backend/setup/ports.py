"""Ports: whether one is free, who has it, which other one is free."""

from __future__ import annotations

import errno
import socket

from backend.setup.errors import SetupError
from backend.setup.procfs import listener

_LONGEST_COMMAND = 80


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there.

    Raises:
        SetupError: The address is none of this machine's, or the port needs more rights.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise SetupError("port", f"Nothing can listen on {host}:{port}: {error.strerror}.") from None
    return True


def taken_by(port: int) -> str:
    """Who listens on a port, for people."""
    process = listener(port)
    if process is None:
        return "another user's process"
    return f"process {process.pid} ({process.command[:_LONGEST_COMMAND]})"


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port: int = server.getsockname()[1]
        return port
