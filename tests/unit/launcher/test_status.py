from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from backend.launcher.phases import Phase
from backend.launcher.problems import Problem
from backend.launcher.status import LogTail, Status, StatusServer, failed_status
from tests.unit.launcher.scripted_engine import HARDWARE

PROBLEM = Problem(kind="disk_full", message="The disk is full.", advice="Free some space.")
SERVING = Status(
    phase=Phase.SERVING,
    progress=1.0,
    eta_seconds=0.0,
    elapsed_seconds=24.5,
    detail="vLLM is serving.",
    problem=None,
    profile="cpu",
    command=("python", "-m", "vllm"),
    hardware=HARDWARE,
    log_tail=("one", "two"),
    max_num_seqs=16,
    max_model_len=8192,
    num_kv_cache_tokens=46592,
    shortcuts=("bytecode",),
    profile_reason="no GPU is visible",
    flag_reasons={"--max-num-seqs": "two cores"},
)


@pytest.fixture
def server() -> Iterator[StatusServer]:
    server = StatusServer("127.0.0.1", 0, lambda: SERVING)
    yield server
    server.close()


def get(server: StatusServer, path: str) -> Any:
    url = f"http://127.0.0.1:{server.port}{path}"
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.load(response)


def test_the_page_has_every_key_of_the_contract(server: StatusServer) -> None:
    assert get(server, "/status") == {
        "ready": True,
        "phase": "serving",
        "progress": 1.0,
        "eta_seconds": 0.0,
        "elapsed_seconds": 24.5,
        "detail": "vLLM is serving.",
        "problem": None,
        "profile": "cpu",
        "command": ["python", "-m", "vllm"],
        "hardware": {
            **{"kind": "cpu", "name": "Test CPU", "count": 2, "memory_bytes": 2**34},
            **{"gpus": [], "holders": [], "left_out": []},
        },
        "log_tail": ["one", "two"],
        "max_num_seqs": 16,
        "max_model_len": 8192,
        "num_kv_cache_tokens": 46592,
        "num_jit_compilations": None,
        "fraction": None,
        "slow": None,
        "download": None,
        "shortcuts": ["bytecode"],
        "profile_reason": "no GPU is visible",
        "flag_reasons": {"--max-num-seqs": "two cores"},
    }


def test_a_question_mark_changes_nothing(server: StatusServer) -> None:
    assert get(server, "/status?x=1")["phase"] == "serving"


@pytest.mark.parametrize("path", ["/", "/health", "/status/", "/../etc/passwd"])
def test_there_is_no_other_page(server: StatusServer, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(server, path)
    assert caught.value.code == 404
    caught.value.close()


def test_what_is_kept_has_a_page_of_its_own() -> None:
    server = StatusServer("127.0.0.1", 0, lambda: SERVING, lambda: {"is_warm": True})
    try:
        assert get(server, "/caches") == {"is_warm": True}
        assert get(server, "/status")["phase"] == "serving"
    finally:
        server.close()


def test_many_may_ask_at_once(server: StatusServer) -> None:
    phases: list[str] = []
    askers = [
        threading.Thread(target=lambda: phases.append(get(server, "/status")["phase"]))
        for _ in range(20)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert phases == ["serving"] * 20


def test_a_port_that_is_taken_is_an_error(server: StatusServer) -> None:
    with pytest.raises(OSError, match="in use"):
        StatusServer("127.0.0.1", server.port, lambda: SERVING)


def test_a_failure_is_not_ready_and_carries_its_problem() -> None:
    body = failed_status(PROBLEM, HARDWARE).to_json()
    assert (body["phase"], body["ready"], body["command"]) == ("failed", False, ())
    assert body["detail"] == "The disk is full. Free some space."
    assert body["problem"] == {
        "kind": "disk_full",
        "message": "The disk is full.",
        "advice": "Free some space.",
        "values": {},
    }


def test_the_tail_keeps_the_last_fifty_lines() -> None:
    tail = LogTail()
    for number in range(60):
        tail.add(f"line {number}")
    assert len(tail.lines) == 50
    assert tail.lines[-1] == "line 59"
