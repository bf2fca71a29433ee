"""Where engines come from: started through the launcher, or one that runs already."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from backend.bench.completion import Address
from backend.bench.launched import LaunchedEngine
from backend.bench.throughput import ServeBench
from backend.bench.tips.card_use import CardUse
from backend.bench.tips.files import told_plainly
from backend.bench.tips.measuring import RunFailedError, Target
from backend.bench.tips.plan import Configuration
from backend.bench.tips.results import Numbers
from backend.bench.tips.workloads import RandomPrompts, Workload

_SERVED_NAME = "model"
_WEIGHTS = re.compile(r"model loading took ([\d.]+) GiB", re.IGNORECASE)


class Engine(Protocol):
    """A running engine that can be measured."""

    def measure(self, workload: Workload, repeat: int) -> Numbers:
        """The numbers of one run; raises `RunFailedError`."""

    def is_alive(self) -> bool:
        """Whether it still answers."""


class Engines(Protocol):
    """Starts engines, one at a time."""

    def started(
        self, configuration: Configuration, loads: Sequence[RandomPrompts]
    ) -> AbstractContextManager[tuple[Engine, Numbers]]:
        """An engine, warmed up for these loads, and what its start told.

        Raises:
            BootFailedError: it does not start.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """Engines under the launcher.

    Args:
        python: of vLLM's environment.
        model: a folder or a hub id.
        profile: a file of `config/profiles`.
        flags: for every engine, before its own.
        folder: where logs and the launcher's caches go.
        bench: vLLM's own benchmark.
    """

    python: str
    model: str
    profile: str
    flags: tuple[str, ...]
    folder: Path
    bench: ServeBench

    @contextmanager
    def started(
        self, configuration: Configuration, loads: Sequence[RandomPrompts]
    ) -> Iterator[tuple[Engine, Numbers]]:
        """See `Engines`."""
        model = configuration.model or self.model
        options = {
            "WARMLINE_ENGINE_MODEL": model,
            "WARMLINE_ENGINE_PROFILE": self.profile,
            "WARMLINE_ENGINE_FLAGS": shlex.join([*self.flags, *configuration.flags]),
            "WARMLINE_SERVED_MODEL_NAME": _SERVED_NAME,
            "WARMLINE_CACHE_DIR": str(self.folder / "cache"),
        }
        log = self.folder / f"engine-{_file_name(configuration.name)}.log"
        if log.exists():  # how the engine before it ended is worth reading
            log.replace(log.with_suffix(".before.log"))
        with ExitStack() as stack:
            with told_plainly(self.folder):
                engine = stack.enter_context(LaunchedEngine(self.python, options, log))
            address = Address(f"http://127.0.0.1:{engine.port}")
            target = Target(address, _SERVED_NAME, model, self.bench, CardUse())
            target.warm_up(loads)
            boot = engine.boot
            told = {
                "health_seconds": boot.health_seconds,
                "weights_gib": _weights_gib(log),
                **_cache(boot.num_kv_cache_tokens, boot.max_model_len),
                "flags": _flags(boot.command),
            }
            yield target, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The engine at a URL: only as it is.

    `is_tokenizer_guessed`: its model's name is all that is known of the tokenizer.
    """

    target: Target
    max_model_len: int | None
    is_tokenizer_guessed: bool = False

    @contextmanager
    def started(
        self, configuration: Configuration, loads: Sequence[RandomPrompts]
    ) -> Iterator[tuple[Engine, Numbers]]:
        """See `Engines`; `configuration` has no flags of its own."""
        assert configuration.is_own, configuration
        try:
            self.target.warm_up(loads)
        except RunFailedError as error:
            if not self.is_tokenizer_guessed:
                raise
            raise RunFailedError(
                f"{error} (the tokenizer was taken from {self.target.tokenizer}: if it is not "
                "there, name it with --model)"
            ) from error
        yield self.target, {"max_model_len": self.max_model_len}


def _cache(num_tokens: int | None, max_model_len: int | None) -> dict[str, float | None]:
    fit = num_tokens / max_model_len if num_tokens and max_model_len else None
    return {
        "num_kv_cache_tokens": num_tokens,
        "max_model_len": max_model_len,
        "num_users_fit": fit,
    }


def _flags(command: Sequence[str]) -> list[str]:
    """A launcher's command from the model on."""
    return list(command[command.index("--model") :]) if "--model" in command else []


def _weights_gib(log: Path) -> float | None:
    """As vLLM for cards reports it; the one for the CPU does not."""
    found = _WEIGHTS.findall(log.read_text(encoding="utf-8", errors="replace"))
    return float(found[-1]) if found else None


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
