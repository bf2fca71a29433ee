"""The ASGI parent: probes and static files of our own, Chainlit mounted behind the guard.

guard → probes, page, static files
      → Chainlit (socket, settings, actions), with its own lifespan replaced by ours
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from backend.telemetry.metrics import Metrics
from backend.web.app_root import prepare_app_root, use_app_root
from backend.web.guard import guarded
from backend.web.language import OurLanguages
from backend.web.page import Page, content_security_policy, local_page
from backend.web.pictures import add_pictures
from backend.web.probes import Readiness, add_probes
from backend.web.routes import PAGE_PATHS
from backend.web.static import CompressedFiles
from config.branding import Branding
from config.settings import Settings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    settings: Settings,
    *,
    readiness: Readiness,
    metrics: Metrics,
    lifespan: Lifespan,
    branding: Branding,
    more_routes: Callable[[FastAPI], None] = lambda _: None,
    target: Path | None,
) -> ASGIApp:
    """Build the app that a server runs. Chainlit is imported here, and must not be before.

    Args:
        settings: addresses and the data folder.
        readiness: the contract's JSON of `/readyz`, made anew for each request.
        metrics: what `/metrics` shows.
        lifespan: what starts before the first request and ends after the last one.
        branding: how the page looks and what it is called.
        more_routes: adds those of files, of shared conversations and of the engine's log.
        target: Chainlit's `app.py`; its folder holds `public/` and `.chainlit/`. `None` leaves
            Chainlit out: probes alone.

    Raises:
        SettingsError: the data folder cannot be written.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    add_probes(app, readiness=readiness, metrics=metrics)
    more_routes(app)
    policy = content_security_policy()
    if target is not None:
        use_app_root(prepare_app_root(target.resolve().parent, settings.data_dir))
        page = _mount_chat(app, target, branding, root_path=settings.public_path)
        policy = page.content_security_policy
    return guarded(
        OurLanguages(app), public_url=settings.public_url, content_security_policy=policy
    )


def _mount_chat(app: FastAPI, target: Path, branding: Branding, *, root_path: str) -> Page:
    """Declare the page and the static files, then Chainlit for the rest: the first match wins."""
    from chainlit.config import config
    from chainlit.server import SOCKET_IO_PATH, asgi_app, build_dir, get_html_template
    from chainlit.utils import mount_chainlit

    public = target.resolve().parent / "public"
    config.ui.name = branding.name
    config.ui.default_avatar_file_url = f"{root_path}/public/{branding.files.mark}"
    template: str = get_html_template(root_path)  # type: ignore[no-untyped-call]
    page = local_page(template, branding, root_path=root_path)
    for path in PAGE_PATHS:
        app.add_api_route(path, page.respond, methods=["GET", "HEAD"])
    app.mount("/assets", CompressedFiles(Path(build_dir) / "assets"))
    app.mount("/public", CompressedFiles(public))
    add_pictures(app, branding.files, public)
    app.mount(SOCKET_IO_PATH, asgi_app)  # past Chainlit's ten layers, which every frame would pass
    mount_chainlit(app, target=str(target), path="/")
    return page
