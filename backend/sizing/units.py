"""Bytes and token counts, read and written the way vLLM does."""

from __future__ import annotations

import re

from backend.sizing.errors import SizingError

GIB = 2**30

# vLLM 0.32.0, vllm/utils/argparse_utils.py, human_readable_int
_DECIMAL = {"k": 10**3, "m": 10**6, "g": 10**9}
_BINARY = {"K": 2**10, "M": 2**20, "G": 2**30}
_COUNT = re.compile(r"(\d+(?:\.\d+)?)([kKmMgG]?)")


def parse_token_count(text: str) -> int:
    """Tokens from `8192`, `32K` (32,768) or `32k` (32,000), as vLLM's `--max-model-len` reads them.

    Raises:
        SizingError: no number, less than one token, or a fraction of a binary unit (`1.5K`).
    """
    cleaned = text.strip().replace(",", "").replace("_", "")
    match = _COUNT.fullmatch(cleaned)
    if match is None:
        raise SizingError(
            f"{text!r} is no number of tokens: write 8192, 32K (32,768) or 32k (32,000)."
        )
    number, unit = match.groups()
    if "." in number and unit not in _DECIMAL:
        hint = f"{number}{unit.lower()}" if unit else number.partition(".")[0]
        raise SizingError(f"{text!r} is no whole number of tokens: write {hint}.")
    count = int(float(number) * _DECIMAL[unit]) if unit in _DECIMAL else int(number)
    count *= _BINARY.get(unit, 1)
    if count < 1:
        raise SizingError(f"{text!r} is no context: it needs at least 1 token.")
    return count


def explain_token_count(text: str) -> str | None:
    """What `32k` means where `32K` may have been meant; `None` where nothing is ambiguous."""
    cleaned = text.strip()
    if not cleaned.endswith("k") or "." in cleaned:
        return None
    upper = cleaned[:-1] + "K"
    return (
        f"{cleaned} is {parse_token_count(cleaned):,} tokens, "
        f"as vLLM reads it; {upper} would be {parse_token_count(upper):,}."
    )


def in_gib(num_bytes: float) -> str:
    """Bytes as `7.6 GiB`."""
    return f"{num_bytes / GIB:.1f} GiB"


def round_down(value: int, step: int) -> int:
    """The largest multiple of `step` that is not above `value`."""
    return value // step * step


def divide_up(value: int, by: int) -> int:
    """Whole blocks that hold `value`."""
    return -(-value // by)
