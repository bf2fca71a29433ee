from __future__ import annotations

import logging

import pytest

from tests.unit.readiness.scripted import Rig, host_unknown

KEY = "s3cret-key"


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="warmline.readiness")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "warmline.readiness"]


async def test_one_line_for_each_change_and_none_for_a_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig()
    async with rig.watching():
        for progress in range(10):
            rig.launcher.says("compiling", progress=progress / 10)
            await rig.time.passes(5)
        rig.engine.comes()
        await rig.opens()
        await rig.time.passes(60)
        rig.engine.goes()
        await rig.closes()
        await rig.time.passes(60)
    assert lines(caplog) == [
        "compiling",
        "warming_up",
        "ready: steady: first tokens after "
        "0.10 s (1 at once), 0.10 s (8 at once), 0.10 s (8 at once)",
        "compiling: engine_unreachable: ConnectionRefusedError",
    ]


async def test_a_mistake_is_named_with_its_setting_once(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.engine.error = host_unknown()
    async with rig.watching():
        await rig.time.passes(60)
    assert lines(caplog) == [
        "starting: problem engine_host_unknown: WARMLINE_ENGINE_URL: no address for 'engine'"
    ]
    assert caplog.records[-1].levelno == logging.WARNING


async def test_a_failed_start_is_logged_in_the_launchers_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig()
    problem = {"kind": "no_memory", "message": "No memory.", "advice": "Free some."}
    rig.launcher.says("failed", problem=problem)
    async with rig.watching():
        await rig.time.passes(60)
    assert lines(caplog) == ["failed: problem no_memory: No memory."]
    assert caplog.records[-1].levelno == logging.WARNING


async def test_a_warm_up_that_fails_again_and_again_is_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig()
    rig.engine.failure = LookupError("what the engine echoed")
    rig.engine.comes()
    async with rig.watching():
        await rig.time.passes(60)
    assert lines(caplog) == ["warming_up", "warming_up: problem warmup_failed: LookupError"]


async def test_the_key_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(api_key=KEY)
    rig.engine.api_key = "another"
    rig.engine.comes()
    async with rig.watching():
        await rig.time.passes(5)
        rig.engine.api_key = KEY
        await rig.opens()
        rig.engine.api_key = "another"
        await rig.closes()
    assert lines(caplog)
    assert KEY not in caplog.text


async def test_an_error_that_nobody_expects_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.engine.error = LookupError("a defect of ours")
    async with rig.watching():
        await rig.time.passes(1)
    assert "LookupError: a defect of ours" in caplog.text
