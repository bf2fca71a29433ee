from __future__ import annotations

import pytest

from backend.errors import EngineFaultError
from backend.readiness.gate import Phase, WarmupBurst
from tests.unit.readiness.scripted import Rig

TEN_MINUTES = 600.0


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_before_the_first_contact_it_is_starting(rig: Rig) -> None:
    async with rig.watching():
        await rig.time.passes(30)
        assert rig.shows(Phase.STARTING)
        assert rig.state.problem is None


async def test_a_healthy_engine_is_warmed_up_and_then_the_gate_opens(rig: Rig) -> None:
    async with rig.watching():
        rig.engine.comes()
        assert await rig.opens() < 2
        assert rig.phases == ["warming_up", "ready"]
        assert len(rig.engine.prompts) == 17
        assert rig.state.model == "smol"
        assert rig.state.max_model_len == 8192
        assert rig.state.progress == 1.0
        assert rig.state.problem is None


async def test_each_burst_is_shown_while_it_warms_up(rig: Rig) -> None:
    rig.engine.ttft_seconds = [0.0625, *[3.25] * 8, 0.125]
    async with rig.watching():
        rig.engine.comes()
        await rig.opens()
    alone = WarmupBurst(num_requests=1, mean_ttft_seconds=0.0625)
    first = WarmupBurst(num_requests=8, mean_ttft_seconds=3.25)
    second = WarmupBurst(num_requests=8, mean_ttft_seconds=0.125)
    warming = [state.bursts for state in rig.states if state.phase is Phase.WARMING_UP]
    assert warming == [(), (alone,), (alone, first), (alone, first, second)]
    assert rig.state.bursts == (alone, first, second)


async def test_the_model_is_known_before_anything_is_generated(rig: Rig) -> None:
    rig.engine.generates = False
    async with rig.watching():
        rig.engine.comes()
        await rig.time.passes(1)
        assert rig.engine.num_running == 1
        assert (rig.state.phase, rig.state.model) == (Phase.WARMING_UP, "smol")


async def test_nothing_reaches_an_engine_that_is_not_healthy(rig: Rig) -> None:
    async with rig.watching():
        rig.engine.comes()
        rig.engine.health = 503
        await rig.time.passes(60)
        assert rig.engine.prompts == []
        assert rig.shows(Phase.STARTING)


async def test_an_engine_that_is_up_while_every_message_fails_is_not_ready(rig: Rig) -> None:
    rig.engine.failure = EngineFaultError("500", status=500)
    async with rig.watching():
        rig.engine.comes()
        await rig.time.passes(TEN_MINUTES)
        assert rig.phases == ["warming_up"]
        assert rig.state.problem is not None
        assert rig.state.problem.kind == "warmup_failed"
        assert rig.state.problem.values == {"reason": "engine_fault"}
        rig.engine.failure = None
        assert await rig.opens() < 5
        assert rig.state.problem is None


async def test_an_unknown_failure_of_the_warm_up_keeps_the_gate_closed_too(rig: Rig) -> None:
    rig.engine.failure = LookupError("what the engine echoed")
    async with rig.watching():
        rig.engine.comes()
        await rig.time.passes(10)
        assert rig.shows(Phase.WARMING_UP)
        assert rig.state.problem is not None
        assert "echoed" not in repr(rig.state)


@pytest.mark.parametrize("hung_seconds", [5, 13, 29, 47, 63, 66, 90, 150])
async def test_it_opens_soon_after_an_engine_that_hung_generates(
    rig: Rig, hung_seconds: float
) -> None:
    rig.engine.generates = False
    async with rig.watching():
        rig.engine.comes()
        await rig.time.passes(hung_seconds)
        assert not rig.gate.is_open
        assert rig.engine.num_running <= 8
        rig.engine.generates = True
        assert await rig.opens() < 20


async def test_a_warm_up_leaves_no_request_behind(rig: Rig) -> None:
    rig.engine.generates = False
    async with rig.watching():
        rig.engine.comes()
        await rig.time.passes(30)
        rig.engine.goes()
        await rig.time.passes(2)
        assert rig.engine.num_running == 0
        assert rig.shows(Phase.STARTING)


async def test_it_never_gives_up(rig: Rig) -> None:
    async with rig.watching():
        await rig.time.passes(TEN_MINUTES)
        rig.engine.comes()
        assert await rig.opens() < 3


async def test_it_opens_for_the_wanted_model_among_several() -> None:
    rig = Rig(model_wanted="b")
    rig.engine.models = {"a": 4096, "b": 2048}
    async with rig.watching():
        rig.engine.comes()
        await rig.opens()
        assert (rig.state.model, rig.state.max_model_len) == ("b", 2048)


async def test_it_looks_twice_a_second_while_closed_and_less_while_open(rig: Rig) -> None:
    async with rig.watching():
        rig.engine.comes()
        rig.engine.health = 503
        await rig.time.passes(10)
        assert 18 <= rig.engine.num_looks <= 22
        rig.engine.health = 200
        await rig.opens()
        rig.engine.num_looks = 0
        await rig.time.passes(15)
        assert 9 <= rig.engine.num_looks <= 11


async def test_it_looks_at_once_when_the_engine_is_suspected(rig: Rig) -> None:
    async with rig.watching():
        rig.engine.comes()
        await rig.opens()
        rig.engine.num_looks = 0
        rig.watch.suspect()
        await rig.time.passes(0)
        assert rig.engine.num_looks == 1


async def test_a_suspicion_opens_nothing_and_closes_nothing(rig: Rig) -> None:
    async with rig.watching():
        rig.watch.suspect()
        await rig.time.passes(1)
        assert not rig.gate.is_open
        rig.engine.comes()
        await rig.opens()
        for _ in range(5):
            rig.watch.suspect()
            await rig.time.passes(1)
            assert rig.gate.is_open


async def test_an_error_that_nobody_expects_ends_no_watch(rig: Rig) -> None:
    rig.engine.error = LookupError("a defect of ours")
    async with rig.watching():
        await rig.time.passes(10)
        rig.engine.comes()
        await rig.opens()


async def test_a_subscriber_that_raises_ends_no_watch(rig: Rig) -> None:
    def raises(state: object) -> None:
        raise LookupError("a defect of a page")

    rig.gate.subscribe(raises)
    async with rig.watching():
        rig.engine.comes()
        await rig.opens()
        rig.engine.goes()
        await rig.closes()
        rig.engine.comes()
        await rig.opens()
