"""The two engines that the demo can start: vLLM for the CPU, and vLLM for an NVIDIA card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.setup.layout import Layout

KINDS = ("cpu", "gpu")

_GB = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What set-up installs for an engine, and how the launcher starts it.

    Attributes:
        kind: `cpu` or `gpu`.
        title: for people, in the middle of a sentence.
        venv: the folder of its virtual environment.
        lock_file: its packages.
        disk_bytes: what they take, the download included.
        model: the folder of the model that set-up makes for it; `None`: the profile names one,
            which the engine fetches itself.
        launcher_defaults: the launcher's variables where the person says nothing.
    """

    kind: str
    title: str
    venv: Path
    lock_file: Path
    disk_bytes: int
    model: Path | None = None
    launcher_defaults: Mapping[str, str] = field(default_factory=dict)


def engine_of(kind: str, layout: Layout, home: Path | None = None) -> Engine:
    """The engine of a kind.

    Args:
        kind: one of `KINDS`.
        layout: of the checkout.
        home: the person's home folder; by default theirs.
    """
    if kind == "gpu":
        return Engine(
            kind="gpu",
            title="the engine for your NVIDIA card",
            venv=layout.gpu_engine,
            lock_file=layout.lock_file("engine-gpu"),
            disk_bytes=16 * _GB,
            launcher_defaults={"WARMLINE_ENGINE_PROFILE": "auto"}
            | _hub_of_the_person(home or Path.home()),
        )
    return Engine(
        kind="cpu",
        title="the engine",
        venv=layout.engine,
        lock_file=layout.lock_file("engine-cpu"),
        disk_bytes=3_500_000_000,
        model=layout.model,
        launcher_defaults={"WARMLINE_ENGINE_PROFILE": "cpu", "VLLM_TARGET_DEVICE": "cpu"},
    )


def _hub_of_the_person(home: Path) -> dict[str, str]:
    """Where models lie already that were downloaded before: 8 GB need not come twice."""
    folder = home / ".cache/huggingface"
    return {"HF_HOME": str(folder)} if (folder / "hub").is_dir() else {}
