"""An engine that answers `/health` and `/v1/models`, and generates no more."""

from __future__ import annotations

import pytest

from backend.errors import EngineBusyError, EngineFaultError
from backend.readiness.gate import Phase
from tests.unit.readiness.scripted import Rig


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.engine.comes()
    return rig


@pytest.mark.parametrize("open_seconds", [0, 3, 4, 4.1, 30, 600.7])
async def test_it_closes_within_15_seconds_of_an_engine_that_hangs(
    rig: Rig, open_seconds: float
) -> None:
    async with rig.watching():
        await rig.opens()
        await rig.time.passes(open_seconds)
        rig.engine.generates = False
        await rig.closes(15)
        assert rig.shows(Phase.LOST)
        assert rig.state.problem is None


async def test_it_closes_sooner_of_an_engine_whose_every_message_fails(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        await rig.time.passes(60)
        rig.engine.failure = EngineFaultError("HTTP 500", status=500)
        assert await rig.closes() < 4.2
        assert rig.shows(Phase.LOST)


@pytest.mark.parametrize("lost_seconds", [0, 5, 60, 200])
async def test_it_opens_again_by_itself_when_the_engine_generates_again(
    rig: Rig, lost_seconds: float
) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.generates = False
        await rig.closes()
        await rig.time.passes(lost_seconds)
        assert not rig.gate.is_open
        rig.engine.generates = True
        await rig.opens(20)
        assert rig.phases == ["warming_up", "ready", "lost", "warming_up", "ready"]


async def test_while_every_message_fails_it_says_so(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.failure = EngineFaultError("HTTP 500", status=500)
        await rig.closes()
        await rig.time.passes(10)
        assert (rig.state.phase, rig.problem_kind()) == (Phase.WARMING_UP, "warmup_failed")
        rig.engine.failure = None
        assert await rig.opens() < 5


async def test_it_closes_as_often_as_the_engine_hangs(rig: Rig) -> None:
    async with rig.watching():
        for _ in range(5):
            await rig.opens()
            rig.engine.generates = False
            await rig.closes(15)
            rig.engine.generates = True
        await rig.opens()


async def test_a_launcher_that_still_says_serving_is_not_believed(rig: Rig) -> None:
    rig.launcher.says("serving", progress=1.0)
    async with rig.watching():
        await rig.opens()
        rig.engine.generates = False
        await rig.closes(15)
        assert (rig.state.phase, rig.state.progress) == (Phase.LOST, None)


async def test_a_mistake_that_was_cured_long_ago_is_not_shown(rig: Rig) -> None:
    rig.engine.models = {"smol": 8192, "other": 4096}
    async with rig.watching():
        await rig.time.passes(5)
        assert rig.problem_kind() == "several_models"
        rig.engine.models = {"smol": 8192}
        await rig.opens()
        rig.states.clear()
        rig.engine.generates = False
        await rig.closes(15)
        await rig.time.passes(60)
        assert [state.problem for state in rig.states if state.phase is Phase.LOST] == [None]


async def test_nothing_is_asked_for_while_replies_go_on(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        for _ in range(60):
            rig.last_sign_of_life = rig.time.now
            await rig.time.passes(1)
        assert rig.engine.num_canaries == 0


async def test_one_token_is_asked_for_now_and_then_while_it_is_quiet(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        await rig.time.passes(60)
        assert 12 <= rig.engine.num_canaries <= 15
        assert rig.phases == ["warming_up", "ready"]


async def test_an_engine_that_is_busy_is_not_lost(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.failure = EngineBusyError("HTTP 503", status=503)
        await rig.time.passes(60)
        assert rig.gate.is_open
        assert rig.engine.num_canaries > 10


async def test_none_is_sent_before_the_gate_opens_nor_while_another_waits(rig: Rig) -> None:
    rig.engine.generates = False
    async with rig.watching():
        await rig.time.passes(60)
        assert rig.engine.num_canaries == 0
        rig.engine.generates = True
        await rig.opens()
        rig.engine.generates = False
        await rig.time.passes(10)
        assert (rig.engine.num_canaries, rig.engine.num_running) == (1, 1)


async def test_none_is_sent_while_a_second_warm_up_runs(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.generates = False
        await rig.closes()
        await rig.time.passes(30)
        assert rig.shows(Phase.WARMING_UP)
        assert rig.engine.num_canaries == 1


@pytest.mark.parametrize("models", [{}, {"smol": 8192, "other": 4096}])
async def test_it_ends_when_the_gate_closes_for_another_reason(
    rig: Rig, models: dict[str, int]
) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.generates = False
        await rig.time.passes(5)
        assert rig.engine.num_running == 1
        rig.engine.models = models
        await rig.closes()
        assert rig.engine.num_running == 0
        await rig.time.passes(60)
        assert rig.engine.num_canaries == 1


async def test_it_ends_when_another_engine_takes_the_place(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.generates = False
        await rig.time.passes(5)
        rig.engine.models = {"other": 8192}
        await rig.time.passes(3)
        assert rig.shows(Phase.WARMING_UP)
        assert rig.engine.num_running == 1  # the new one's warm-up


async def test_it_ends_with_the_watch(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.generates = False
        await rig.time.passes(5)
        assert rig.engine.num_running == 1
    assert rig.engine.num_running == 0


async def test_a_failure_that_nobody_expects_ends_no_watch(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.failure = LookupError("a defect of ours")
        await rig.closes()
        rig.engine.failure = None
        await rig.opens()
