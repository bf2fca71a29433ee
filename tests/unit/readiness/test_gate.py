from __future__ import annotations

import asyncio

import pytest

from backend.readiness.gate import Gate, GateState, Phase
from tests.unit.readiness.fake_time import FakeTime, settle

READY = GateState(phase=Phase.READY)
LOST = GateState(phase=Phase.LOST)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def gate(time: FakeTime) -> Gate:
    return Gate(time.clock)


def test_a_new_gate_is_closed_and_starting(gate: Gate) -> None:
    assert not gate.is_open
    assert gate.state == GateState(phase=Phase.STARTING)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.READY])
def test_only_ready_is_open(gate: Gate, phase: Phase) -> None:
    gate.move(READY)
    gate.move(GateState(phase=phase))
    assert not gate.is_open
    gate.move(READY)
    assert gate.is_open


def test_a_subscriber_is_told_of_every_change_and_of_no_repetition(gate: Gate) -> None:
    told: list[GateState] = []
    gate.subscribe(told.append)
    gate.move(READY)
    gate.move(GateState(phase=Phase.READY))
    gate.move(LOST)
    assert told == [READY, LOST]


def test_a_subscriber_that_has_left_is_told_nothing(gate: Gate) -> None:
    told: list[GateState] = []
    leave = gate.subscribe(told.append)
    leave()
    gate.move(READY)
    assert told == []


def test_a_subscriber_may_leave_while_it_is_told(gate: Gate) -> None:
    told: list[GateState] = []
    leave = gate.subscribe(lambda state: leave())
    gate.subscribe(told.append)
    gate.move(READY)
    assert told == [READY]


async def test_who_waits_goes_on_when_the_gate_opens(gate: Gate) -> None:
    waiting = asyncio.create_task(gate.wait_open())
    await settle()
    assert not waiting.done()
    gate.move(READY)
    await waiting


async def test_who_comes_to_an_open_gate_does_not_wait(gate: Gate) -> None:
    gate.move(READY)
    async with asyncio.timeout(0):
        await gate.wait_open()


async def test_who_comes_after_it_has_closed_again_waits(gate: Gate) -> None:
    gate.move(READY)
    gate.move(LOST)
    waiting = asyncio.create_task(gate.wait_open())
    await settle()
    assert not waiting.done()
    gate.move(READY)
    await waiting


async def test_elapsed_seconds_count_until_the_gate_opens(gate: Gate, time: FakeTime) -> None:
    await time.passes(30)
    assert gate.elapsed_seconds == 30
    gate.move(READY)
    await time.passes(100)
    assert gate.elapsed_seconds == 30


async def test_elapsed_seconds_count_anew_when_it_closes(gate: Gate, time: FakeTime) -> None:
    gate.move(READY)
    await time.passes(100)
    gate.move(LOST)
    await time.passes(7)
    gate.move(GateState(phase=Phase.STARTING))
    await time.passes(1)
    assert gate.elapsed_seconds == 8
