"""A chat that grows beyond its context, its history trimmed as our chat does or turn by turn."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from statistics import fmean

from backend.bench.completion import Address, Completion, CompletionFailedError, complete
from backend.bench.tips.reading import read
from backend.bench.tips.results import Numbers
from backend.bench.tips.texts import WORDS
from backend.bench.tips.workloads import Chat
from backend.chat.conversation import Conversation, Entry
from backend.chat.prompt import Budget, CountTokens, fit, messages_of
from backend.llm.client import Message


async def chat(address: Address, model: str, load: Chat, seed: int) -> Numbers:
    """One conversation from its first question to its last; see `Chat` for the numbers.

    Raises:
        CompletionFailedError: a reply failed, or the history never had to be trimmed.
        OSError: a connection failed.
    """
    dice = random.Random(seed)
    system_prompt = f"You are a helpful assistant. This is conversation {seed}."
    conversation = Conversation(entries=[])
    trimmed: list[Completion] = []

    async def count(messages: Sequence[Message]) -> int | None:
        body = {"model": model, "messages": list(messages)}
        answer = await asyncio.to_thread(read, address, "/tokenize", body)
        number: int = answer["count"]
        return number

    budget = Budget(max_model_len=load.context_tokens, max_tokens=load.output_tokens)
    for turn in range(load.num_turns):
        question = " ".join(dice.choices(WORDS, k=load.question_tokens))
        conversation.entries.append(Entry(id=f"q{turn}", role="user", text=question))
        if load.trimming == "half":
            messages = await fit(conversation, system_prompt, budget, count)
        else:
            messages = await _turn_by_turn(conversation, system_prompt, budget, count)
        reply = await complete(address, model, messages, load.output_tokens, ignore_eos=True)
        if conversation.num_dropped:
            trimmed.append(reply)
        conversation.entries.append(Entry(id=f"a{turn}", role="assistant", text=reply.text))
    if not trimmed:
        raise CompletionFailedError("the conversation never filled its context")
    return {
        "ttft_seconds": fmean(reply.ttft_seconds for reply in trimmed),
        "cached_share": _cached_share(trimmed),
        "num_trimmed_turns": len(trimmed),
    }


async def _turn_by_turn(
    conversation: Conversation, system_prompt: str, budget: Budget, count: CountTokens
) -> list[Message]:
    """As many of the newest turns as fit, by the engine's own count."""
    limit = budget.prompt_tokens or 0
    while True:
        messages = messages_of(conversation, system_prompt)
        num_left = len(conversation.entries) - conversation.num_dropped
        if (await count(messages) or 0) <= limit or num_left <= 1:
            return messages
        conversation.num_dropped += 2  # a question and its reply


def _cached_share(replies: Sequence[Completion]) -> float | None:
    """How much of all prompts came from the prefix cache; `None` where the engine does not say."""
    cached = [reply.cached_tokens for reply in replies]
    prompt_tokens = sum(reply.prompt_tokens or 0 for reply in replies)
    if None in cached or not prompt_tokens:
        return None
    return sum(filter(None, cached)) / prompt_tokens
