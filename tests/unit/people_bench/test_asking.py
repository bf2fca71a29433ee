"""People who ask one question after another, and the round that it makes."""

from __future__ import annotations

import asyncio

from backend.bench.people.asking import Answer, ask_all, round_of


async def test_so_many_ask_at_once_and_never_more() -> None:
    at_once: list[int] = []
    num_asking = 0

    async def ask() -> Answer:
        nonlocal num_asking
        num_asking += 1
        at_once.append(num_asking)
        await asyncio.sleep(0)
        num_asking -= 1
        return Answer(7, 0.1)

    seconds, answers = await ask_all([ask] * 10, 3)
    assert answers == [Answer(7, 0.1)] * 10
    assert max(at_once) == 3
    assert seconds > 0


def test_a_round_counts_the_engines_tokens() -> None:
    answers = [Answer(100, 0.25), Answer(200, 0.75)]
    done = round_of("direct", 1, 2, 2.0, answers)
    assert done.output_tokens_per_second == 150
    assert done.output_tokens_per_reply == 150
    assert done.ttft_mean_seconds == 0.5
    assert done.num_failed == 0
    assert done.chat_cpu_us_per_token is None


def test_a_failed_reply_is_counted_and_adds_nothing() -> None:
    done = round_of("sockets", 0, 2, 1.0, [Answer(100, 0.5), Answer(None, None)])
    assert (done.num_prompts, done.num_failed) == (2, 1)
    assert done.output_tokens_per_second == 100
    assert done.output_tokens_per_reply == 100


def test_the_chats_cpu_time_is_shared_among_the_tokens() -> None:
    done = round_of("sockets", 0, 1, 1.0, [Answer(1000, 0.5)], chat_cpu_seconds=0.02)
    assert done.chat_cpu_us_per_token == 20


def test_a_round_in_which_all_failed_is_a_round() -> None:
    done = round_of("sockets", 0, 1, 1.0, [Answer(None, None)], chat_cpu_seconds=0.02)
    assert done.output_tokens_per_second == 0
    assert done.ttft_p99_seconds is done.chat_cpu_us_per_token is None
