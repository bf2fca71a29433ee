"""`GET /engine/log`."""

from __future__ import annotations

import pytest

from backend.telemetry.metrics import Metrics
from backend.web.app import create_app
from backend.web.engine_log import ReadEngineLog, add_engine_log
from config.branding import load_branding
from config.settings import Settings
from tests.unit.web.asgi import asking
from tests.unit.web.test_probes import no_lifespan


async def read(log: ReadEngineLog) -> tuple[int, object]:
    app = create_app(
        Settings(),
        readiness=dict,
        metrics=Metrics(),
        lifespan=no_lifespan,
        more_routes=lambda app: add_engine_log(app, read=log),
        branding=load_branding(),
        target=None,
    )
    response = await asking(app).get("/engine/log")
    return response.status_code, response.json()


async def test_it_is_read_by_whoever_may_read_it() -> None:
    log = {"command": "vllm serve", "lines": ["one"]}
    assert await read(lambda: log) == (200, log)


async def test_for_others_there_is_none() -> None:
    assert await read(lambda: None) == (404, {})


@pytest.mark.parametrize(
    ("settings", "is_alone"),
    [
        (Settings(), True),
        (Settings(host="::1"), True),
        (Settings(host="0.0.0.0", allow_open=True), False),
        (Settings(public_url="https://chat.example"), False),
    ],
)
def test_only_a_chat_of_this_machine_alone_shows_it(settings: Settings, is_alone: bool) -> None:
    assert settings.is_for_this_machine_alone is is_alone
