"""Waits for processes that are not ours to wait for."""

from __future__ import annotations

import os
import select


def ends(pid: int, *, within_seconds: float = 10.0) -> bool:
    """Whether a process ends in time; true if it is gone already."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        readable, _, _ = select.select([descriptor], [], [], within_seconds)
        return bool(readable)
    finally:
        os.close(descriptor)
