"""One run: a workload put to a running engine, and the numbers that come of it."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.bench.completion import Address, CompletionFailedError
from backend.bench.throughput import (
    BenchFailedError,
    ServeBench,
    address_words,
    load_words,
    prefix_words,
    random_words,
)
from backend.bench.tips.asking import ask_questions, send_burst
from backend.bench.tips.card_use import CardUse
from backend.bench.tips.reading import metric, read
from backend.bench.tips.results import Numbers
from backend.bench.tips.texts import TEXT
from backend.bench.tips.workloads import (
    Burst,
    Chat,
    Prefix,
    Questions,
    RandomPrompts,
    Text,
    Workload,
)

_FAILURES = (
    BenchFailedError,
    CompletionFailedError,
    OSError,
    ImportError,
    ValueError,
    # an answer of another shape than vLLM's
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
)


class RunFailedError(Exception):
    """A run has no numbers; `str()` says why, in one line."""


@dataclass(frozen=True, slots=True)
class Target:
    """A running engine.

    `tokenizer` is the model's folder or hub id, `bench` vLLM's own benchmark, `card_use` reads how
    busy the card is. Another `first_seed` is other prompts, none of which the engine has kept.
    """

    address: Address
    model: str
    tokenizer: str
    bench: ServeBench
    card_use: CardUse
    first_seed: int = 0

    def measure(self, workload: Workload, repeat: int) -> Numbers:
        """The numbers of one run.

        Raises:
            RunFailedError: it has none.
        """
        seed = zlib.crc32(f"{workload} {repeat}".encode(), self.first_seed)
        try:
            match workload:
                case RandomPrompts():
                    return self._random_prompts(workload, seed)
                case Prefix():
                    return self._prefix(workload, seed)
                case Chat():
                    return self._chat(workload, seed)
                case Questions():
                    return self._questions(workload, seed)
                case Burst():
                    return asyncio.run(send_burst(self.address, self.model, workload, seed))
                case Text():
                    return self._text()
        except _FAILURES as error:
            raise RunFailedError(_line(error)) from error

    def warm_up(self, loads: Sequence[RandomPrompts]) -> None:
        """Requests that are thrown away: a card's kernels compile at their first use.

        Kernels differ with the batch and the prompts' length, so a card gets each load that will
        be measured, with short replies. A processor has none to compile: two requests are enough.

        Raises:
            RunFailedError: none of them is answered.
        """
        has_card = self.card_use.has_card
        num_users = max((load.num_users for load in loads), default=1) if has_card else 2
        burst = RandomPrompts(
            num_users=num_users, num_prompts=num_users, input_tokens=64, output_tokens=8
        )
        short = [replace(load, num_prompts=load.num_users, output_tokens=8) for load in loads]
        for load in dict.fromkeys([burst, *(short if has_card else ())]):
            self.measure(replace(load, may_fail=True), -1)

    def is_alive(self) -> bool:
        """Whether the engine still answers."""
        try:
            read(self.address, "/health")
        except OSError:
            return False
        return True

    def _random_prompts(self, load: RandomPrompts, seed: int) -> Numbers:
        before = self._num_preemptions()
        numbers = self.bench.run(
            [
                *address_words(self.address.root_url, self.model, self.tokenizer),
                *random_words(load.input_tokens, load.output_tokens, load.range_ratio),
                *load_words(load.num_users, load.num_prompts, num_warmups=0, seed=seed),
            ]
        )
        after = self._num_preemptions()
        pushed = None if before is None or after is None else after - before
        kept = _bench_numbers(numbers, load.num_prompts, may_fail=load.may_fail)
        return kept | {"num_preemptions": pushed}

    def _prefix(self, load: Prefix, seed: int) -> Numbers:
        num_prefixes = 1 if load.is_shared else load.num_prompts
        prompts = prefix_words(
            load.prefix_tokens, load.suffix_tokens, num_prefixes, load.output_tokens
        )
        numbers = self.bench.run(
            [
                *address_words(self.address.root_url, self.model, self.tokenizer),
                *prompts,
                *load_words(1, load.num_prompts, num_warmups=0, seed=seed),
            ]
        )
        kept = _bench_numbers(numbers, load.num_prompts)
        return kept | {"ttft_seconds": numbers["median_ttft_ms"] / 1000}

    def _chat(self, load: Chat, seed: int) -> Numbers:
        # Our trimming comes from the chat, whose packages are not beside every vLLM.
        from backend.bench.tips.chatting import chat

        return asyncio.run(chat(self.address, self.model, load, seed))

    def _questions(self, load: Questions, seed: int) -> Numbers:
        with self.card_use.watched() as use:
            numbers = asyncio.run(ask_questions(self.address, self.model, load, seed))
        return {**numbers, "card_use": use.mean}

    def _text(self) -> Numbers:
        """The engine's own log probabilities of a text that it is given as the prompt."""
        body = {"model": self.model, "prompt": TEXT, "max_tokens": 1, "echo": True, "logprobs": 0}
        answer = read(self.address, "/v1/completions", body)
        scored = answer["choices"][0]["logprobs"]["token_logprobs"][1:-1]  # last: its own token
        return {"loss": -sum(scored) / len(scored)}

    def _num_preemptions(self) -> float | None:
        return metric(self.address, "vllm:num_preemptions_total")


def _bench_numbers(
    numbers: Mapping[str, Any], num_prompts: int, *, may_fail: bool = False
) -> dict[str, Any]:
    """The benchmark's numbers by our names, in seconds.

    Raises:
        BenchFailedError: no request was answered, or one failed that may not.
    """
    num_failed = num_prompts - numbers["completed"]
    if num_failed == num_prompts:
        raise BenchFailedError("no request was answered")
    if num_failed and not may_fail:
        raise BenchFailedError(f"{num_failed} of {num_prompts} requests failed")
    return {
        "output_tokens_per_second": numbers["output_throughput"],
        "ttft_seconds": numbers["mean_ttft_ms"] / 1000,
        "ttft_p99_seconds": numbers["p99_ttft_ms"] / 1000,
        "tpot_seconds": numbers["median_tpot_ms"] / 1000,
        "num_failed": num_failed,
    }


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
