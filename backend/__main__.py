"""`python -m backend`: the settings, then the chat's server."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from backend import wiring
from backend.errors import SchemaNewerError, SettingsError, StoreAddressError, StoreError
from backend.readiness.gate import Gate
from backend.reading import add_reading
from backend.ui.texts import describe
from backend.ui.texts.gate import detail, problem_words
from backend.web.app import create_app
from backend.web.server import serve
from config.settings import Settings, exit_with

log = logging.getLogger("warmline")

ENDED_BY_CTRL_C = 128 + signal.SIGINT  # what a shell expects


def readiness(gate: Gate) -> dict[str, Any]:
    """The JSON of `/readyz`, in English."""
    state = gate.state
    problem = None
    if state.problem is not None:
        problem = {"kind": state.problem.kind, **problem_words(state.problem, "en")}
    return {
        "ready": state.ready,
        "phase": state.phase.value,
        "progress": state.progress,
        "eta_seconds": state.eta_seconds,
        "elapsed_seconds": round(gate.elapsed_seconds, 3),
        "detail": detail(state, "en"),
        "problem": problem,
    }


def check_store(settings: Settings) -> None:
    """Migrate the database. One that is wrong ends the process with a sentence; one that only does
    not answer now is waited for by the page.

    Raises:
        SystemExit: the database's URL or its schema is wrong.
    """
    try:
        asyncio.run(wiring.prepare_store(settings))
    except (StoreAddressError, SchemaNewerError) as error:
        exit_with(SettingsError(describe(error, "en"), names=("WARMLINE_DATABASE_URL",)))
    except StoreError as error:
        log.warning("%s (%s)", describe(error, "en"), error)


def main() -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit status."""
    services = wiring.services()
    settings = services.settings

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        await services.start()
        try:
            yield
        finally:
            await services.shut_down()

    try:
        app = create_app(
            settings,
            readiness=lambda: readiness(services.gate),
            metrics=services.metrics,
            lifespan=lifespan,
            branding=services.branding,
            more_routes=lambda app: add_reading(app, services),
            target=Path("app.py"),
        )
    except SettingsError as error:
        exit_with(error)
    check_store(settings)
    try:
        started = serve(
            app,
            host=settings.host,
            port=settings.port,
            before_shutdown=services.turns.shut_down,
            is_idle=lambda: not services.turns,
        )
    except KeyboardInterrupt:  # uvicorn ends in good order, then raises Ctrl-C again
        return ENDED_BY_CTRL_C
    return 0 if started else 1


if __name__ == "__main__":
    sys.exit(main())
