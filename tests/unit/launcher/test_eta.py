from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.launcher.eta import BootClock, BootHistory, boot_key
from backend.launcher.phases import Phase
from tests.unit.launcher.fake_clock import FakeClock

EARLIER = {Phase.STARTING: 20.0, Phase.LOADING_WEIGHTS: 5.0, Phase.CAPTURING_GRAPHS: 15.0}


class TestBootClock:
    def test_the_first_boot_has_no_estimate(self) -> None:
        boot = BootClock(None, FakeClock())
        assert (boot.eta_seconds(), boot.progress()) == (None, None)

    def test_the_estimate_is_what_earlier_boots_still_had_to_go(self) -> None:
        clock = FakeClock()
        boot = BootClock(EARLIER, clock)
        assert (boot.eta_seconds(), boot.progress()) == (40.0, 0.0)
        clock.passes(10.0)
        assert (boot.eta_seconds(), boot.progress()) == (30.0, 0.25)

    def test_a_phase_that_ends_early_brings_the_rest_nearer(self) -> None:
        clock = FakeClock()
        boot = BootClock(EARLIER, clock)
        clock.passes(10.0)
        boot.enter(Phase.LOADING_WEIGHTS)
        assert (boot.eta_seconds(), boot.progress()) == (20.0, 0.5)

    def test_a_phase_that_takes_longer_leaves_what_comes_after_it(self) -> None:
        clock = FakeClock()
        boot = BootClock(EARLIER, clock)
        clock.passes(100.0)
        assert (boot.eta_seconds(), boot.progress()) == (20.0, 0.5)

    def test_a_known_fraction_counts_where_the_clock_is_behind_it(self) -> None:
        boot = BootClock(EARLIER, FakeClock())
        boot.enter(Phase.CAPTURING_GRAPHS)
        assert boot.eta_seconds(fraction=0.6) == pytest.approx(6.0)

    def test_progress_never_goes_back(self) -> None:
        clock = FakeClock()
        boot = BootClock(EARLIER, clock)
        boot.enter(Phase.CAPTURING_GRAPHS)
        before = boot.progress(fraction=0.9)
        assert boot.progress(fraction=0.1) == before

    def test_progress_is_whole_only_when_serving(self) -> None:
        clock = FakeClock()
        boot = BootClock(EARLIER, clock)
        boot.enter(Phase.CAPTURING_GRAPHS)
        clock.passes(1000.0)
        assert (boot.eta_seconds(), boot.progress()) == (0.0, 0.99)
        boot.enter(Phase.SERVING)
        assert (boot.eta_seconds(), boot.progress()) == (0.0, 1.0)

    def test_a_phase_that_earlier_boots_did_not_have_costs_nothing_known(self) -> None:
        boot = BootClock(EARLIER, FakeClock())
        boot.enter(Phase.COMPILING)
        assert boot.eta_seconds() == 15.0

    def test_the_elapsed_time_stops_when_it_serves(self) -> None:
        clock = FakeClock()
        boot = BootClock(None, clock)
        clock.passes(7.0)
        boot.enter(Phase.LOADING_WEIGHTS)
        clock.passes(3.0)
        boot.enter(Phase.SERVING)
        clock.passes(60.0)
        boot.stop()
        assert boot.elapsed_seconds == 10.0
        assert boot.seconds_by_phase == {Phase.STARTING: 7.0, Phase.LOADING_WEIGHTS: 3.0}

    def test_earlier_boots_that_took_no_time_are_no_division_by_zero(self) -> None:
        assert BootClock({Phase.STARTING: 0.0}, FakeClock()).progress() == 0.0


class TestBootHistory:
    def test_nothing_is_expected_of_a_boot_that_never_was(self, tmp_path: Path) -> None:
        assert BootHistory(tmp_path / "boots.json").expected("key") is None

    def test_a_boot_is_expected_to_take_as_long_as_the_one_before(self, tmp_path: Path) -> None:
        path = tmp_path / "cache" / "boots.json"
        BootHistory(path).record("key", EARLIER)
        assert BootHistory(path).expected("key") == EARLIER
        assert BootHistory(path).expected("other") is None

    def test_the_first_boot_counts_only_while_it_is_alone(self, tmp_path: Path) -> None:
        history = BootHistory(tmp_path / "boots.json")
        history.record("key", {Phase.STARTING: 200.0})
        history.record("key", {Phase.STARTING: 30.0})
        assert history.expected("key") == {Phase.STARTING: 30.0}

    def test_of_many_boots_the_median_of_the_last_five_counts(self, tmp_path: Path) -> None:
        history = BootHistory(tmp_path / "boots.json")
        for seconds in (200.0, 90.0, 90.0, 90.0, 10.0, 11.0, 12.0, 13.0, 90.0):
            history.record("key", {Phase.STARTING: seconds})
        assert history.expected("key") == {Phase.STARTING: 12.0}

    def test_a_phase_that_only_some_boots_had_counts_as_none_in_the_others(
        self, tmp_path: Path
    ) -> None:
        history = BootHistory(tmp_path / "boots.json")
        for compiling in (60.0, 40.0, 0.0):
            history.record("key", {Phase.COMPILING: compiling} if compiling else {})
        assert history.expected("key") == {Phase.COMPILING: 20.0}

    def test_only_the_keys_used_last_are_kept(self, tmp_path: Path) -> None:
        history = BootHistory(tmp_path / "boots.json")
        for number in range(60):
            history.record(f"key {number}", EARLIER)
        assert history.expected("key 0") is None
        assert history.expected("key 59") == EARLIER

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\x00",
            b"[]",
            b'{"format": 2, "boots": {}}',
            b'{"format": 1, "boots": {"key": [{"no such phase": 1}]}}',
            b'{"format": 1, "boots": {"key": [{"starting": "long"}]}}',
            b'{"format": 1, "boots": 7}',
        ],
    )
    def test_a_file_that_cannot_be_understood_is_set_aside(
        self, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "boots.json"
        path.write_bytes(content)
        history = BootHistory(path)
        assert history.expected("key") is None
        assert (tmp_path / "boots.json.corrupt").read_bytes() == content
        history.record("key", EARLIER)
        assert history.expected("key") == EARLIER

    def test_a_place_that_cannot_be_written_hurts_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        history = BootHistory(tmp_path / "file" / "boots.json")
        history.record("key", EARLIER)
        assert history.expected("key") is None

    def test_no_half_written_file_is_left(self, tmp_path: Path) -> None:
        BootHistory(tmp_path / "boots.json").record("key", EARLIER)
        assert [path.name for path in tmp_path.iterdir()] == ["boots.json"]
        assert json.loads((tmp_path / "boots.json").read_text())["format"] == 1


def test_boots_are_told_apart_by_all_that_they_depend_on() -> None:
    same = {"model": "m", "flags": ["--a", "--b"], "version": "1", "hardware": "h"}
    assert boot_key(**same) == boot_key(**{**same, "flags": ["--b", "--a"]})  # type: ignore[arg-type]
    for name, value in {"model": "n", "flags": ["--a"], "version": "2", "hardware": "i"}.items():
        assert boot_key(**same) != boot_key(**{**same, name: value})  # type: ignore[arg-type]
