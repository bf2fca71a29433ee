"""Log lines for people: time, level, logger and text on stderr, with every secret masked."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

MASK = "***"
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

# uvicorn writes a line for each socket at "info"; others write prompts and headers at "debug".
CHATTY_LOGGERS = (
    "alembic",
    *("aiohttp", "aiosqlite", "asyncio", "chainlit", "engineio", "httpcore", "httpcore2"),
    *("httpx", "httpx2", "openai", "python_multipart", "socketio", "urllib3", "uvicorn"),
    "watchfiles",
)

_CREDENTIALS = re.compile(
    r"""
    (?P<before>
        \b(?:proxy-)?authorization["']?\s*[:=,]\s*(?:b?["'])?(?:(?:bearer|basic)\s+)?
      | \bbearer\s+
      | ://[^\s/:@]*:(?=[^\s/@]+@)                     # a password in a URL
    )
    (?!\*\*\*)[^\s"',;@]+
    """,
    re.IGNORECASE | re.VERBOSE,
)


class MaskingFormatter(logging.Formatter):
    """Masks the secrets given, and whatever an Authorization header or a URL carries.

    It works on the finished line, so arguments and tracebacks are masked as well.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(FORMAT)
        # Of two that overlap, the longer one first.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, masked."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        return _CREDENTIALS.sub(rf"\g<before>{MASK}", line)


def set_up_logging(
    level: str, *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send every logger's lines from `level` (a name such as `info`) on to stderr, or `stream`.

    Call it once, before Chainlit is imported. Requests are not logged: probes would drown the rest.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(MaskingFormatter(secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True
