from __future__ import annotations

import pytest

from backend.network import is_near


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001/v1",
        "http://[::1]:8001/v1",
        "http://localhost:8001/v1",
        "http://engine:8001/v1",
        "http://engine./v1",
        "http://10.1.2.3/v1",
        "http://172.16.0.9/v1",
        "http://192.168.0.7/v1",
        "http://169.254.1.1/v1",
        "http://[fd00::1]/v1",
        "http://host.docker.internal:8001/v1",
        "http://gpu-box.local/v1",
        "http://chat.localhost/v1",
    ],
)
def test_loopback_private_and_single_label_hosts_are_near(url: str) -> None:
    assert is_near(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://engine.example.com/v1",
        "http://local.example.com/v1",
        "http://8.8.8.8/v1",
        "http://[2606:4700::1]/v1",
    ],
)
def test_other_hosts_are_not(url: str) -> None:
    assert not is_near(url)
