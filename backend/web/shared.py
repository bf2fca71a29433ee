"""A conversation that is shared: `GET /shared/{token}`, for whoever has the link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response


@dataclass(frozen=True, slots=True)
class SharedPage:
    """What is answered."""

    html: str
    status: int = 200


OpenShared = Callable[[str, str], Awaitable[SharedPage]]
"""A link's token, and what the browser says of languages → its page, also where there is none."""


def add_shared(app: FastAPI, *, open_shared: OpenShared) -> None:
    """Show shared conversations, and tell search engines to leave them out."""

    async def show(request: Request) -> Response:
        accepted = request.headers.get("accept-language", "")
        page = await open_shared(request.path_params["token"], accepted)
        headers = {"Vary": "Accept-Language", "X-Robots-Tag": "noindex, nofollow"}
        return HTMLResponse(page.html, page.status, headers)

    app.add_route("/shared/{token}", show, methods=["GET"])
