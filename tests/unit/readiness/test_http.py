from __future__ import annotations

import httpx2
import pytest

from backend.readiness.http import client_for


@pytest.mark.parametrize("url", ["http://engine:8001/v1", "http://127.0.0.1:8001/v1", None])
def test_no_proxy_is_asked_for_what_is_near(url: str | None) -> None:
    assert not client_for(url).trust_env


def test_the_proxy_of_the_environment_holds_for_the_rest() -> None:
    assert client_for("https://engine.example.com/v1").trust_env


async def test_a_redirect_is_not_followed() -> None:
    away = httpx2.MockTransport(lambda request: httpx2.Response(302, headers={"Location": "/x"}))
    async with client_for("http://engine/v1", transport=away) as client:
        assert (await client.get("http://engine/v1/models")).status_code == 302
