"""The ways to ask an engine, each as a round of the same kind of questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from backend.bench.frontend.measure import people_at
from backend.bench.frontend.person import Person
from backend.bench.frontend.processes import Process
from backend.bench.people.asking import Answer, Ask, Round, ask_all, round_of
from backend.bench.people.engine import Engine
from backend.bench.people.prompts import Prompts
from backend.bench.throughput import serve_bench


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is asked: `num_people` at once, `num_prompts` in all."""

    num_people: int
    num_prompts: int
    input_tokens: int
    output_tokens: int


class Way(Protocol):
    """One way."""

    name: str

    async def ask(self, size: Size, repeat: int) -> Round:
        """All questions."""


class Direct:
    """Without a chat."""

    name = "direct"

    def __init__(self, engine: Engine, prompts: Prompts) -> None:
        self._engine = engine
        self._prompts = prompts

    async def ask(self, size: Size, repeat: int) -> Round:
        """All questions, over the engine's API."""

        def asking(prompt: str) -> Ask:
            return lambda: self._engine.ask(prompt, size.output_tokens)

        asks = [asking(prompt) for prompt in self._prompts.take(size.num_prompts)]
        seconds, answers = await ask_all(asks, size.num_people)
        return round_of(self.name, repeat, size.num_people, seconds, answers)


class Sockets:
    """Through our chat, as its page would: a page for each question, all open beforehand.

    A second question in the same page would carry the first one along.
    """

    name = "sockets"

    def __init__(self, chat: Process, prompts: Prompts) -> None:
        self._chat = chat
        self._prompts = prompts

    async def ask(self, size: Size, repeat: int) -> Round:
        """All questions, through pages."""

        def asking(person: Person, prompt: str) -> Ask:
            async def ask() -> Answer:
                reply = await person.ask(prompt)
                ttft_seconds = reply.ttft_seconds if reply.frames else None
                return Answer(reply.output_tokens, ttft_seconds)

            return ask

        async with people_at(self._chat, size.num_prompts) as people:
            prompts = self._prompts.take(size.num_prompts)
            asks = [asking(*pair) for pair in zip(people, prompts, strict=True)]
            before = self._chat.cpu_seconds
            seconds, answers = await ask_all(asks, size.num_people)
            cpu_seconds = self._chat.cpu_seconds - before
        return round_of(
            self.name, repeat, size.num_people, seconds, answers, chat_cpu_seconds=cpu_seconds
        )


class VllmBench:
    """By vLLM's own client.

    Args:
        engine: which.
        tokenizer: the model's folder.
        python: of vLLM's environment.
        environment: of its process.
    """

    name = "vllm bench serve"

    def __init__(
        self, engine: Engine, tokenizer: str, python: str, environment: Mapping[str, str]
    ) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._python = python
        self._environment = environment

    async def ask(self, size: Size, repeat: int) -> Round:
        """All questions; nothing else happens meanwhile."""
        numbers = serve_bench(
            self._python,
            self._engine.port,
            model=self._engine.model,
            tokenizer=self._tokenizer,
            num_users=size.num_people,
            num_prompts=size.num_prompts,
            input_tokens=size.input_tokens,
            output_tokens=size.output_tokens,
            environment=self._environment,
        )
        num_completed = numbers["completed"]
        num_tokens = numbers["output_throughput"] * numbers["duration"]
        return Round(
            way=self.name,
            repeat=repeat,
            num_people=size.num_people,
            num_prompts=size.num_prompts,
            num_failed=size.num_prompts - num_completed,
            duration_seconds=numbers["duration"],
            output_tokens_per_second=numbers["output_throughput"],
            output_tokens_per_reply=num_tokens / num_completed if num_completed else 0.0,
            ttft_mean_seconds=_seconds(numbers["mean_ttft_ms"]),
            ttft_p99_seconds=_seconds(numbers["p99_ttft_ms"]),
        )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1e3
