"""The estimate as a person sees it: boots of recorded lengths, looked at four times a second."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from backend.launcher.eta import BootClock, BootHistory
from backend.launcher.phases import Phase
from backend.launcher.plan import model_identity
from tests.unit.launcher.fake_clock import FakeClock

# Seconds by phase of real boots: vLLM 0.32.0 for the CPU, idle; one H100, every cache kept.
CPU = {Phase.STARTING: 14.2, Phase.LOADING_WEIGHTS: 3.1, Phase.ALLOCATING_KV_CACHE: 5.3}
H100 = {
    Phase.STARTING: 20.0,
    Phase.LOADING_WEIGHTS: 6.0,
    Phase.COMPILING: 3.0,
    Phase.ALLOCATING_KV_CACHE: 1.0,
    Phase.CAPTURING_GRAPHS: 6.0,
}
LOOK_SECONDS = 0.25
SPREAD = 0.10  # of each phase, from boot to boot: one H100 took 94 to 114 s in six boots


class Replay:
    """Boots of one key, one after another."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.history = BootHistory(folder / "boots.json")
        self.dice = random.Random(seed)

    def boot(self, usual: Mapping[Phase, float], first_is_cold: float = 1.0) -> list[float]:
        """One boot; how wrong each estimate was, as a share of the whole, and 1 where none was."""
        clock = FakeClock()
        took = {
            p: s * first_is_cold * self.dice.uniform(1 - SPREAD, 1 + SPREAD)
            for p, s in usual.items()
        }
        boot = BootClock(self.history.expected("key"), clock)
        whole = left = sum(took.values())
        errors, progress = [], [0.0]
        for phase, seconds in took.items():
            if phase is not Phase.STARTING:
                boot.enter(phase)
            remaining = seconds
            while remaining > 0:
                eta_seconds = boot.eta_seconds()
                errors.append(1.0 if eta_seconds is None else abs(eta_seconds - left) / whole)
                progress.append(boot.progress() or 0.0)
                step = min(LOOK_SECONDS, remaining)
                clock.passes(step)
                remaining -= step
                left -= step
        boot.enter(Phase.SERVING)
        assert progress == sorted(progress), "the bar went back"
        self.history.record("key", boot.seconds_by_phase)
        return errors


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("usual", [CPU, H100], ids=["cpu", "h100"])
def test_from_the_third_boot_on_the_estimate_is_within_15_percent(
    tmp_path: Path, usual: Mapping[Phase, float], seed: int
) -> None:
    replay = Replay(tmp_path, seed)
    first = replay.boot(usual, first_is_cold=3.0)
    assert min(first) == 1.0, "an estimate was invented"
    replay.boot(usual)
    for _ in range(5):
        assert max(replay.boot(usual)) <= 0.15


class TestSlow:
    def clock_after(self, seconds: float, longest: float = 10.0) -> BootClock:
        clock = FakeClock()
        boot = BootClock({Phase.STARTING: 5.0}, clock, longest={Phase.STARTING: longest})
        clock.passes(seconds)
        return boot

    def test_three_times_longer_than_ever_is_slow(self) -> None:
        assert self.clock_after(29.0).slow_times is None
        assert self.clock_after(31.0).slow_times == pytest.approx(3.1)

    def test_a_phase_of_a_moment_may_take_three(self) -> None:
        assert self.clock_after(3.0, longest=0.1).slow_times is None

    def test_a_first_boot_has_nothing_to_be_slower_than(self) -> None:
        clock = FakeClock()
        boot = BootClock(None, clock)
        clock.passes(10_000)
        assert boot.slow_times is None

    def test_a_dead_one_is_not_slow(self) -> None:
        boot = self.clock_after(31.0)
        boot.stop()
        assert boot.slow_times is None

    def test_the_longest_of_all_boots_counts_the_first_one_too(self, tmp_path: Path) -> None:
        history = BootHistory(tmp_path / "boots.json")
        for seconds in (100.0, 20.0, 30.0):
            history.record("key", {Phase.STARTING: seconds})
        assert history.longest("key") == {Phase.STARTING: 100.0}
        assert history.longest("another") == {}


@pytest.mark.parametrize("seconds", ["-1", "1e999", "NaN"])
def test_a_duration_that_cannot_be_is_a_corrupt_file(tmp_path: Path, seconds: str) -> None:
    path = tmp_path / "boots.json"
    path.write_text(f'{{"format": 1, "boots": {{"key": [{{"starting": {seconds}}}]}}}}')
    assert BootHistory(path).expected("key") is None
    assert path.with_name("boots.json.corrupt").exists()


def test_a_model_folder_that_is_replaced_is_another_model(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_text("old")
    before = model_identity(str(tmp_path))
    assert model_identity(str(tmp_path)) == before
    weights.write_text("other weights")
    assert model_identity(str(tmp_path)) != before
    assert model_identity("owner/name") == "owner/name"
