"""Where the caches of a command lie, and what a start adds to them."""

from __future__ import annotations

from pathlib import Path

from backend.launcher.caches import Cache, caches_of, num_written
from backend.launcher.command import Command
from backend.launcher.flags import Flag


def folders(model: str, **environment: str) -> dict[str, str]:
    flags = (Flag("--model", (model,)),)
    command = Command(flags=flags, environment={"HOME": "/home/me", **environment})
    return {cache.name: str(cache.folder) for cache in caches_of(command)}


def test_by_default_they_lie_in_the_home_folder() -> None:
    assert folders("acme/model") == {
        "model": str(Path("~/.cache/huggingface/hub/models--acme--model").expanduser()),
        "compiled": "/home/me/.cache/vllm",
        "kernels": "/home/me/.cache/flashinfer",
    }


def test_each_goes_where_its_variable_says(tmp_path: Path) -> None:
    said = folders(
        str(tmp_path),
        PYTHONPYCACHEPREFIX="/volume/python",
        VLLM_CACHE_ROOT="/volume/vllm",
        FLASHINFER_WORKSPACE_BASE="/volume",
    )
    assert said == {
        "model": str(tmp_path),
        "bytecode": "/volume/python",
        "compiled": "/volume/vllm",
        "kernels": "/volume/.cache/flashinfer",
    }


def test_a_model_of_modelscope_lies_where_its_library_puts_it(tmp_path: Path) -> None:
    hub = {"VLLM_USE_MODELSCOPE": "True", "MODELSCOPE_CACHE": str(tmp_path)}
    snapshot = tmp_path / "models" / "acme--model" / "snapshots" / "master"
    snapshot.mkdir(parents=True)
    assert folders("acme/model", **hub)["model"] == str(snapshot)


def test_a_new_and_a_changed_file_are_written_an_old_one_is_not(tmp_path: Path) -> None:
    cache = Cache("compiled", tmp_path)
    for name in ("old", "changed"):
        (tmp_path / name).write_text("1")
    before = cache.files()
    (tmp_path / "changed").write_text("22")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "new").touch()
    assert num_written(before, cache.files()) == 2
    assert num_written(cache.files(), cache.files()) == 0


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert Cache("kernels", tmp_path / "none").files() == {}
