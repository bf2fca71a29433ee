"""Serves the parent around the smallest Chainlit app: `python -m tests.unit.web.small_chat APP`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from backend.telemetry.logs import set_up_logging
from backend.telemetry.metrics import Metrics
from backend.web.app import create_app
from config.branding import load_branding
from config.settings import load_settings


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Start nothing, end nothing."""
    yield


def main(target: Path) -> None:
    """Serve until SIGTERM."""
    settings = load_settings(env_file=None)
    set_up_logging(settings.log_level)
    app = create_app(
        settings,
        readiness=lambda: {"ready": True},
        metrics=Metrics(),
        lifespan=lifespan,
        branding=load_branding(),
        target=target,
    )
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_config=None, timeout_graceful_shutdown=1
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
