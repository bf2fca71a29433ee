"""Whether a process of this machine still runs, told from the name it signed with.

    <machine>.<process id>.<start time>.<random>

The machine is one boot of one kernel and one PID namespace, so that a container never judges
another's process ids; the start time tells a process from a later one with its id.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

_PROC = Path("/proc")


def new_name() -> str:
    """A name that no other writer has or will have."""
    pid = os.getpid()
    return f"{_machine()}.{pid}.{_start_time(pid)}.{secrets.token_hex(4)}"


def is_gone(name: str) -> bool | None:
    """Whether the process that made the name has ended; `None` where that cannot be known."""
    machine, _, rest = name.partition(".")
    pid, _, rest = rest.partition(".")
    start_time = rest.partition(".")[0]
    if not machine or machine != _machine():
        return None
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (ValueError, OverflowError):
        return None
    except PermissionError:  # it is another user's: it may be hidden, but something runs
        pass
    found = _start_time(int(pid))
    return None if found is None else found != start_time


def _machine() -> str:
    """This boot and PID namespace; empty where the system does not say (it is no Linux)."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        namespace = str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""
    return hashlib.sha256(f"{boot}{namespace}".encode()).hexdigest()[:12]


def _start_time(pid: int) -> str | None:
    """Ticks from the boot to the start (proc(5), `stat`, field 22); empty for a zombie."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]
