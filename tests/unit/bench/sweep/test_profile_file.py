"""What a sweep writes: a profile that the launcher reads, and a picture of the front."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.bench.sweep.goal import Goal, Point, default_goal
from backend.bench.sweep.picture import front_picture
from backend.bench.sweep.profile_file import profile_text
from backend.bench.sweep.result import Found
from backend.bench.sweep.setting import Setting
from backend.launcher.flags import Flag
from backend.launcher.profile import FOLDER, load_profile
from tests.unit.bench.sweep.test_search import at, point, seqs

BEST = Point(
    setting=Setting(max_num_seqs=48, max_num_batched_tokens=1024, stream_interval=4),
    tokens_per_second=at(250),
    ttft_seconds=at(0.5),
    tpot_seconds=at(0.04),
)


def written(base: str, folder: Path) -> dict[str, Flag]:
    text = profile_text(
        (FOLDER / f"{base}.yaml").read_text(),
        BEST,
        default_goal("throughput"),
        "sweep-throughput.json",
        "2 × a processor, vLLM 0.32.0, 2026-11-30.",
    )
    (folder / "found.yaml").write_text(text)
    return {flag.key: flag for flag in load_profile("found", folder).flags}


@pytest.mark.parametrize("base", ["cpu", "h100-80gb"])
def test_the_launcher_reads_the_flags_with_their_reasons(base: str, tmp_path: Path) -> None:
    flags = written(base, tmp_path)
    assert flags["max-num-seqs"].values == ("48",)
    assert flags["max-num-batched-tokens"].values == ("1024",)
    assert flags["stream-interval"].values == ("4",)
    assert flags["max-num-queued-reqs"].values == ("192",)
    assert flags["max-num-seqs"].reason == (
        "best for throughput: 250 tok/s, first token after 0.5 s, 25 tok/s for each "
        "(measured: sweep-throughput.json)"
    )


def test_all_other_flags_of_the_base_stay(tmp_path: Path) -> None:
    before = {flag.key: flag for flag in load_profile("h100-80gb").flags}
    after = written("h100-80gb", tmp_path)
    moved = {key for key in before if before[key].values != after[key].values}
    assert set(before) == set(after)
    assert moved == {
        "max-num-seqs",
        "max-num-batched-tokens",
        "stream-interval",
        "max-num-queued-reqs",
        "cudagraph-capture-sizes",
    }
    assert after["cudagraph-capture-sizes"].values[-1] == "48"


def test_the_picture_tells_the_best_and_shows_every_setting() -> None:
    points = [point(seqs(1), rate=50, tpot=0.01), point(seqs(8), rate=150), BEST]
    svg = front_picture(points, BEST, default_goal("throughput"))
    assert "best for throughput: max-num-seqs 48" in svg
    assert svg.count("<rect") == 3 + 3


ON = {"hardware": "2 × a processor", "engine": "vLLM 0.32.0", "date": "2026-11-30"}


def found(goal: Goal, *others: Point, is_finished: bool = True) -> Found:
    points = [BEST, *others]
    return Found(goal=goal, points=points, best=BEST, num_users=16, on=ON, is_finished=is_finished)


def test_a_goal_that_is_met_gets_a_profile(tmp_path: Path) -> None:
    goal = default_goal("throughput")
    lines = found(goal).write(tmp_path, "cpu")
    assert {path.name for path in tmp_path.iterdir()} == {
        "cpu-throughput.yaml",
        "sweep-throughput.json",
        "sweep-throughput.svg",
    }
    assert "WARMLINE_ENGINE_PROFILE=cpu-throughput" in lines[-1]


def test_a_goal_that_nothing_meets_gets_none(tmp_path: Path) -> None:
    goal = default_goal("latency", most_ttft_seconds=0.01)
    found(goal).write(tmp_path, "cpu")
    assert not list(tmp_path.glob("*.yaml"))


def test_the_profile_is_that_of_the_setting_the_search_came_to(tmp_path: Path) -> None:
    luckier = point(seqs(64), rate=251)
    found(default_goal("throughput"), luckier).write(tmp_path, "cpu")
    assert "\nmax-num-seqs: 48 " in (tmp_path / "cpu-throughput.yaml").read_text()


def test_a_sweep_that_ran_out_of_time_says_so(tmp_path: Path) -> None:
    unfinished = found(default_goal("throughput"), is_finished=False)
    unfinished.write(tmp_path, "cpu")
    assert unfinished.answer.startswith("The sweep is not finished. Best for throughput")
    assert (tmp_path / "cpu-throughput.yaml").exists()
