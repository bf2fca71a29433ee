"""A conversation as a file: `GET /download/{thread_id}.md` and `.json`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from backend.errors import NotFoundError, StoreError

MEDIA_TYPES = {"md": "text/markdown", "json": "application/json"}


@dataclass(frozen=True, slots=True)
class Download:
    """A file's name and its text."""

    name: str
    text: str


Export = Callable[[str, str], Awaitable[Download]]
"""A thread's id and a file's ending → the file. Raises `StoreError`."""

Describe = Callable[[StoreError, str], str]
"""An error, and what the browser says of languages → a sentence."""


def add_downloads(app: FastAPI, *, export: Export, describe: Describe) -> None:
    """Offer conversations as files to whoever they belong to."""

    async def download(request: Request) -> Response:
        thread_id, _, ending = request.path_params["file"].rpartition(".")
        if ending not in MEDIA_TYPES:
            return PlainTextResponse("There is nothing here.\n", 404)
        try:
            file = await export(thread_id, ending)
        except StoreError as error:
            sentence = describe(error, request.headers.get("accept-language", ""))
            return PlainTextResponse(sentence, 404 if isinstance(error, NotFoundError) else 503)
        disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
        media_type = f"{MEDIA_TYPES[ending]}; charset=utf-8"
        headers = {"Content-Disposition": disposition}
        return Response(file.text, media_type=media_type, headers=headers)

    app.add_route("/download/{file:path}", download, methods=["GET"])
