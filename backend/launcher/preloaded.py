"""A parent that has vLLM imported, and forks each engine from itself: restarts skip the imports.

    python -P preloaded.py SOCKET

Run as a file by vLLM's Python, with the engine's own environment; it imports nothing of ours. Over
SOCKET, a stream socket whose other end only the launcher holds, it says once whether it is ready:

    {"ready": true}, or {"failed": "why"}

and takes requests, each a JSON line with three descriptors (the output, the lifeline's read end,
and a pipe for the exit code); the engine's guard answers:

    {"module": "vllm.…", "arguments": […], "folder": "…"}  →  {"pid": 123}, or {"failed": "why"}

    launcher ── parent ── guard ── vLLM's server ── …
                          └──── one process group ───┘

The guard is what `guard.py` is for a plain start: it leads the group, passes SIGTERM and the exit
code on, and kills the group when the launcher is gone. The parent itself ends with the socket.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

# All that `python -m vllm.entrypoints.openai.api_server` imports before it reads its arguments.
PRELOADED = "vllm.entrypoints.launchers.api_server.entry"
_LONGEST_REQUEST_BYTES = 2**20
_NUM_DESCRIPTORS = 3


def main(arguments: Sequence[str]) -> None:
    """Import, then fork an engine for each request until the launcher is gone."""
    launcher = socket.socket(fileno=int(arguments[0]))
    failure = _preload()
    _say(launcher, {"failed": failure} if failure else {"ready": True})
    if failure:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards that ended leave no zombies
    while True:
        line, descriptors, _, _ = socket.recv_fds(
            launcher, _LONGEST_REQUEST_BYTES, _NUM_DESCRIPTORS
        )
        if not line:
            return
        _fork_guard(launcher, json.loads(line), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _preload() -> str:
    """Import vLLM; why that is of no use, empty if it is."""
    try:
        importlib.import_module(PRELOADED)
    except Exception as error:
        return f"{type(error).__name__} at the import"
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "the import initialises CUDA, which no fork survives"
    return ""


def _fork_guard(
    launcher: socket.socket, request: Mapping[str, Any], descriptors: Sequence[int]
) -> None:
    try:
        is_guard = os.fork() == 0
    except OSError as error:
        _say(launcher, {"failed": f"fork was refused: {error.strerror}"})
        return
    if is_guard:
        os.setsid()
        output, lifeline, exit_code = descriptors
        try:
            server = os.fork()
        except OSError as error:
            _say(launcher, {"failed": f"fork was refused: {error.strerror}"})
            os._exit(1)
        if server == 0:
            _become_server(launcher, request, output, (lifeline, exit_code))
        os.close(output)
        _guard(launcher, server, lifeline, exit_code)


def _guard(launcher: socket.socket, server: int, lifeline: int, exit_code: int) -> None:
    """Wait for the server, tell its exit code, end. Nothing of vLLM runs here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(server, signal.SIGTERM))
    threading.Thread(target=_kill_group_when_closed, args=(lifeline,), daemon=True).start()
    _say(launcher, {"pid": os.getpid()})
    launcher.close()
    _, status = os.waitpid(server, 0)
    os.write(exit_code, b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _kill_group_when_closed(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


def _become_server(
    launcher: socket.socket, request: Mapping[str, Any], output: int, not_ours: Sequence[int]
) -> None:
    """Run the server's module as `python -m` does, and end as Python ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    launcher.close()
    os.dup2(output, 1)
    os.dup2(output, 2)
    for descriptor in (output, *not_ours):
        os.close(descriptor)
    os.chdir(request["folder"])
    sys.argv = [request["module"], *request["arguments"]]
    try:
        runpy.run_module(request["module"], run_name="__main__")
    except SystemExit:
        raise
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    sys.exit(0)


def _say(launcher: socket.socket, message: Mapping[str, Any]) -> None:
    launcher.sendall(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
