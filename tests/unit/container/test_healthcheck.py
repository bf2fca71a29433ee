from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backend.container.healthcheck import is_healthy


class Server(BaseHTTPRequestHandler):
    """Answers 200 on /health and 503 on /dead."""

    def do_GET(self) -> None:
        self.send_response({"/health": 200, "/dead": 503}[self.path])
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_server_that_answers_200_is_healthy(url: str) -> None:
    assert is_healthy(f"{url}/health")


def test_one_that_answers_anything_else_is_not(url: str) -> None:
    assert not is_healthy(f"{url}/dead")


def test_one_that_is_not_there_is_not() -> None:
    assert not is_healthy("http://127.0.0.1:1/health")
