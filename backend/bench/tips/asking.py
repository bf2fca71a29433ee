"""People who ask: ten questions in turn or at once, and a burst that the queue may not hold."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from statistics import fmean

from backend.bench.completion import Address, Completion, RefusedError, complete
from backend.bench.tips.results import Numbers
from backend.bench.tips.texts import QUESTIONS
from backend.bench.tips.workloads import Burst, Questions


async def ask_questions(address: Address, model: str, load: Questions, seed: int) -> Numbers:
    """Ten questions, so many at once; see `Questions` for the numbers.

    Raises:
        CompletionFailedError: a reply failed.
        OSError: a connection failed.
    """
    waiting = iter([f"({seed}) {question}" for question in QUESTIONS])
    replies: list[Completion] = []
    answered_seconds: list[float] = []
    began_at = time.monotonic()

    async def go_on_asking() -> None:
        for question in waiting:
            replies.append(await _ask(address, model, question, load.output_tokens))
            answered_seconds.append(time.monotonic() - began_at)

    await asyncio.gather(*(go_on_asking() for _ in range(load.num_at_once)))
    whole = time.monotonic() - began_at
    return {
        "answered_seconds": fmean(answered_seconds),
        "latency_seconds": fmean(reply.seconds for reply in replies),
        "ttft_seconds": fmean(reply.ttft_seconds for reply in replies),
        "output_tokens_per_second": sum(reply.output_tokens or 0 for reply in replies) / whole,
    }


async def send_burst(address: Address, model: str, load: Burst, seed: int) -> Numbers:
    """So many requests in one instant; see `Burst` for the numbers.

    Raises:
        CompletionFailedError: none was answered, or one failed other than by a full queue.
        OSError: a connection failed.
    """
    questions = [f"({seed}-{n}) {QUESTIONS[n % 10]}" for n in range(load.num_requests)]
    asked = (_ask(address, model, question, load.output_tokens) for question in questions)
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    replies = [outcome for outcome in outcomes if isinstance(outcome, Completion)]
    _raise_unexpected(outcomes, is_any_answered=bool(replies))
    return {
        "num_answered": len(replies),
        "num_refused": len(outcomes) - len(replies),
        "latency_seconds": fmean(reply.seconds for reply in replies),
        "ttft_seconds": fmean(reply.ttft_seconds for reply in replies),
    }


async def _ask(address: Address, model: str, question: str, max_tokens: int) -> Completion:
    messages = [{"role": "user", "content": question}]
    return await complete(address, model, messages, max_tokens, ignore_eos=True)


def _raise_unexpected(
    outcomes: Sequence[Completion | BaseException], *, is_any_answered: bool
) -> None:
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            if is_any_answered and isinstance(outcome, RefusedError):
                continue
            raise outcome
