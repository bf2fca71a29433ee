from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from backend.telemetry.metrics import Metrics
from backend.web.app import create_app
from config.branding import load_branding
from config.settings import Settings
from tests.unit.web.asgi import asking

STATE = {"ready": False, "phase": "loading_weights", "progress": 0.4, "problem": None}


@asynccontextmanager
async def no_lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def state() -> dict[str, object]:
    return dict(STATE)


@pytest.fixture
def client(state: dict[str, object]) -> AsyncClient:
    metrics = Metrics()
    metrics.retry()
    app = create_app(
        Settings(),
        readiness=lambda: state,
        metrics=metrics,
        lifespan=no_lifespan,
        branding=load_branding(),
        target=None,
    )
    return asking(app)


async def test_the_process_is_alive_whatever_the_engine_does(client: AsyncClient) -> None:
    response = await client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_a_closed_gate_is_503_with_what_it_waits_for(client: AsyncClient) -> None:
    response = await client.get("/readyz")

    assert (response.status_code, response.json()) == (503, STATE)


async def test_an_open_gate_is_200_with_the_same_json(
    client: AsyncClient, state: dict[str, object]
) -> None:
    state["ready"] = True
    response = await client.get("/readyz")

    assert (response.status_code, response.json()) == (200, STATE | {"ready": True})


async def test_metrics_are_prometheus_text(client: AsyncClient) -> None:
    response = await client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain")
    assert "warmline_retries_total 1.0" in response.text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_the_api_describes_itself_to_nobody(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_probes_take_no_other_method(client: AsyncClient) -> None:
    assert (await client.post("/readyz")).status_code == 404
