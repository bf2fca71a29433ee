"""How far vLLM's silent download is: bytes in the hub's cache, their rate, the whole if known."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.launcher.hub_cache import download_folders, snapshots

_RATE_SECONDS = 10.0  # a rate over less jumps with each chunk
_SHORTEST_SECONDS = 1.0
_INDEX = "model.safetensors.index.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Bytes that are here, bytes of the whole, bytes a second; unknown is `None`."""

    done_bytes: int
    total_bytes: int | None = None
    bytes_per_second: float | None = None


class DownloadWatch:
    """Looks at one model's folders in the hub's cache; for any thread.

    Args:
        model: its hub id.
        environment: says where the cache is.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        model: str,
        environment: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._environment = environment
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def look(self) -> Download:
        """How far it is now; its rate is that of the last 10 s."""
        done_bytes = sum(map(_bytes_of, download_folders(self._model, self._environment)))
        with self._lock:
            now = self._clock()
            self._seen.append((now, done_bytes))
            while now - self._seen[0][0] > _RATE_SECONDS and len(self._seen) > 2:
                self._seen.popleft()
            began_at, had_bytes = self._seen[0]
        seconds = now - began_at
        rate = (done_bytes - had_bytes) / seconds if seconds >= _SHORTEST_SECONDS else None
        return Download(
            done_bytes=done_bytes,
            total_bytes=_total_bytes(snapshots(self._model, self._environment), done_bytes),
            bytes_per_second=None if rate is None else max(rate, 0.0),
        )


def _bytes_of(folder: Path) -> int:
    num_bytes = 0
    with contextlib.suppress(OSError):  # not there yet
        for file in folder.iterdir():
            with contextlib.suppress(OSError):  # it was renamed meanwhile
                num_bytes += file.stat().st_size
    return num_bytes


def _total_bytes(folders: Iterable[Path], done_bytes: int) -> int | None:
    """Bytes of all weights, by the index that sharded checkpoints have."""
    for folder in folders:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            index = json.loads((folder / _INDEX).read_text())
            return max(int(index["metadata"]["total_size"]), done_bytes)
    return None
