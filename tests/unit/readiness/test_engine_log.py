"""The engine's log as people may read it."""

from __future__ import annotations

import pytest

from backend.readiness.engine_log import engine_log, hide_places
from backend.readiness.status import StatusReport


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("/home/ada/.cache/vllm", "~/.cache/vllm"),
        ("cache in /root/.cache", "cache in ~/.cache"),
        ("'/home/ada'", "'~'"),
        ("/rooted/models", "/rooted/models"),
        ("https://hub.internal:8443/api", "https://<host>/api"),
        ("http://ada:secret@proxy.internal/", "http://<host>/"),
        ("tcp://10.0.0.4:43267", "tcp://<host>"),
        ("peer 192.168.1.7 left", "peer <host> left"),
        ("http://127.0.0.1:8001/v1", "http://127.0.0.1:8001/v1"),
        ("http://localhost:8001", "http://localhost:8001"),
        ("listening on 0.0.0.0", "listening on 0.0.0.0"),
        ("vLLM 0.32.0 in 1.23.4 s", "vLLM 0.32.0 in 1.23.4 s"),
    ],
)
def test_home_folders_and_hosts_are_hidden_and_nothing_else(written: str, shown: str) -> None:
    assert hide_places(written) == shown


def test_it_is_the_command_and_the_last_lines() -> None:
    report = StatusReport(
        command=("vllm", "--download-dir", "/home/ada/a b"), log_tail=("one", "at /root/x")
    )
    log = engine_log(report)
    assert log is not None
    assert log.command == "vllm --download-dir '~/a b'"
    assert log.lines == ("one", "at ~/x")


def test_there_is_none_without_a_launcher() -> None:
    assert engine_log(None) is None
