"""What the engine says while it starts: `GET /engine/log`, where whoever asks may read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import JSONResponse

ReadEngineLog = Callable[[], Mapping[str, object] | None]
"""The log as JSON; `None` where there is none, or none for the people of this page."""


def add_engine_log(app: FastAPI, *, read: ReadEngineLog) -> None:
    """Declare the route, before Chainlit is mounted (the first match wins)."""

    @app.get("/engine/log")
    async def engine_log() -> JSONResponse:
        log = read()
        return JSONResponse(log or {}, status_code=404 if log is None else 200)
