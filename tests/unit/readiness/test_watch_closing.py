from __future__ import annotations

import pytest

from backend.readiness.gate import Phase, Problem
from tests.unit.readiness.scripted import Rig, host_unknown


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.engine.comes()
    return rig


async def test_it_closes_soon_after_the_engine_refuses(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.goes()
        assert await rig.closes() < 2.5
        assert rig.shows(Phase.LOST)


async def test_a_suspicion_closes_it_at_once_when_the_engine_refuses(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.goes()
        rig.watch.suspect()
        assert await rig.closes() <= 0.3  # one confirming look, and the test's own step


@pytest.mark.parametrize("fault", ["refuses", "unhealthy", "host unknown", "no model"])
async def test_one_look_without_an_answer_closes_nothing(rig: Rig, fault: str) -> None:
    async with rig.watching():
        await rig.opens()
        break_engine(rig, fault)
        rig.watch.suspect()
        await rig.time.passes(0)
        rig.engine.comes()
        rig.engine.models = {"smol": 8192}
        await rig.time.passes(30)
        assert rig.gate.is_open
        assert rig.phases == ["warming_up", "ready"]


@pytest.mark.parametrize("fault", ["refuses", "unhealthy", "host unknown", "no model", "hangs"])
async def test_it_is_lost_within_15_seconds_whatever_the_silence(rig: Rig, fault: str) -> None:
    async with rig.watching():
        await rig.opens()
        break_engine(rig, fault)
        await rig.closes(15)
        assert rig.shows(Phase.LOST)
        assert rig.state.problem is None


def break_engine(rig: Rig, fault: str) -> None:
    match fault:
        case "refuses":
            rig.engine.goes()
        case "unhealthy":
            rig.engine.health = 503
        case "host unknown":
            rig.engine.error = host_unknown()
        case "no model":
            rig.engine.models = {}
        case "hangs":
            rig.engine.hangs = True


async def test_one_time_out_closes_nothing(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.hangs = True
        await rig.time.passes(3)
        rig.engine.hangs = False
        await rig.time.passes(30)
        assert rig.phases == ["warming_up", "ready"]


async def test_time_outs_close_nothing_while_replies_go_on(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.hangs = True
        for _ in range(60):
            rig.last_sign_of_life = rig.time.now
            await rig.time.passes(1)
            assert rig.gate.is_open
        assert await rig.closes(15) < 12


async def test_a_refusal_closes_it_though_replies_go_on(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.goes()
        rig.last_sign_of_life = rig.time.now
        assert await rig.closes() < 2.5


async def test_it_opens_again_by_itself_as_often_as_the_engine_comes_back(rig: Rig) -> None:
    async with rig.watching():
        for _ in range(5):
            await rig.opens()
            rig.engine.prompts.clear()
            rig.engine.goes()
            await rig.closes()
            await rig.time.passes(200)
            assert rig.shows(Phase.LOST)
            rig.engine.comes()
        assert await rig.opens() < 3
        assert rig.phases[-3:] == ["lost", "warming_up", "ready"]
        assert len(rig.engine.prompts) == 17


async def test_an_engine_that_dies_in_its_warm_up_is_seen(rig: Rig) -> None:
    rig.engine.ttft_seconds = [60.0]
    async with rig.watching():
        await rig.time.passes(1)
        assert rig.shows(Phase.WARMING_UP)
        rig.engine.goes()
        await rig.time.passes(2)
        assert rig.shows(Phase.STARTING)
        assert rig.engine.num_running == 0


async def test_an_engine_that_dies_in_its_second_warm_up_is_lost(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.goes()
        await rig.closes()
        rig.engine.ttft_seconds = [60.0]
        rig.engine.comes()
        await rig.time.passes(2)
        assert rig.shows(Phase.WARMING_UP)
        rig.engine.goes()
        await rig.time.passes(2)
        assert rig.shows(Phase.LOST)


async def test_more_models_than_one_close_it_with_the_problem(rig: Rig) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.models = {"smol": 8192, "other": 4096}
        await rig.closes(5)
        assert rig.state.problem == Problem(
            kind="several_models", values={"served": ("smol", "other")}
        )


async def test_the_wanted_model_gone_closes_it_with_the_problem() -> None:
    rig = Rig(model_wanted="smol")
    rig.engine.comes()
    async with rig.watching():
        await rig.opens()
        rig.engine.models = {"other": 4096}
        await rig.closes(5)
        assert rig.state.problem == Problem(kind="model_not_found", values={"served": ("other",)})
        rig.engine.models = {"smol": 8192}
        await rig.opens()
        assert rig.state.problem is None


async def test_other_models_beside_the_wanted_one_change_nothing() -> None:
    rig = Rig(model_wanted="smol")
    rig.engine.comes()
    async with rig.watching():
        await rig.opens()
        rig.engine.models = {"smol": 8192, "other": 4096}
        await rig.time.passes(30)
        assert rig.phases == ["warming_up", "ready"]


@pytest.mark.parametrize("models", [{"other": 8192}, {"smol": 4096}])
async def test_another_engine_in_its_place_is_warmed_up_anew(
    rig: Rig, models: dict[str, int]
) -> None:
    async with rig.watching():
        await rig.opens()
        rig.engine.models = models
        await rig.closes(5)
        assert rig.shows(Phase.WARMING_UP)
        await rig.opens()
        assert {rig.state.model: rig.state.max_model_len} == models
        assert len(rig.engine.prompts) == 34


async def test_the_warm_up_of_an_engine_that_was_replaced_ends(rig: Rig) -> None:
    rig.engine.generates = False
    async with rig.watching():
        await rig.time.passes(1)
        rig.engine.models = {"other": 8192}
        await rig.time.passes(1)
        assert rig.state.model == "other"
        assert rig.engine.num_running == 1
