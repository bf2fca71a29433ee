from __future__ import annotations

import json
from pathlib import Path

from backend.launcher.download import Download, DownloadWatch
from tests.unit.launcher.fake_clock import FakeClock


def watch(cache: Path, clock: FakeClock) -> tuple[DownloadWatch, Path]:
    folder = cache / "models--acme--small"
    (folder / "blobs").mkdir(parents=True)
    return DownloadWatch("acme/small", {"HF_HUB_CACHE": str(cache)}, clock=clock), folder


def test_bytes_are_counted_those_of_unfinished_files_too(tmp_path: Path) -> None:
    looks, folder = watch(tmp_path, FakeClock())
    assert looks.look() == Download(done_bytes=0)
    (folder / "blobs" / "a").write_bytes(b"x" * 100)
    (folder / "blobs" / "b.incomplete").write_bytes(b"x" * 50)
    assert looks.look().done_bytes == 150


def test_the_rate_is_that_of_the_last_ten_seconds(tmp_path: Path) -> None:
    clock = FakeClock()
    looks, folder = watch(tmp_path, clock)
    looks.look()
    for num_bytes in (100, 200, 300, *[1300] * 12):
        clock.passes(1.0)
        (folder / "blobs" / "a").write_bytes(b"x" * num_bytes)
        seen = looks.look()
        if num_bytes == 200:
            assert seen.bytes_per_second == 100.0
    assert seen.bytes_per_second == 0.0


def test_the_whole_is_what_the_index_of_the_shards_says(tmp_path: Path) -> None:
    looks, folder = watch(tmp_path, FakeClock())
    index = folder / "snapshots" / "c0ffee" / "model.safetensors.index.json"
    index.parent.mkdir(parents=True)
    index.write_text("cut off {")
    assert looks.look().total_bytes is None
    index.write_text(json.dumps({"metadata": {"total_size": 8_000}}))
    assert looks.look().total_bytes == 8_000


def test_a_cache_that_is_not_there_is_empty(tmp_path: Path) -> None:
    nowhere = {"HF_HUB_CACHE": str(tmp_path / "none")}
    assert DownloadWatch("acme/small", nowhere).look() == Download(done_bytes=0)


def modelscope(cache: Path) -> DownloadWatch:
    environment = {"VLLM_USE_MODELSCOPE": "true", "MODELSCOPE_CACHE": str(cache)}
    return DownloadWatch("acme/small-2.5", environment)


def test_a_download_from_modelscope_is_looked_for_in_its_own_cache(tmp_path: Path) -> None:
    looks = modelscope(tmp_path)
    assert looks.look() == Download(done_bytes=0)
    folder = tmp_path / "models" / "acme--small-2.5" / "snapshots" / "master"
    folder.mkdir(parents=True)
    index = json.dumps({"metadata": {"total_size": 8_000}})
    (folder / "model.safetensors.index.json").write_text(index)
    (folder / "model.safetensors.incomplete").write_bytes(b"x" * 50)
    seen = looks.look()
    assert seen.done_bytes == 50 + len(index)
    assert seen.total_bytes == 8_000


def test_its_older_library_writes_beside_the_files_that_are_there(tmp_path: Path) -> None:
    for folder in ("acme/small-2___5", "._____temp/acme/small-2.5"):
        (tmp_path / "models" / folder).mkdir(parents=True)
        (tmp_path / "models" / folder / "part.safetensors").write_bytes(b"x" * 50)
    assert modelscope(tmp_path).look().done_bytes == 100
