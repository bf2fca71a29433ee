"""The model's `config.json`, fetched before anything is planned: its shape decides what fits.

By the hub's own library, in vLLM's environment, so that mirrors, keys and proxies are what they are
for the weights. Where that fails nothing is fitted, and vLLM's own words say why.
"""

from __future__ import annotations

import subprocess
from contextlib import suppress

from backend.launcher.command import Command, is_folder
from backend.launcher.fitting import shape_of
from backend.launcher.flags import value_of

_SECONDS = 30.0
_FETCH = """
import os, sys
model, revision = sys.argv[1:]
if os.environ.get("VLLM_USE_MODELSCOPE", "").lower() in ("true", "1"):
    from modelscope.hub.file_download import model_file_download
    model_file_download(model, "config.json", revision=revision or None)
else:
    from huggingface_hub import hf_hub_download
    hf_hub_download(model, "config.json", revision=revision or None)
"""


def fetch_unknown_shape(command: Command) -> bool:
    """Whether the shape of a hub's model was not known and is now."""
    if is_folder(command.model) or not command.asks_hub or shape_of(command.flags) is not None:
        return False
    revision = value_of(command.flags, "--revision") or ""
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [command.python, "-c", _FETCH, command.model, revision],
            env=dict(command.environment),
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    return shape_of(command.flags) is not None
