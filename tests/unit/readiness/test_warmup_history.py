from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.readiness.warmup_history import WarmupHistory

SMALL, LARGE = ("vllm", "small"), ("vllm", "large")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warmup-seconds.json"


def test_a_command_that_was_never_warmed_up_has_no_estimate(path: Path) -> None:
    history = WarmupHistory(path)
    history.record(SMALL, 3.0, {})
    assert history.expected_seconds(LARGE) is None


def test_the_next_process_expects_the_median_of_the_last_five(path: Path) -> None:
    history = WarmupHistory(path)
    for seconds in (90.0, 3.0, 4.0, 3.5, 30.0, 2.0):
        history.record(SMALL, seconds, {})
    assert WarmupHistory(path).expected_seconds(SMALL) == 3.5


def test_an_engine_on_another_port_is_the_same_engine(path: Path) -> None:
    def command(port: str, length: str) -> list[str]:
        address = ["--host", "127.0.0.1", "--port", port]
        return ["vllm", "--model", "small", *address, "--max-model-len", length]

    history = WarmupHistory(path)
    history.record(command("40001", "8192"), 3.0, {})
    assert history.expected_seconds(command("40002", "8192")) == 3.0
    assert history.expected_seconds(command("40001", "4096")) is None


def test_what_its_bursts_came_to_is_known_at_the_next_start(path: Path) -> None:
    history = WarmupHistory(path)
    history.record(SMALL, 3.0, {"8": 0.25, "1 1x256": 0.5})
    history.record(SMALL, 3.0, {"8": 0.125})
    assert WarmupHistory(path).steady_ttft_seconds(SMALL) == {"8": 0.125, "1 1x256": 0.5}
    assert WarmupHistory(path).steady_ttft_seconds(LARGE) == {}


def test_a_file_from_before_the_speed_was_kept_still_tells_the_time(path: Path) -> None:
    history = WarmupHistory(path)
    history.record(SMALL, 3.0, {})
    (key,) = json.loads(path.read_text())
    path.write_text(json.dumps({key: [3.0, 5.0, 4.0]}))
    assert WarmupHistory(path).expected_seconds(SMALL) == 4.0
    assert WarmupHistory(path).steady_ttft_seconds(SMALL) == {}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", '{"a": 3}', '{"a": ["NaN"]}', '{"a": {"seconds": [3]}}']
)
def test_a_damaged_file_is_done_without_and_written_anew(path: Path, content: str) -> None:
    path.write_text(content)
    history = WarmupHistory(path)
    history.record(SMALL, 3.0, {})
    assert WarmupHistory(path).expected_seconds(SMALL) == 3.0


def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    path = tmp_path / "data" / "warmup-seconds.json"
    WarmupHistory(path).record(SMALL, 3.0, {})
    assert WarmupHistory(path).expected_seconds(SMALL) == 3.0


def test_what_cannot_be_written_is_known_for_this_process(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("")
    history = WarmupHistory(tmp_path / "no-folder" / "warmup-seconds.json")
    history.record(SMALL, 3.0, {})
    assert history.expected_seconds(SMALL) == 3.0
