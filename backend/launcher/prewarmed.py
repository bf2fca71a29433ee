"""`python -m backend.launcher.prewarmed`: whether the next start is a warm one already.

A start is warm when its caches were filled by a start of the same kind (model, flags, version of
vLLM, hardware), its kernels by the chat's warm-up, and nothing of it was removed since. `make
prewarm` fills them and writes that down, last, so one that was interrupted is none.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend.launcher.caches import caches_of
from backend.launcher.eta import BootHistory
from backend.launcher.hardware import detect
from backend.launcher.options import Options
from backend.launcher.plan import Plan, make_plan

_FILE = "prewarmed.json"
_STARTS_KEPT = 50
_MB, _GB = 1_000_000, 1_000_000_000
_NOT_WARM = 3

_CONTENTS = {
    "model": "the model",
    "bytecode": "bytecode of the engine's packages",
    "compiled": "compiled graphs, kernels and startup plans",
    "kernels": "kernels of FlashInfer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSize:
    """What one cache holds; `name` is one of `caches.Cache`."""

    name: str
    folder: str
    num_files: int
    num_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the next start finds.

    Attributes:
        key: equal for starts of the same kind.
        is_warm: it finds all that it needs.
        next_start_seconds: until the gate opens, as earlier starts went; `None` without one.
        caches: what lies where.
    """

    key: str
    is_warm: bool
    next_start_seconds: float | None
    caches: tuple[CacheSize, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Report:
        """The report that `to_json` gave."""
        caches = tuple(CacheSize(**cache) for cache in content["caches"])
        return cls(**{**content, "caches": caches})


def report_of(plan: Plan) -> Report:
    """What the next start of this plan finds."""
    sizes = tuple(
        CacheSize(
            name=cache.name,
            folder=str(cache.folder),
            num_files=len(files := cache.files()),
            num_bytes=sum(size for size, _ in files.values()),
        )
        for cache in caches_of(plan.command)
    )
    record = _read(plan.history.parent).get(plan.boot_key)
    expected = BootHistory(plan.history).expected(plan.boot_key)
    seconds = sum(expected.values()) if expected else None
    if record:
        seconds = record["ready_seconds"] if seconds is None else seconds + record["warmup_seconds"]
    return Report(
        key=plan.boot_key,
        is_warm=record is not None and _holds(record, sizes),
        next_start_seconds=seconds,
        caches=sizes,
    )


def record(cache_dir: Path, report: Report, *, ready_seconds: float, warmup_seconds: float) -> None:
    """Write down that the starts of this kind are warm.

    Args:
        cache_dir: the launcher's (`WARMLINE_CACHE_DIR`).
        report: what lies where, now that all is filled.
        ready_seconds: how long the last start took until the gate opened.
        warmup_seconds: the warm-up's part of it.

    Raises:
        OSError: It cannot be written.
    """
    starts = _read(cache_dir)
    starts.pop(report.key, None)
    starts[report.key] = {
        "ready_seconds": ready_seconds,
        "warmup_seconds": warmup_seconds,
        "num_files": {cache.name: cache.num_files for cache in report.caches},
    }
    kept = dict(list(starts.items())[-_STARTS_KEPT:])
    # Replaced whole: an interruption here leaves the old file.
    written = cache_dir / f"{_FILE}.{os.getpid()}"
    try:
        written.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        written.replace(cache_dir / _FILE)
    finally:
        written.unlink(missing_ok=True)


def lines_of(report: Report) -> list[str]:
    """What lies where, in sentences for the person at the terminal."""
    sizes = [
        f"  {_amount(cache.num_bytes):>8}  {_CONTENTS[cache.name]}: {cache.folder}"
        for cache in report.caches
        if cache.num_files
    ]
    seconds = report.next_start_seconds
    how_long = "about as long as this one" if seconds is None else f"about {seconds:.0f} s"
    return [*sizes, f"The next start takes {how_long}, until people can write."]


def _amount(num_bytes: int) -> str:
    if num_bytes >= _GB / 10:
        return f"{num_bytes / _GB:.1f} GB"
    return f"{num_bytes / _MB:.1f} MB" if num_bytes >= _MB / 10 else "< 0.1 MB"


def _read(cache_dir: Path) -> dict[str, Any]:
    """The starts that were written down; a file that cannot be understood says nothing."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((cache_dir / _FILE).read_bytes())
        if isinstance(content, dict):
            return {key: start for key, start in content.items() if _is_record(start)}
    return {}


def _is_record(start: Any) -> bool:
    return (
        isinstance(start, dict)
        and isinstance(start.get("ready_seconds"), int | float)
        and isinstance(start.get("warmup_seconds"), int | float)
        and isinstance(start.get("num_files"), dict)
    )


def _holds(record: Mapping[str, Any], sizes: Sequence[CacheSize]) -> bool:
    """Whether no cache has fewer files than it had."""
    had = record["num_files"]
    return all(cache.num_files >= had.get(cache.name, 0) for cache in sizes)


def main(environment: Mapping[str, str]) -> int:
    """Say what lies where if the next start is a warm one.

    Returns:
        0 if it is, 3 if not.
    """
    report = report_of(make_plan(Options.read(environment), detect(), environment))
    if not report.is_warm:
        return _NOT_WARM
    print("\n".join(("Nothing to do, the next start is a warm one already:", *lines_of(report))))
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
