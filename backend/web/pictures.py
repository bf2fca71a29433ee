"""The branding's logo and the tab's picture: `GET /logo?theme=…` and `/favicon`."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse

from config.branding import Files


def add_pictures(app: FastAPI, files: Files, public: Path) -> None:
    """Declare the routes, before Chainlit is mounted (the first match wins)."""

    @app.get("/logo")
    async def logo(theme: str = "light") -> FileResponse:
        return FileResponse(public / (files.logo_dark if theme == "dark" else files.logo_light))

    @app.get("/favicon")
    async def favicon() -> FileResponse:
        return FileResponse(public / files.mark)
