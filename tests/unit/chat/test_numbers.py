"""A reply's numbers are the engine's counts and our times; unknown stays unknown."""

from __future__ import annotations

import pytest

from backend.chat.numbers import ReplyNumbers, Stopwatch
from backend.llm.events import Usage
from backend.ui.texts.reply import numbers_details


def finished_reply() -> ReplyNumbers:
    watch = Stopwatch(started_at=100.0)
    watch.sent(104.0)
    watch.text(104.5)
    watch.text(105.5)
    watch.text(106.5)
    watch.usage(Usage(31, completion_tokens=21, cached_tokens=16, queue_seconds=0.2))
    watch.finished("stop")
    return watch.numbers()


def test_ttft_is_of_the_attempt_that_succeeded() -> None:
    assert finished_reply().ttft_seconds == 0.5


def test_waiting_is_what_came_before_that_attempt() -> None:
    assert finished_reply().wait_seconds == 4.0


def test_the_wait_in_the_engines_queue_is_what_it_reported() -> None:
    assert finished_reply().queue_seconds == 0.2


def test_a_stop_word_that_came_is_kept() -> None:
    watch = Stopwatch(started_at=0.0)
    watch.finished("stop", "END")
    numbers = watch.numbers()
    assert (numbers.finish_reason, numbers.stop_word) == ("stop", "END")
    assert ReplyNumbers.from_json(numbers.as_json()) == numbers
    details = numbers_details(numbers, "en")
    assert details["rows"][-1] == ("Ended by", "stop: the stop word “END” came")


def test_the_rate_leaves_the_first_token_out() -> None:
    numbers = finished_reply()
    assert numbers.tokens_per_second == pytest.approx(20 / 2.0)
    assert numbers.tpot_seconds == pytest.approx(0.1)


def test_counts_are_the_engines_own() -> None:
    numbers = finished_reply()
    assert (numbers.prompt_tokens, numbers.cached_tokens, numbers.output_tokens) == (31, 16, 21)
    assert numbers.finish_reason == "stop"


def test_what_the_engine_did_not_report_is_unknown() -> None:
    watch = Stopwatch(started_at=0.0)
    watch.sent(1.0)
    watch.text(2.0)
    numbers = watch.numbers()
    assert numbers.output_tokens is None
    assert numbers.tokens_per_second is None
    assert numbers.tpot_seconds is None
    assert numbers.queue_seconds is None
    assert numbers.finish_reason is None


def test_one_token_has_no_rate() -> None:
    assert ReplyNumbers(output_tokens=1, decode_seconds=1.0).tokens_per_second is None


def test_all_tokens_in_one_chunk_have_no_rate() -> None:
    assert ReplyNumbers(output_tokens=9, decode_seconds=0.0).tokens_per_second is None


def test_a_turn_that_never_began_has_no_times() -> None:
    numbers = Stopwatch(started_at=5.0).numbers()
    assert numbers.ttft_seconds is None
    assert numbers.wait_seconds == 0.0


def test_numbers_are_the_same_after_they_were_stored() -> None:
    numbers = ReplyNumbers(prompt_tokens=31, ttft_seconds=0.25, finish_reason="stop")
    assert ReplyNumbers.from_json(numbers.as_json()) == numbers
    assert "cached_tokens" not in numbers.as_json()


def test_numbers_of_another_version_are_read_as_far_as_they_are_known() -> None:
    assert ReplyNumbers.from_json({"prompt_tokens": 3, "new": 1}) == ReplyNumbers(prompt_tokens=3)
    assert ReplyNumbers.from_json(None) == ReplyNumbers()
