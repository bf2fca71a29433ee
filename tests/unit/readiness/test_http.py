from __future__ import annotations

import httpx2
import pytest

from backend.readiness.http import client_for, is_near

NEAR = [
    "http://127.0.0.1:8001/v1",
    "http://[::1]:8001/v1",
    "http://localhost:8001/v1",
    "http://engine:8001/v1",
    "http://10.1.2.3/v1",
    "http://192.168.0.7/v1",
    "http://[fd00::1]/v1",
    "http://169.254.1.1/v1",
    "http://host.docker.internal:8001/v1",
    "http://gpu-box.local/v1",
    "http://engine./v1",
]
FAR = ["https://engine.example.com/v1", "http://8.8.8.8/v1", "http://[2606:4700::1]/v1"]


@pytest.mark.parametrize("url", NEAR)
def test_loopback_private_and_single_label_hosts_are_near(url: str) -> None:
    assert is_near(url)


@pytest.mark.parametrize("url", FAR)
def test_public_hosts_are_not_near(url: str) -> None:
    assert not is_near(url)


@pytest.mark.parametrize("url", [*NEAR, None])
def test_no_proxy_is_asked_for_what_is_near(url: str | None) -> None:
    assert not client_for(url).trust_env


@pytest.mark.parametrize("url", FAR)
def test_the_proxy_of_the_environment_holds_for_the_rest(url: str) -> None:
    assert client_for(url).trust_env


async def test_a_redirect_is_not_followed() -> None:
    away = httpx2.MockTransport(lambda request: httpx2.Response(302, headers={"Location": "/x"}))
    async with client_for("http://engine/v1", transport=away) as client:
        assert (await client.get("http://engine/v1/models")).status_code == 302
