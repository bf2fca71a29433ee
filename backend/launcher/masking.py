"""Secrets, taken out of what people see: the command, the log's tail, the launcher's own output."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

MASK = "***"
Mask = Callable[[str], str]

# A secret that the launcher was never told of still has a shape.
_SHAPES = re.compile(
    r"(?P<before>"
    r"\bBearer\s+"
    r"|--(?:api[-_]key|hf[-_]token)[ =]"
    r"|\b(?:api_key|hf_token|token)['\"]?\s*[:=]\s*\[?['\"]?"
    r"|://[^/\s:@]+:(?=[^/\s@]+@)"
    r"|(?=\bhf_[A-Za-z0-9]{16})"
    r")(?!\*\*\*)(?P<secret>[^\s'\"\]},@]+)",
    re.IGNORECASE,
)


def masking(secrets: Iterable[str]) -> Mask:
    """A function that replaces these secrets, and whatever looks like one, with `***`.

    Empty secrets are ignored; of two that overlap the longer one is replaced first.
    """
    known = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in known:
            text = text.replace(secret, MASK)
        return _SHAPES.sub(rf"\g<before>{MASK}", text)

    return mask
