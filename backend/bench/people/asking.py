"""Some people at once ask one question after another, and what that came to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from backend.bench.frontend.measure import percentile

LIMIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply, as whoever asked saw it. `None`: it failed, or had no text.

    Attributes:
        output_tokens: by the engine's own count.
        ttft_seconds: from the question to the first text.
    """

    output_tokens: int | None
    ttft_seconds: float | None


Ask = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """All questions, asked in one way. Times are in seconds."""

    way: str
    repeat: int
    num_people: int
    num_prompts: int
    num_failed: int
    duration_seconds: float
    output_tokens_per_second: float
    output_tokens_per_reply: float
    ttft_mean_seconds: float | None
    ttft_p99_seconds: float | None
    chat_cpu_us_per_token: float | None = None


async def ask_all(asks: Iterable[Ask], num_people: int) -> tuple[float, list[Answer]]:
    """Seconds from the first question to the last answer, and the answers.

    Each of the people asks the next question as soon as the last one is answered, as the clients
    of `vllm bench serve --max-concurrency` do.

    Raises:
        TimeoutError: not all was answered in `LIMIT_SECONDS`.
    """
    waiting = iter(asks)
    answers: list[Answer] = []

    async def go_on_asking() -> None:
        for ask in waiting:
            answers.append(await ask())

    began_at = time.monotonic()
    async with asyncio.timeout(LIMIT_SECONDS):
        await asyncio.gather(*(go_on_asking() for _ in range(num_people)))
    return time.monotonic() - began_at, answers


def round_of(
    way: str,
    repeat: int,
    num_people: int,
    seconds: float,
    answers: Sequence[Answer],
    *,
    chat_cpu_seconds: float | None = None,
) -> Round:
    """The round that these answers were."""
    counts = [answer.output_tokens for answer in answers if answer.output_tokens is not None]
    ttfts = [answer.ttft_seconds for answer in answers if answer.ttft_seconds is not None]
    num_tokens = sum(counts)
    per_token = None
    if chat_cpu_seconds is not None and num_tokens:
        per_token = 1e6 * chat_cpu_seconds / num_tokens
    return Round(
        way=way,
        repeat=repeat,
        num_people=num_people,
        num_prompts=len(answers),
        num_failed=len(answers) - len(counts),
        duration_seconds=seconds,
        output_tokens_per_second=num_tokens / seconds,
        output_tokens_per_reply=fmean(counts) if counts else 0.0,
        ttft_mean_seconds=fmean(ttfts) if ttfts else None,
        ttft_p99_seconds=percentile(ttfts, 0.99) if ttfts else None,
        chat_cpu_us_per_token=per_token,
    )
