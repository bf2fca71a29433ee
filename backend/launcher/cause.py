"""A row of the table of causes.

Texts are those of vLLM 0.32.0, PyTorch 2.13 and huggingface_hub 2.x; patterns are short, because
wording moves. Messages name variables and flags, never a path, an address or a key.
"""

from __future__ import annotations

from dataclasses import dataclass

FLAGS = "WARMLINE_ENGINE_FLAGS"
MODEL = "WARMLINE_ENGINE_MODEL"


@dataclass(frozen=True, slots=True)
class Cause:
    """One row.

    `message` and `advice` may name the pattern's groups in braces. `final`: starting again cannot
    help, a person must change something first.
    """

    kind: str
    pattern: str
    message: str
    advice: str
    final: bool = True
