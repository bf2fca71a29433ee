from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from backend.readiness.gate import Phase, Problem
from backend.readiness.http import client_for
from backend.readiness.status import StatusPage, StatusReport, parse
from tests.unit.readiness.scripted import host_unknown, refused

URL = "http://engine:8002/status"


async def read(answer: httpx2.Response | Exception) -> StatusReport | None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with client_for(URL, transport=httpx2.MockTransport(handler)) as client:
        return await StatusPage(URL, client).read()


def page(**fields: Any) -> httpx2.Response:
    return httpx2.Response(200, json=fields)


async def test_everything_that_the_launcher_says_is_read() -> None:
    report = await read(
        page(
            ready=False,
            phase="failed",
            progress=0.4,
            eta_seconds=12,
            elapsed_seconds=30.5,
            detail="Loading weights",
            problem={"kind": "no_memory", "message": "No memory.", "advice": "Free some."},
            profile="cpu",
            command=["vllm", "serve"],
            hardware={"kind": "cpu"},
            flag_reasons={"--dtype": "no bf16"},
            log_tail=["one", "two"],
            max_num_seqs=256,
        )
    )
    assert report == StatusReport(
        phase=Phase.FAILED,
        progress=0.4,
        eta_seconds=12.0,
        elapsed_seconds=30.5,
        detail="Loading weights",
        problem=Problem(kind="no_memory", message="No memory.", advice="Free some."),
        profile="cpu",
        command=("vllm", "serve"),
        hardware={"kind": "cpu"},
        flag_reasons={"--dtype": "no bf16"},
        log_tail=("one", "two"),
        max_num_seqs=256,
    )


async def test_missing_and_unknown_keys_do_no_harm() -> None:
    assert await read(page(novelty=[1, 2])) == StatusReport()


@pytest.mark.parametrize("odd", [None, True, [], {}, [[]], {"x": 1}, -1, 1.5, "", float("nan")])
async def test_a_wrong_type_empties_one_field_and_no_other(odd: object) -> None:
    names = [
        *("phase", "progress", "eta_seconds", "detail", "problem", "max_num_seqs", "log_tail"),
        *("profile", "command", "hardware", "flag_reasons"),
    ]
    for name in names:
        report = parse({"phase": "compiling", "detail": "here", name: odd})
        assert name == "phase" or report.phase is Phase.COMPILING
        assert name == "detail" or report.detail == "here"


@pytest.mark.parametrize("value", [None, "0.5", True, float("nan"), float("inf"), 10**400])
def test_a_number_that_is_none_is_unknown(value: object) -> None:
    report = parse({"progress": value, "eta_seconds": value, "max_num_seqs": value})
    assert (report.progress, report.eta_seconds, report.max_num_seqs) == (None, None, None)


@pytest.mark.parametrize(("said", "read_as"), [(-0.1, 0.0), (0, 0.0), (1, 1.0), (55, 1.0)])
def test_progress_lies_between_nothing_and_all(said: float, read_as: float) -> None:
    assert parse({"progress": said}).progress == read_as


@pytest.mark.parametrize("value", [0, -3, 2.5])
def test_max_num_seqs_is_a_positive_count(value: float) -> None:
    assert parse({"max_num_seqs": value}).max_num_seqs is None


@pytest.mark.parametrize("phase", ["quantizing", "", "Starting", "ready", "warming_up", "lost"])
def test_an_unknown_phase_and_one_of_the_chats_own_is_ignored(phase: str) -> None:
    assert parse({"phase": phase}).phase is None


def test_a_problem_without_a_kind_keeps_its_words() -> None:
    report = parse({"problem": {"message": "It broke."}})
    assert report.problem == Problem(kind="engine_failed", message="It broke.")


def test_a_log_tail_in_one_piece_is_one_line() -> None:
    assert parse({"log_tail": "all of it"}).log_tail == ("all of it",)


@pytest.mark.parametrize("status", [204, 301, 401, 404, 500, 503])
async def test_any_other_http_status_is_no_report(status: int) -> None:
    assert await read(httpx2.Response(status, json={"phase": "compiling"})) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b"\xff\xfe", b"[]", b'"x"', b"null", b"[" * 100_000]
)
async def test_a_body_that_is_no_json_object_is_no_report(body: bytes) -> None:
    assert await read(httpx2.Response(200, content=body)) is None


@pytest.mark.parametrize("error", [refused(), host_unknown(), httpx2.ReadTimeout("")])
async def test_a_launcher_out_of_reach_is_no_report(error: Exception) -> None:
    assert await read(error) is None


async def test_a_launcher_that_hangs_is_no_report() -> None:
    async def never(request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with client_for(URL, transport=httpx2.MockTransport(never)) as client:
        assert await StatusPage(URL, client, timeout_seconds=0.01).read() is None


async def test_without_a_url_nothing_is_asked() -> None:
    def unexpected(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError

    async with client_for(None, transport=httpx2.MockTransport(unexpected)) as client:
        assert await StatusPage(None, client).read() is None
