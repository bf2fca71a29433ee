from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from backend.setup.ports import free_port_near, is_taken, taken_by
from backend.setup.procfs import listener
from tests.fakes.product import free_port
from tests.fakes.server import LOOPBACK


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_somebody_listens_on_is_taken(taken_port: int) -> None:
    assert is_taken(LOOPBACK, taken_port)
    assert not is_taken(LOOPBACK, free_port())


def test_an_address_of_another_machine_is_not_taken() -> None:
    assert not is_taken("192.0.2.1", 8000)


def test_who_has_a_port_is_named_with_its_command(taken_port: int) -> None:
    words = taken_by(taken_port)
    assert words.startswith(f"process {os.getpid()} ({sys.orig_argv[0]}"[:60])
    assert len(words) < 120, "a long command is cut"


def test_a_port_of_ipv6_is_found_as_well() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        assert is_taken("::1", port)
        process = listener(port)
    assert process is not None
    assert process.pid == os.getpid()


def test_a_port_whose_process_cannot_be_seen_is_another_users() -> None:
    assert taken_by(free_port()) == "another user's process"


def test_another_port_keeps_the_last_digit(taken_port: int) -> None:
    other = free_port_near(LOOPBACK, taken_port)
    assert other != taken_port
    assert other % 10 == taken_port % 10


def test_above_the_highest_port_it_begins_at_the_lowest() -> None:
    assert 1024 <= free_port_near(LOOPBACK, 65530) < 65530
