"""Who is dead: judged by a clock of one's own."""

from __future__ import annotations

import pytest

from backend.store.lease import Lease, Writer


class World:
    """A clock that only the test moves, and what is known of processes."""

    def __init__(self) -> None:
        self.now = 50.0
        self.gone: dict[str, bool] = {}
        self.lease = Lease(8.0, clock=lambda: self.now, is_gone=self.gone.get)

    def dead_after(self, seconds: float, *writers: Writer) -> list[str]:
        self.now += seconds
        return [writer.name for writer in self.lease.dead(writers)]


@pytest.fixture
def world() -> World:
    return World()


def test_a_writer_is_not_dead_when_seen_for_the_first_time(world: World) -> None:
    assert world.dead_after(1000, Writer("a", 1)) == []


def test_a_writer_that_beats_lives(world: World) -> None:
    for beat in range(10):
        assert world.dead_after(7.9, Writer("a", beat)) == []


def test_a_writer_whose_beat_stands_still_for_the_lease_is_dead(world: World) -> None:
    assert world.dead_after(0, Writer("a", 5)) == []
    assert world.dead_after(7.9, Writer("a", 5)) == []
    assert world.dead_after(0.1, Writer("a", 5)) == ["a"]


def test_a_writer_that_never_beat_is_dead_after_the_lease_too(world: World) -> None:
    assert world.dead_after(0, Writer("a", None)) == []
    assert world.dead_after(8, Writer("a", None)) == ["a"]


def test_a_writer_with_nothing_to_write_is_forgotten_and_judged_anew(world: World) -> None:
    world.dead_after(0, Writer("a", 5))
    world.dead_after(4)
    assert world.dead_after(100, Writer("a", 5)) == []
    assert world.dead_after(8, Writer("a", 5)) == ["a"]


def test_writers_are_judged_each_for_itself(world: World) -> None:
    world.dead_after(0, Writer("a", 1), Writer("b", 1))
    assert world.dead_after(8, Writer("a", 1), Writer("b", 2)) == ["a"]


def test_a_process_that_is_known_to_be_gone_is_dead_at_once(world: World) -> None:
    world.gone["a"] = True
    assert world.dead_after(0, Writer("a", 1), Writer("b", 1)) == ["a"]


def test_a_process_that_runs_and_does_not_beat_is_dead_after_the_lease(world: World) -> None:
    world.gone["a"] = False
    world.dead_after(0, Writer("a", 1))
    assert world.dead_after(8, Writer("a", 1)) == ["a"]
