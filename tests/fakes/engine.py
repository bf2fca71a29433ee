"""A scripted vLLM: the real protocol on a real port, and every fault on demand.

    async with FakeEngine() as engine:
        engine.enqueue(HttpError(503), says("One two three."))   # the next two chat completions
        engine.enqueue(Stream(Say("One"), Hang(), Reset()), to="who?")  # the next that asks this
        ...
        await engine.until(lambda: engine.running == 0, "Stop reaches the engine")

Chat completions for which nothing is enqueued get `engine.default`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes import replies
from tests.fakes.changes import Changes
from tests.fakes.records import ChatRequest, count_tokens
from tests.fakes.replies import Reply, error_body, says
from tests.fakes.server import LOOPBACK, LoopbackServer
from tests.fakes.streaming import Player

T = TypeVar("T")
MODEL = "fake-model"
VERSION = "0.32.0"
MAX_MODEL_LEN = 4096
HTML = "<!doctype html><html><body><h1>Welcome to the printer</h1></body></html>"
MAX_BODY_BYTES = 64 * 2**20


@dataclass
class _Script:
    to: str
    replies: list[Reply] = field(default_factory=list)


class FakeEngine:
    """See the module. `async with` opens its port."""

    def __init__(self) -> None:
        self.server = LoopbackServer(self._app())
        self.root_url = f"http://{LOOPBACK}:{self.server.port}"
        self.url = f"{self.root_url}/v1"
        self.requests: list[ChatRequest] = []
        self.num_probes: Counter[str] = Counter()
        self._changes = Changes(seen=self._seen)
        self._released = asyncio.Event()
        self.reset()

    def reset(self) -> None:
        """A healthy engine with nothing enqueued, that remembers nothing; who hangs goes on."""
        self.health: int | None = 200  # `None`: /health never answers
        self.models = [MODEL]
        self.max_model_len: int | None = MAX_MODEL_LEN
        self.api_key: str | None = None
        self.num_waiting = 0
        self.more_metrics = ""  # lines of /metrics
        self.is_html = False  # no engine at all: HTML for everything
        self.default: Reply = says("Hello from the engine.")
        self._scripts: list[_Script] = []
        self.requests = []
        self.num_probes.clear()
        self.release()

    @property
    def is_healthy(self) -> bool:
        """Whether it is as after `reset`, to one who only looks at it."""
        mark = (self.health, self.models, self.max_model_len, self.api_key, self.is_html)
        return self.server.is_open and mark == (200, [MODEL], MAX_MODEL_LEN, None, False)

    # -- the script -------------------------------------------------------------------------------

    def enqueue(self, *script: Reply, to: str = "") -> None:
        """How the next chat completions go, of those whose last user message holds `to`."""
        self._scripts.append(_Script(to, list(script)))

    def release(self) -> None:
        """Let go on what hangs now."""
        self._released.set()
        self._released = asyncio.Event()

    async def close(self) -> None:
        """As when the process is killed: the port refuses, every connection is reset."""
        await self.server.close()

    async def open(self) -> None:
        await self.server.open()

    # -- what it has seen -------------------------------------------------------------------------

    @property
    def running(self) -> int:
        """Chat completions in work, as `vllm:num_requests_running` in /metrics."""
        return sum(request.outcome == "running" for request in self.requests)

    def asked(self, text: str) -> list[ChatRequest]:
        """The chat completions whose last user message holds the text, oldest first."""
        return [request for request in self.requests if text in request.last_user]

    async def until(
        self, holds: Callable[[], T], what: str = "the engine sees it", within_seconds: float = 10.0
    ) -> T:
        """The first true value of `holds`, tried after each change here."""
        return await self._changes.until(holds, what, within_seconds)

    async def request(self, text: str, number: int = 1) -> ChatRequest:
        """The so-many-th request that holds the text, as soon as it is there."""
        what = f"request {number} for {text!r}"
        await self.until(lambda: len(self.asked(text)) >= number, what)
        return self.asked(text)[number - 1]

    async def looked_at(self, num_times: int = 2, within_seconds: float = 10.0) -> None:
        """Return when it was looked at so many times more."""
        before = self.num_probes["/v1/models"]
        await self.until(
            lambda: self.num_probes["/v1/models"] >= before + num_times, "a look", within_seconds
        )

    async def ended(self, request: ChatRequest, within_seconds: float = 10.0) -> ChatRequest:
        """The request, as soon as it has ended."""
        await self.until(lambda: request.ended_at is not None, "the request ends", within_seconds)
        return request

    def _seen(self) -> object:
        return [(r.last_user[:60], r.outcome, r.num_tokens_sent) for r in self.requests]

    # -- the protocol -----------------------------------------------------------------------------

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_get("/version", self._version)
        app.router.add_post("/tokenize", self._tokenize)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_route("*", "/{path:.*}", self._not_found)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.num_probes[request.path] += 1
        self._changes.tell()
        if self.is_html:
            return web.Response(text=HTML, content_type="text/html")
        key = request.headers.get("Authorization")
        if self.api_key and request.path.startswith("/v1") and key != f"Bearer {self.api_key}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return await handler(request)

    async def _not_found(self, http: web.Request) -> web.Response:
        return web.json_response({"detail": "Not Found"}, status=404)

    async def _health(self, http: web.Request) -> web.Response:
        if self.health is None:
            await self._hang()
        return web.Response(status=self.health or 200)

    async def _metrics(self, http: web.Request) -> web.Response:
        values = {
            "num_requests_running": self.running,
            "num_requests_waiting": self.num_waiting,
            "generation_tokens_total": sum(request.num_tokens_sent for request in self.requests),
            "kv_cache_usage_perc": 0.042,
            "prefix_cache_queries_total": 200,
            "prefix_cache_hits_total": 122,
        }
        labels = f'{{engine="0",model_name="{self.models[0]}"}}'
        lines = (f"vllm:{name}{labels} {float(value)}" for name, value in values.items())
        return web.Response(text="\n".join(lines) + f"\n{self.more_metrics}")

    async def _list_models(self, http: web.Request) -> web.Response:
        card = {"object": "model", "owned_by": "vllm", "max_model_len": self.max_model_len}
        models = [{"id": name, "root": name, **card} for name in self.models]
        return web.json_response({"object": "list", "data": models})

    async def _version(self, http: web.Request) -> web.Response:
        return web.json_response({"version": VERSION})

    async def _tokenize(self, http: web.Request) -> web.Response:
        body = await http.json()
        messages = body.get("messages") or [{"content": body.get("prompt", "")}]
        count = count_tokens(messages)
        answer = {"count": count, "max_model_len": self.max_model_len, "tokens": [*range(count)]}
        return web.json_response(answer)

    async def _chat(self, http: web.Request) -> web.StreamResponse:
        now = asyncio.get_running_loop().time
        record = ChatRequest(await http.json(), dict(http.headers), now(), self.running + 1)
        self.requests.append(record)
        self._changes.tell()
        try:
            response = await self._answer(http, record)
            record.outcome = "finished"
            return response
        except (asyncio.CancelledError, ConnectionError):
            record.outcome = "broken" if record.outcome == "broken" else "aborted"
            raise
        finally:
            record.ended_at = now()
            self._changes.tell()

    async def _answer(self, http: web.Request, record: ChatRequest) -> web.StreamResponse:
        reply = self._refusal(record) or self._next(record.last_user)
        player = Player(http, record, hang=self._hang, tell=self._changes.tell)
        if isinstance(reply, replies.HangBeforeHeaders):
            await self._hang()
            reply = reply.then
        match reply:
            case replies.ResetBeforeHeaders():
                await player.break_off(hard=True)
            case replies.Html(status):
                return web.Response(text=HTML, content_type="text/html", status=status)
            case replies.HttpError(status, message, retry_after):
                headers = {} if retry_after is None else {"Retry-After": retry_after}
                body = error_body(status, message)
                return web.json_response(body, status=status, headers=headers)
            case replies.ContextOverflow():
                return self._overflow(max(record.num_prompt_tokens, (self.max_model_len or 0) + 1))
            case replies.Stream():
                play = player.stream if record.body.get("stream") else player.whole
                return await play(reply)
        raise AssertionError(f"unknown reply: {reply}")

    def _next(self, last_user: str) -> Reply:
        for script in self._scripts:
            if script.replies and script.to in last_user:
                return script.replies.pop(0)
        return self.default

    def _refusal(self, record: ChatRequest) -> Reply | None:
        """What vLLM refuses whatever the script says."""
        model = record.body.get("model")
        if model not in self.models:
            return replies.HttpError(404, f"The model `{model}` does not exist.")
        if self.max_model_len is not None and record.num_prompt_tokens > self.max_model_len:
            return replies.ContextOverflow()
        return None

    def _overflow(self, num_tokens: int) -> web.Response:
        sentence = (
            f"This model's maximum context length is {self.max_model_len} tokens. However, your "
            f"prompt contains {num_tokens} input tokens, which exceeds this limit even without any "
            "output tokens. Please reduce the length of the input prompt. "
            f"(parameter=input_tokens, value={num_tokens})"
        )
        return web.json_response(error_body(400, sentence, "input_tokens"), status=400)

    async def _hang(self) -> None:
        await self._released.wait()

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.server.__aexit__(error_type, error, traceback)
