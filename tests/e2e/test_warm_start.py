"""A second start of the real engine makes nothing that the first one made: counted, not timed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from backend.bench.launched import LaunchedEngine
from backend.launcher.caches import Cache, Files, num_written
from backend.setup.layout import Layout, python_of
from tests.fakes.product import ROOT

LAYOUT = Layout(ROOT)
NUM_MODULES = 1000  # vLLM's imports are several times as many


class Starts:
    """Starts of the CPU engine upon caches of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._caches = [Cache(name, folder / name) for name in ("bytecode", "compiled")]

    def start(self, **environment: str) -> dict[str, int]:
        """Start the engine, and stop it when it serves; how many files it wrote, by cache."""
        options = {
            "WARMLINE_ENGINE_MODEL": str(LAYOUT.model),
            "WARMLINE_ENGINE_PROFILE": "cpu",
            "WARMLINE_CACHE_DIR": str(self._folder / "warmline"),
            "WARMLINE_ENGINE_BYTECODE_DIR": str(self._folder / "bytecode"),
            "VLLM_CACHE_ROOT": str(self._folder / "compiled"),
        }
        before = self._files()
        log = self._folder / "engine.log"
        inherited = os.environ | environment
        with LaunchedEngine(str(python_of(LAYOUT.engine)), options, log, inherited) as engine:
            assert engine.boot.health_seconds
        after = self._files()
        return {name: num_written(files, after[name]) for name, files in before.items()}

    def damage(self, name: str) -> int:
        """Cut off the largest files of a cache; how many there are."""
        files = next(cache for cache in self._caches if cache.name == name).files()
        largest = sorted(files, key=lambda path: files[path][0])[-NUM_MODULES:]
        for path in largest:
            os.truncate(path, files[path][0] // 2)
        return len(largest)

    def log(self) -> str:
        """What launcher and engine wrote in the last start."""
        return (self._folder / "engine.log").read_text()

    def _files(self) -> Mapping[str, Files]:
        return {cache.name: cache.files() for cache in self._caches}


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> Starts:
    return Starts(tmp_path_factory.mktemp("starts"))


def test_a_warm_start_compiles_nothing_again(starts: Starts) -> None:
    cold = starts.start()
    assert cold["bytecode"] > NUM_MODULES
    assert cold["compiled"] > 0

    # Many images set this variable; the engine must not have it.
    warm = starts.start(PYTHONDONTWRITEBYTECODE="1")
    assert warm == {"bytecode": 0, "compiled": 0}


def test_damaged_bytecode_is_set_aside_and_made_anew(starts: Starts) -> None:
    assert starts.damage("bytecode") == NUM_MODULES
    mended = starts.start()
    assert mended["bytecode"] > NUM_MODULES
    assert "A file among the engine's caches is damaged." in starts.log()
