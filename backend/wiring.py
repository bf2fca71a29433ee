"""The composition root: everything that the process has one of, built once, started and ended.

Knows neither Chainlit nor FastAPI: `ui` shows what is here, `backend/__main__.py` serves it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property

import httpx2

from backend.chat import export
from backend.chat.choices import Choices
from backend.chat.clock import FrameClock
from backend.chat.profiles import Profiles
from backend.chat.running import RunningTurns
from backend.chat.turn import TurnRunner
from backend.chat.warm_request import WarmRequests
from backend.llm.client import EngineClient, Message
from backend.llm.retry import RetryPolicy
from backend.llm.tokens import count_num_tokens
from backend.llm.transport import http_client_for
from backend.readiness.canary import Canary
from backend.readiness.gate import Gate, GateState
from backend.readiness.http import client_for
from backend.readiness.live import LiveEngine
from backend.readiness.metrics import EngineMetrics
from backend.readiness.probe import Probe
from backend.readiness.status import StatusPage
from backend.readiness.warmup import Warmup
from backend.readiness.warmup_history import WarmupHistory
from backend.readiness.warmup_policy import WarmupPolicy
from backend.readiness.watch import Watch
from backend.store import address
from backend.store.owners import LOCAL_PERSON
from backend.store.store import Store
from backend.telemetry.logs import set_up_logging
from backend.telemetry.metrics import Metrics
from config.branding import Branding, branding_or_exit, load_branding
from config.presets import Presets, load_presets, presets_or_exit
from config.settings import Settings, settings_or_exit

log = logging.getLogger("warmline")


@dataclass(frozen=True)
class Services:
    """What the process has one of. Each part is built at its first use.

    Args:
        settings: as the process was started with.
        presets: the profiles of conversations.
        branding: how the page looks and what it is called.
    """

    settings: Settings
    presets: Presets = field(default_factory=load_presets)
    branding: Branding = field(default_factory=load_branding)

    @cached_property
    def gate(self) -> Gate:
        """Whether messages may go to the engine."""
        return Gate()

    @cached_property
    def metrics(self) -> Metrics:
        """What Prometheus reads."""
        return Metrics()

    @cached_property
    def client(self) -> EngineClient:
        """Opens streams on the engine."""
        return EngineClient(
            self.settings.engine_url,
            self.settings.engine_api_key,
            first_token_timeout_seconds=self.settings.first_token_timeout_seconds,
            http_client=http_client_for(self.settings.engine_url, pace=self.frames),
        )

    @cached_property
    def profiles(self) -> Profiles:
        """What conversations can be for, and what people chose."""
        settings = Choices.from_json(self.settings.model_dump())
        return Profiles(self.presets, settings, self.store.choices)

    @cached_property
    def runner(self) -> TurnRunner:
        """Runs turns."""
        return TurnRunner(
            self.client,
            policy=RetryPolicy(deadline_seconds=self.settings.retry_deadline_seconds),
            wait_open=self.gate.wait_open,
            suspect=self.watch.suspect,
        )

    @cached_property
    def turns(self) -> RunningTurns:
        """The turns that run now."""
        return RunningTurns()

    @cached_property
    def store(self) -> Store:
        """Conversations in the database."""
        return Store(database_url(self.settings))

    @cached_property
    def frames(self) -> FrameClock:
        """When streams are read and pages have their next frame."""
        return FrameClock()

    @cached_property
    def watch(self) -> Watch:
        """Moves the gate."""
        settings, key = self.settings, self.settings.engine_api_key
        requests = WarmRequests(self.client, lambda: self.gate.state.model, self.profiles.samplings)
        return Watch(
            self.gate,
            probe=Probe(
                settings.engine_url,
                self.probe_client,
                api_key=key.get_secret_value() if key else None,
                model_wanted=settings.model,
            ),
            status_page=StatusPage(settings.status_url, self.status_client),
            warmup=Warmup(
                requests.generate,
                WarmupPolicy(max_burst=settings.warmup_burst),
                count_requests=self.engine_metrics.count_requests,
            ),
            canary=Canary(requests.generate, last_sign_of_life=self._last_sign_of_life),
            last_sign_of_life=self._last_sign_of_life,
            history=WarmupHistory(settings.data_dir / "warmup-seconds.json"),
        )

    @cached_property
    def engine_metrics(self) -> EngineMetrics:
        """What the engine says of itself."""
        return EngineMetrics(self.settings.engine_url, self.probe_client)

    @cached_property
    def live_engine(self) -> LiveEngine:
        """What the engine does now, for the live panel."""
        return LiveEngine(self.engine_metrics.read)

    @cached_property
    def probe_client(self) -> httpx2.AsyncClient:
        """Looks at the engine from outside."""
        return client_for(self.settings.engine_url)

    @cached_property
    def status_client(self) -> httpx2.AsyncClient:
        """Reads the launcher's page."""
        return client_for(self.settings.status_url)

    @cached_property
    def _tasks(self) -> set[asyncio.Task[None]]:
        return set()

    async def start(self) -> None:
        """Begin to watch the engine and to store what is written."""
        self.gate.subscribe(self._count_gate)
        self._count_gate(self.gate.state)
        self._tasks.add(asyncio.create_task(self.watch.run(), name="watch"))
        self._tasks.add(asyncio.create_task(self.store.run(), name="store"))

    async def shut_down(self) -> None:
        """End all streams with a word to their pages, then everything else."""
        await self.turns.shut_down()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.store.close()
        await self.client.close()
        await self.probe_client.aclose()
        await self.status_client.aclose()

    async def count_num_tokens(self, model: str, messages: Sequence[Message]) -> int | None:
        """Tokens of a prompt by the engine's own tokenizer; `None` when it does not say."""
        return await count_num_tokens(self.client, model, messages)

    async def export(self, thread_id: str, file_format: str) -> tuple[str, str]:
        """A thread of the local person's as a file: its name, its text.

        Args:
            thread_id: of the thread.
            file_format: `md` or `json`.

        Raises:
            StoreError: there is no such thread, or the database does not say.
        """
        owner = await self.store.owners.named(LOCAL_PERSON)
        thread = await self.store.threads.open(owner, thread_id)
        write = export.as_json if file_format == "json" else export.markdown
        return export.file_name(thread, file_format), write(thread)

    def _last_sign_of_life(self) -> float | None:
        return self.runner.last_sign_of_life

    def _count_gate(self, state: GateState) -> None:
        self.metrics.gate_moved(
            state.phase, is_open=state.ready, elapsed_seconds=self.gate.elapsed_seconds
        )


def database_url(settings: Settings) -> str:
    """Where conversations are stored: as set, or in a file of the data folder."""
    if settings.database_url is not None:
        url, password = settings.database_url.get_secret_value(), settings.database_password
        return address.with_password(url, password.get_secret_value()) if password else url
    return address.of_file(settings.data_dir / "history.db")


async def prepare_store(settings: Settings) -> None:
    """Bring the database's schema up to date, before anything is served.

    Raises:
        StoreError: why it cannot be.
    """
    store = Store(database_url(settings))
    try:
        await store.open()
    finally:
        await store.close()


@cache
def services() -> Services:
    """The services of this process, built at the first call.

    Raises:
        SystemExit: a setting or a profile is wrong (status 2, with a message on stderr).
    """
    settings, presets, branding = settings_or_exit(), presets_or_exit(), branding_or_exit()
    key = settings.engine_api_key
    set_up_logging(settings.log_level, secrets=[key.get_secret_value()] if key else [])
    return Services(settings, presets, branding)


def warn_of_development_mode() -> None:
    """Say what `chainlit run` leaves out."""
    log.warning(
        "development mode: /healthz, /readyz, /metrics, security headers and Host and Origin "
        "checks come with `make chat`"
    )
