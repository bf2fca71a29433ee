"""The harness around the product's process, tried on a process of a few lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fakes.product import Product

SERVER = """
import http.server, json, os, signal, subprocess, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ready = self.path != "/readyz" or "READY" in os.environ
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(json.dumps({"ready": ready, "phase": "starting"}).encode())

if "CHILD" in os.environ:
    subprocess.Popen(["sleep", "60"])
if "DEAF" not in os.environ:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
address = (os.environ["WARMLINE_HOST"], int(os.environ["WARMLINE_PORT"]))
server = http.server.HTTPServer(address, Handler)
print("data in", os.environ["WARMLINE_DATA_DIR"], flush=True)
server.serve_forever()
"""
COMMAND = (sys.executable, "-c", SERVER)


async def test_it_starts_serves_and_ends_at_sigterm(tmp_path: Path) -> None:
    chat = Product(tmp_path, {"READY": "1"}, COMMAND)
    async with chat:
        assert (await chat.ready())["ready"] is True
        assert await chat.logs("data in") == f"data in {tmp_path}"
    assert chat.process.returncode == 0


async def test_what_readyz_shows_can_be_awaited(tmp_path: Path) -> None:
    async with Product(tmp_path, {}, COMMAND) as chat:
        assert (await chat.phase("starting"))["ready"] is False
        with pytest.raises(AssertionError, match="/readyz shows ready"):
            await chat.ready(within_seconds=0.1)


async def test_a_process_left_behind_is_killed_and_told(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="left behind"):
        async with Product(tmp_path, {"CHILD": "1"}, COMMAND):
            pass


async def test_a_process_that_does_not_start_is_told_with_its_log(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no engine URL')")
    with pytest.raises(AssertionError, match="no engine URL"):
        await Product(tmp_path, {}, command).__aenter__()


async def test_settings_of_whoever_runs_the_tests_do_not_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARMLINE_MODEL", "theirs")
    command = (sys.executable, "-c", "import os; print(os.environ.get('WARMLINE_MODEL'))")
    chat = Product(tmp_path, {}, command)
    await chat.start()
    assert await chat.logs("None") == "None"
    assert await chat.exit_status(within_seconds=5) == 0
    await chat.end()
