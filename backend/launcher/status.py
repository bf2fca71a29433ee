"""`GET /status`: what the launcher knows, as the contract's JSON; `GET /caches`: what is kept."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from backend.launcher.activity import Activity
from backend.launcher.download import Download
from backend.launcher.hardware import Hardware
from backend.launcher.phases import Phase
from backend.launcher.problems import Problem

Page = Callable[[], Mapping[str, Any]]

_TAIL_LINES = 50
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A phase that takes `times` longer than ever, while the process lives and does `activity`."""

    times: float
    activity: Activity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `/status` answers; unknown is `None`. All texts are masked already.

    `fraction` is 0..1 of the phase alone, where the log says it (shards, graphs).
    """

    phase: Phase
    progress: float | None
    eta_seconds: float | None
    elapsed_seconds: float
    detail: str
    problem: Problem | None
    profile: str | None
    command: tuple[str, ...]
    hardware: Hardware
    log_tail: tuple[str, ...]
    max_num_seqs: int | None = None
    max_model_len: int | None = None
    num_kv_cache_tokens: int | None = None
    num_jit_compilations: int | None = None
    fraction: float | None = None
    slow: Slow | None = None
    download: Download | None = None
    shortcuts: tuple[str, ...] = ()
    profile_reason: str = ""
    flag_reasons: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The contract's object."""
        problem = self.problem and {
            "kind": self.problem.kind,
            "message": self.problem.message,
            "advice": self.problem.advice,
            "values": dict(self.problem.values),
        }
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "ready": self.phase is Phase.SERVING,
            "hardware": asdict(self.hardware),
            "flag_reasons": dict(self.flag_reasons),
            "problem": problem,
            "slow": asdict(self.slow) if self.slow else None,
            "download": asdict(self.download) if self.download else None,
        }


def failed_status(problem: Problem, hardware: Hardware) -> Status:
    """The status of an engine that cannot even be started."""
    return Status(
        phase=Phase.FAILED,
        progress=None,
        eta_seconds=None,
        elapsed_seconds=0.0,
        detail=problem.sentences,
        problem=problem,
        profile=None,
        command=(),
        hardware=hardware,
        log_tail=(),
    )


class LogTail:
    """The log's last 50 lines, written and read in different threads."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self._lock = threading.Lock()

    def add(self, line: str) -> None:
        """Add a line."""
        with self._lock:
            self._lines.append(line)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines now, oldest first."""
        with self._lock:
            return tuple(self._lines)


class StatusServer:
    """Serves `/status` in threads of its own, from its making until `close`.

    Args:
        host: the address to listen on.
        port: the port; 0 lets the system choose.
        read: the status now; called in other threads.
        read_caches: what the next start finds, as plain data, likewise.

    Raises:
        OSError: The address cannot be listened on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        read: Callable[[], Status],
        read_caches: Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        pages: dict[str, Page] = {"/status": lambda: read().to_json()}
        if read_caches is not None:
            pages["/caches"] = read_caches
        self._server = ThreadingHTTPServer((host, port), _handler(pages))
        self._server.daemon_threads = True
        # Looks every 0.1 s whether it was closed: the default of 0.5 s delays each stop.
        threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="status", daemon=True
        ).start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _handler(pages: Mapping[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "warmline-launcher"
        sys_version = ""
        timeout = _TIMEOUT_SECONDS

        def do_GET(self) -> None:
            page = pages.get(urlsplit(self.path).path)
            if page is None:
                self._answer(HTTPStatus.NOT_FOUND, {"error": f"there is {' and '.join(pages)}"})
            else:
                self._answer(HTTPStatus.OK, page())

        def _answer(self, code: HTTPStatus, content: Mapping[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: the launcher's output is the engine's log."""

    return Handler
