"""Where set-up keeps what it makes: everything lies under `.warmline/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODEL_NAME = "SmolLM2-135M-Instruct"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one checkout.

    Args:
        root: the project's folder, absolute.
    """

    root: Path

    @property
    def home(self) -> Path:
        """Everything that set-up makes."""
        return self.root / ".warmline"

    @property
    def chat(self) -> Path:
        """The chat's virtual environment."""
        return self.home / "chat"

    @property
    def engine(self) -> Path:
        """The virtual environment of the engine for the CPU."""
        return self.home / "engine"

    @property
    def gpu_engine(self) -> Path:
        """The virtual environment of the engine for an NVIDIA card."""
        return self.home / "engine-gpu"

    @property
    def dev(self) -> Path:
        """The virtual environment of tests and checks: the chat's packages and the tools."""
        return self.home / "dev"

    @property
    def model(self) -> Path:
        """The demo's model, a folder as vLLM loads it."""
        return self.home / "models" / MODEL_NAME

    @property
    def cache(self) -> Path:
        """What the engine keeps from boot to boot."""
        return self.home / "cache"

    @property
    def run(self) -> Path:
        """The engine's working directory: outside the project's packages."""
        return self.home / "run"

    def lock_file(self, name: str) -> Path:
        """The locked packages of a group."""
        return self.root / "requirements" / f"{name}.lock"

    def log_file(self, name: str) -> Path:
        """What the last step or process of this name printed."""
        return self.home / "logs" / f"{name}.log"


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "bin" / "python"
