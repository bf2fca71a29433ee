"""What orchestrators and Prometheus ask: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from backend.telemetry.metrics import Metrics

Readiness = Callable[[], Mapping[str, object]]


def add_probes(app: FastAPI, *, readiness: Readiness, metrics: Metrics) -> None:
    """Declare the three routes.

    Args:
        app: our app, before Chainlit is mounted in it (the first match wins).
        readiness: the contract's JSON of `/readyz`; its `ready` decides between 200 and 503.
        metrics: what `/metrics` shows.
    """

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        state = readiness()
        return JSONResponse(state, status_code=200 if state["ready"] else 503)

    @app.get("/metrics")
    async def exposition() -> Response:
        return Response(metrics.exposition(), headers={"Content-Type": metrics.content_type})
