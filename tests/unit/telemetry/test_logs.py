from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest

from backend.telemetry.logs import CHATTY_LOGGERS, MaskingFormatter, set_up_logging

KEY = "sk-open-sesame"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (*CHATTY_LOGGERS, "uvicorn.access")]
    root = logging.getLogger()
    before = root.level, list(root.handlers), [(one.level, one.disabled) for one in loggers]
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for logger, (level, disabled) in zip(loggers, before[2], strict=True):
        logger.setLevel(level)
        logger.disabled = disabled


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def masked(text: str, *arguments: object) -> str:
    record = logging.LogRecord("name", logging.INFO, "file", 1, text, arguments, None)
    return MaskingFormatter([KEY, "", "sesame"]).format(record)


def test_a_line_has_time_level_logger_and_text(stream: io.StringIO) -> None:
    set_up_logging("info", stream=stream)
    logging.getLogger("backend.web").info("listening on %s", "127.0.0.1")

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO    backend\.web: listening on 127\.0\.0\.1\n",
        stream.getvalue(),
    )


def test_the_level_decides_what_is_shown(stream: io.StringIO) -> None:
    set_up_logging("warning", stream=stream)
    logging.getLogger("backend").info("not this")
    logging.getLogger("backend").warning("but this")

    assert "not this" not in stream.getvalue()
    assert "but this" in stream.getvalue()


def test_setting_up_twice_writes_a_line_once(stream: io.StringIO) -> None:
    set_up_logging("info", stream=stream)
    set_up_logging("info", stream=stream)
    logging.getLogger("backend").info("once")

    assert stream.getvalue().count("once") == 1


@pytest.mark.parametrize("name", ["chainlit", "httpx2", "openai", "engineio.server", "uvicorn"])
def test_others_chatter_is_left_out_even_at_debug(name: str, stream: io.StringIO) -> None:
    set_up_logging("debug", stream=stream)
    logging.getLogger(name).info("chatter with a prompt in it")

    assert stream.getvalue() == ""


def test_requests_are_not_logged(stream: io.StringIO) -> None:
    set_up_logging("debug", stream=stream)
    logging.getLogger("uvicorn.access").warning("GET /healthz")

    assert stream.getvalue() == ""


def test_a_secret_is_masked_wherever_it_stands(stream: io.StringIO) -> None:
    set_up_logging("info", secrets=[KEY], stream=stream)
    try:
        raise ValueError(f"refused {KEY}")
    except ValueError:
        logging.getLogger("backend").exception("with %s", {"key": KEY})

    assert KEY not in stream.getvalue()
    assert stream.getvalue().count("***") >= 2
    assert "ValueError: refused ***" in stream.getvalue()


def test_of_two_secrets_that_overlap_no_piece_is_left() -> None:
    assert masked("%s", KEY).endswith("name: ***")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("authorization: Basic QWxhZGRpbg==", "authorization: Basic ***"),
        ("{'Authorization': 'Bearer abc'}", "{'Authorization': 'Bearer ***'}"),
        ("(b'authorization', b'Bearer abc')", "(b'authorization', b'Bearer ***')"),
        ('"authorization":"abc"', '"authorization":"***"'),
        ("sent bearer abc to it", "sent bearer *** to it"),
        ("postgresql+asyncpg://me:abc@db/chat", "postgresql+asyncpg://me:***@db/chat"),
        ("http://127.0.0.1:8001/v1 answers", "http://127.0.0.1:8001/v1 answers"),
    ],
)
def test_credentials_that_nobody_told_us_of_are_masked_by_their_shape(text: str, left: str) -> None:
    assert masked(text).endswith(f"name: {left}")
