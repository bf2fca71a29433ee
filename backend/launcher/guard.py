"""Runs a command, and kills its process group when the launcher is gone.

    python guard.py LIFELINE COMMAND…

vLLM's engine core and workers outlive a server that was killed (seen with 0.32.0: they wait for
ever), so a signal at a parent's death, which reaches the server alone, is not enough. LIFELINE is
the read end of a pipe whose write end only the launcher holds: it closes when the launcher ends,
however it ends. Run as a file, not as a module: it needs no `PYTHONPATH`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main(arguments: list[str]) -> int:
    """Run the command; its exit code, or 128 + n if signal n ended it."""
    lifeline, command = int(arguments[0]), arguments[1:]
    child = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=_kill_group_when_closed, args=(lifeline,), daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _kill_group_when_closed(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
