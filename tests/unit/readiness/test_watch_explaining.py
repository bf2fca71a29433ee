from __future__ import annotations

import pytest

from backend.readiness.gate import GateState, Phase, Problem
from tests.unit.readiness.scripted import Rig, host_unknown

LAUNCHER_PHASES = [
    *("starting", "downloading", "loading_weights", "compiling", "allocating_kv_cache"),
    *("capturing_graphs", "serving", "failed"),
]


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_the_launchers_phase_is_shown_soon_after_it_changes(rig: Rig) -> None:
    async with rig.watching():
        for number, phase in enumerate(LAUNCHER_PHASES):
            rig.launcher.says(phase, progress=number / 10, eta_seconds=9, detail=f"in {phase}")
            await rig.time.passes(1)
            assert rig.state.phase == phase
            assert rig.state.progress == number / 10
            assert (rig.state.eta_seconds, rig.state.detail) == (9, f"in {phase}")


async def test_kernels_that_compile_meanwhile_are_shown_during_the_warm_up(rig: Rig) -> None:
    rig.engine.comes()
    rig.engine.ttft_seconds = [3.0]
    async with rig.watching():
        rig.launcher.says("serving", num_jit_compilations=7)
        await rig.time.passes(2)
        assert rig.shows(Phase.WARMING_UP)
        assert rig.state.num_jit_compilations == 7


async def test_the_second_warm_up_shows_how_long_it_still_takes(rig: Rig) -> None:
    async def start() -> None:
        rig.launcher.says("starting", eta_seconds=9, elapsed_seconds=1, command=["vllm"])
        await rig.time.passes(2)
        rig.launcher.says("serving", eta_seconds=0, elapsed_seconds=10, command=["vllm"])
        rig.engine.comes()

    rig.engine.ttft_seconds = [3.0]
    async with rig.watching():
        await start()
        await rig.opens()
        rig.engine.goes()
        await rig.closes()
        await start()
        await rig.time.passes(4)
        assert rig.shows(Phase.WARMING_UP)
        told = rig.state.eta_seconds
        assert told == pytest.approx(await rig.opens(), abs=1.0)


async def test_the_launcher_is_heard_while_the_probes_hang(rig: Rig) -> None:
    rig.engine.comes()
    rig.engine.hangs = True
    async with rig.watching():
        rig.launcher.says("compiling")
        await rig.time.passes(1)
        assert rig.shows(Phase.COMPILING)


async def test_a_launcher_that_hangs_does_not_delay_the_probes(rig: Rig) -> None:
    rig.launcher.hangs = True
    async with rig.watching():
        rig.engine.comes()
        assert await rig.opens() < 2
        rig.engine.goes()
        assert await rig.closes() < 2.5


async def test_a_launcher_that_says_serving_does_not_open_it(rig: Rig) -> None:
    rig.launcher.says("serving", progress=1.0)
    async with rig.watching():
        await rig.time.passes(60)
        assert rig.shows(Phase.SERVING)
        assert rig.engine.prompts == []


@pytest.mark.parametrize("phase", ["starting", "loading_weights", "failed", "no such phase"])
async def test_a_launcher_that_lags_behind_does_not_keep_it_closed(rig: Rig, phase: str) -> None:
    problem = {"kind": "no_memory", "message": "No memory.", "advice": "Free some."}
    rig.launcher.says(phase, progress=0.2, problem=problem)
    rig.engine.comes()
    async with rig.watching():
        await rig.opens()
        await rig.time.passes(30)
        assert rig.gate.is_open
        assert (rig.state.phase, rig.state.problem) == (Phase.READY, None)


async def test_a_failed_start_is_shown_with_its_problem_and_ends_when_it_is_cured(
    rig: Rig,
) -> None:
    problem = {"kind": "no_memory", "message": "No memory.", "advice": "Free some."}
    rig.launcher.says("failed", progress=0.4, problem=problem)
    async with rig.watching():
        await rig.time.passes(1)
        assert rig.shows(Phase.FAILED)
        assert rig.state.problem == Problem(
            kind="no_memory", message="No memory.", advice="Free some."
        )
        rig.launcher.says("starting", progress=0.0)
        await rig.time.passes(1)
        assert rig.state == GateState(phase=Phase.STARTING, progress=0.0)
        rig.engine.comes()
        await rig.opens()


async def test_without_a_launcher_the_probes_alone_decide(rig: Rig) -> None:
    async with rig.watching():
        rig.engine.comes()
        await rig.opens()
        assert rig.watch.report is None


async def test_a_launcher_that_goes_leaves_the_probes_to_decide(rig: Rig) -> None:
    rig.launcher.says("compiling")
    async with rig.watching():
        await rig.time.passes(1)
        rig.launcher.page = None
        await rig.time.passes(5)
        assert rig.shows(Phase.STARTING)
        rig.engine.comes()
        await rig.opens()


async def test_progress_never_goes_back_on_the_way_to_ready(rig: Rig) -> None:
    async with rig.watching():
        for progress in (0.1, 0.5, 0.3, 0.8):
            rig.launcher.says("compiling", progress=progress)
            await rig.time.passes(1)
        rig.engine.comes()
        await rig.opens()
    shown = [state.progress for state in rig.states if state.progress is not None]
    assert shown == sorted(shown)
    assert shown[-1] == 1.0


async def test_a_loss_is_lost_until_the_launcher_explains_it(rig: Rig) -> None:
    rig.engine.comes()
    rig.launcher.says("serving", progress=1.0)
    async with rig.watching():
        await rig.opens()
        rig.engine.goes()
        await rig.closes()
        await rig.time.passes(10)
        assert (rig.state.phase, rig.state.progress) == (Phase.LOST, None)
        for phase, progress in [("starting", 0.0), ("compiling", 0.5), ("serving", 0.9)]:
            rig.launcher.says(phase, progress=progress)
            await rig.time.passes(1)
            assert (rig.state.phase, rig.state.progress) == (phase, progress)
        rig.engine.comes()
        await rig.opens()


async def test_what_the_launcher_said_last_can_be_asked_for(rig: Rig) -> None:
    rig.engine.comes()
    async with rig.watching():
        await rig.opens()
        rig.launcher.says("serving", max_num_seqs=64)
        await rig.time.passes(2)
        assert rig.watch.report is not None
        assert rig.watch.report.max_num_seqs == 64


async def test_several_models_and_none_wanted_are_a_problem_that_lists_them(rig: Rig) -> None:
    rig.engine.models = {"a": 1, "b": 2}
    rig.engine.comes()
    async with rig.watching():
        await rig.time.passes(1)
        assert rig.shows(Phase.STARTING)
        assert rig.state.problem == Problem(kind="several_models", values={"served": ("a", "b")})
        rig.engine.models = {"a": 1}
        await rig.opens()


async def test_a_key_that_is_refused_is_a_problem() -> None:
    rig = Rig(api_key="wrong")
    rig.engine.api_key = "right"
    rig.engine.comes()
    rig.launcher.says("serving")
    async with rig.watching():
        await rig.time.passes(1)
        assert rig.shows(Phase.SERVING)
        assert rig.state.problem is not None
        assert rig.state.problem.kind == "engine_unauthorized"
        rig.engine.api_key = "wrong"
        await rig.opens()


async def test_a_host_without_an_address_is_a_problem_once_it_has_lasted(rig: Rig) -> None:
    rig.engine.error = host_unknown()
    async with rig.watching():
        await rig.time.passes(4)
        assert rig.problem_kind() is None
        await rig.time.passes(2)
        assert rig.state.problem == Problem(kind="engine_host_unknown")
        rig.engine.comes()
        await rig.opens()
        assert rig.problem_kind() is None


async def test_a_slow_name_server_does_not_hide_a_typing_mistake(rig: Rig) -> None:
    rig.engine.comes()
    rig.engine.hangs = True
    async with rig.watching():
        await rig.time.passes(4)
        rig.engine.error = host_unknown()
        await rig.time.passes(10)
        assert rig.problem_kind() == "engine_host_unknown"


async def test_a_host_that_was_there_before_is_no_typing_mistake(rig: Rig) -> None:
    async with rig.watching():
        await rig.time.passes(1)
        rig.engine.error = host_unknown()
        await rig.time.passes(60)
        assert (rig.state.phase, rig.state.problem) == (Phase.STARTING, None)


async def test_a_problem_holds_no_address_and_no_value_of_a_setting() -> None:
    rig = Rig(model_wanted="wanted-model", api_key="s3cret-key")
    rig.engine.api_key = "s3cret-key"
    rig.engine.comes()
    async with rig.watching():
        await rig.time.passes(1)
        assert rig.state.problem is not None
        shown = repr(rig.states)
    for hidden in ("engine:", "8001", "wanted-model", "s3cret-key"):
        assert hidden not in shown


async def test_a_warm_up_that_fails_and_is_tried_again_does_not_move_the_bar_back(rig: Rig) -> None:
    async def start() -> None:
        rig.launcher.says("starting", progress=0.1, eta_seconds=9, elapsed_seconds=1)
        await rig.time.passes(2)
        rig.launcher.says("serving", progress=1.0, eta_seconds=0, elapsed_seconds=10)
        rig.engine.comes()

    rig.engine.ttft_seconds = [3.0]
    async with rig.watching():
        await start()
        await rig.opens()
        rig.engine.goes()
        await rig.closes()
        shown: list[float] = []
        rig.gate.subscribe(lambda state: shown.append(state.progress or 0.0))
        await start()
        await rig.time.passes(5)
        rig.engine.failure = RuntimeError("no tokens")
        await rig.time.passes(5)
        assert rig.state.problem is not None
        rig.engine.failure = None
        await rig.time.passes(30)
        assert rig.gate.is_open
    since_warm = shown[shown.index(max(shown[:3])) :]
    assert since_warm == sorted(since_warm)
