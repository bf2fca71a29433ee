from __future__ import annotations

import pytest

from backend.web.routes import open_route


def is_open(method: str, path: str) -> bool:
    return open_route({"type": "http", "method": method, "path": path}) is not None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/assets/index-B2u6IBgX.js"),
        ("GET", "/public/warmline.css"),
        ("GET", "/ws/socket.io/"),
        ("POST", "/ws/socket.io/"),
        ("GET", "/project/settings"),
        ("GET", "/project/translations"),
        ("POST", "/project/action"),
        ("GET", "/project/file/0f"),
    ],
)
def test_what_the_page_needs_is_open(method: str, path: str) -> None:
    assert is_open(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/docs"),
        ("GET", "/docs/oauth2-redirect"),
        ("GET", "/redoc"),
        ("GET", "/openapi.json"),
        ("GET", "/health"),
        ("POST", "/mcp"),
        ("DELETE", "/mcp"),
        ("GET", "/copilot/index.js"),
        ("POST", "/slack/events"),
        ("POST", "/teams/events"),
        ("POST", "/project/file"),
        ("PUT", "/project/element"),
        ("PUT", "/project/thread/share"),
        ("GET", "/project/share/0f"),
        ("POST", "/login"),
        ("GET", "/auth/oauth/github"),
        ("GET", "/whatever"),
        ("GET", "//docs"),
        ("POST", "/"),
        ("DELETE", "/user"),
        ("OPTIONS", "/user"),
    ],
)
def test_chainlit_s_other_routes_are_closed(method: str, path: str) -> None:
    assert not is_open(method, path)


def test_only_chainlit_s_socket_opens_as_a_websocket() -> None:
    assert open_route({"type": "websocket", "path": "/ws/socket.io/"})
    assert not open_route({"type": "websocket", "path": "/"})
    assert not open_route({"type": "websocket", "path": "/user"})
