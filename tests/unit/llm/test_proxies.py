"""Which proxy leads to an engine."""

from __future__ import annotations

import pytest

from backend.llm.transport import proxy_for

PROXY = "http://proxy.example.com:3128"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that reaches the world through a proxy, but for one host."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "direct.example.com")


def test_a_far_engine_is_reached_through_the_proxy_of_its_scheme() -> None:
    assert proxy_for("https://engine.example.com/v1") == PROXY
    assert proxy_for("http://engine.example.com/v1") is None


def test_one_proxy_for_all_schemes_counts_where_none_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://all.example.com")
    assert proxy_for("http://engine.example.com/v1") == "http://all.example.com"
    assert proxy_for("https://engine.example.com/v1") == PROXY


@pytest.mark.parametrize("url", ["https://127.0.0.1:8001/v1", "https://engine:8000/v1"])
def test_no_proxy_leads_to_a_near_engine(url: str) -> None:
    assert proxy_for(url) is None


def test_an_excepted_host_is_reached_directly() -> None:
    assert proxy_for("https://direct.example.com/v1") is None
