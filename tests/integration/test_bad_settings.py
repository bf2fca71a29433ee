"""A setting that is wrong stops the start, with one message that names it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.fakes.product import Product

WRONG = {
    "an unknown name": (
        {"WARMLINE_ENGINE_ULR": "http://127.0.0.1:1/v1"},
        "WARMLINE_ENGINE_ULR (in the environment) is not a setting. "
        "Did you mean WARMLINE_ENGINE_URL?",
    ),
    "a value that does not parse": (
        {"WARMLINE_WARMUP_BURST": "many"},
        'WARMLINE_WARMUP_BURST (in the environment) is "many". '
        "Allowed: a whole number, at least 1, at most 1024.",
    ),
    "a URL that is none": ({"WARMLINE_ENGINE_URL": "localhost"}, "WARMLINE_ENGINE_URL"),
    "open to the network": ({"WARMLINE_HOST": "0.0.0.0"}, "WARMLINE_ALLOW_OPEN=true"),
}


@pytest.mark.parametrize("mistake", WRONG)
async def test_it_stops_the_start_with_one_readable_message(mistake: str, tmp_path: Path) -> None:
    env, message = WRONG[mistake]
    chat = Product(tmp_path, env)
    await chat.start()
    assert await chat.exit_status(within_seconds=10) == 2
    await chat.end()

    assert chat.log[0] == "Warmline cannot start with these settings:"
    assert message in "\n".join(chat.log)
    assert "Traceback" not in "\n".join(chat.log)
    assert len(chat.log) == 2


async def test_a_secret_that_does_not_parse_is_not_shown(tmp_path: Path) -> None:
    chat = Product(tmp_path, {"WARMLINE_ENGINE_API_KEY": "sk-secret with\ta tab"})
    await chat.start()
    assert await chat.exit_status(within_seconds=10) == 2
    await chat.end()
    assert "WARMLINE_ENGINE_API_KEY" in "\n".join(chat.log)
    assert "sk-secret" not in "\n".join(chat.log)


async def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    chat = Product(tmp_path / "file" / "data", {})
    await chat.start()
    assert await chat.exit_status(within_seconds=10) == 2
    await chat.end()
    assert "WARMLINE_DATA_DIR is " in "\n".join(chat.log)
    assert "Traceback" not in "\n".join(chat.log)


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    chat = Product(tmp_path, {})
    with socket.create_server(("127.0.0.1", chat.port)):
        await chat.start()
        assert await chat.exit_status(within_seconds=10) != 0
    await chat.end()
    assert str(chat.port) in "\n".join(chat.log)
    assert "Traceback" not in "\n".join(chat.log)
