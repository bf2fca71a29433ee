"""What a turn sends to the engine: the conversation as messages that fit the model's context.

Tokens are estimated locally; the engine's tokenizer is asked only when the estimate comes near
the limit. When the context is full, the oldest turns go, half of the context at once: the prefix
then stays the same for many turns, so that the engine's prefix cache goes on serving it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from backend.chat.conversation import Conversation
from backend.errors import EmptyMessageError, MessageTooLongError
from backend.llm.client import Message
from backend.llm.tokens import estimate_num_tokens

CountTokens = Callable[[Sequence[Message]], Awaitable[int | None]]

ASK_ENGINE_ABOVE = 0.7  # of the context; below it an estimate is good enough
KEEP_AFTER_DROP = 0.5  # of the context that a prompt may take once the oldest turns are dropped
TOKENS_A_MESSAGE = 8  # what a chat template adds around each message (ChatML: 4 to 7)
MIN_REPLY_TOKENS = 64  # a prompt that leaves less than this for the reply does not fit
# All control characters but tab and line feed. They show as nothing and confuse tokenizers.
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a prompt may take. `max_model_len` is unknown (`None`) on some engines."""

    max_model_len: int | None
    max_tokens: int | None = None

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens that a prompt may have, leaving room for a reply."""
        if self.max_model_len is None:
            return None
        room = max(MIN_REPLY_TOKENS, min(self.max_tokens or 0, self.max_model_len // 2))
        return max(1, self.max_model_len - room)


def clean(text: str) -> str:
    """A message without control characters, its line ends as line feeds.

    Raises:
        EmptyMessageError: nothing is left of it but white space.
    """
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)
    if not cleaned.strip():
        raise EmptyMessageError
    return cleaned


def check_size(text: str, budget: Budget) -> None:
    """Refuse a question that alone is far beyond the context, by a local estimate.

    Raises:
        MessageTooLongError: it is.
    """
    limit, size = budget.prompt_tokens, estimate_num_tokens(text)
    if limit is not None and size > limit:
        raise MessageTooLongError(num_tokens=size, limit_tokens=limit, num_characters=len(text))


def estimate(messages: Sequence[Message]) -> int:
    """Tokens of the messages, template included, estimated locally."""
    return sum(estimate_num_tokens(m["content"]) + TOKENS_A_MESSAGE for m in messages)


def messages_of(conversation: Conversation, system_prompt: str) -> list[Message]:
    """The conversation as the engine takes it, without what was dropped.

    A question whose reply failed goes with the next one: many chat templates refuse two messages
    of the same role in a row.
    """
    messages: list[Message] = []
    if system_prompt:
        messages.append({"role": "system", "content": system_prompt})
    for entry in conversation.entries[conversation.num_dropped :]:
        if not entry.text:
            continue
        if messages and messages[-1]["role"] == entry.role:
            messages[-1]["content"] += f"\n\n{entry.text}"
        else:
            messages.append({"role": entry.role, "content": entry.text})
    return messages


async def fit(
    conversation: Conversation, system_prompt: str, budget: Budget, count: CountTokens
) -> list[Message]:
    """Messages that fit, dropping the oldest turns where they must.

    Args:
        conversation: its last question is never dropped; `num_dropped` is moved.
        system_prompt: stays first and byte-stable; empty for none.
        budget: of the model.
        count: asks the engine's tokenizer; `None` when it does not answer.

    Raises:
        MessageTooLongError: the last question alone does not fit.
    """
    limit = budget.prompt_tokens
    messages = messages_of(conversation, system_prompt)
    if limit is None or await _size(messages, limit, count) <= limit:
        return messages
    await _check_question(conversation, system_prompt, limit, count)
    target = int(limit * KEEP_AFTER_DROP)
    while (turn := _next_question(conversation)) is not None:
        conversation.num_dropped = turn
        messages = messages_of(conversation, system_prompt)
        if estimate(messages) <= target:
            break
    return messages


async def _size(messages: Sequence[Message], limit: int, count: CountTokens) -> int:
    """Tokens of the messages: the estimate, or near the limit the engine's own count."""
    estimated = estimate(messages)
    if not limit * ASK_ENGINE_ABOVE < estimated < limit * 4:
        return estimated
    counted = await count(messages)
    return estimated if counted is None else counted


async def _check_question(
    conversation: Conversation, system_prompt: str, limit: int, count: CountTokens
) -> None:
    last = conversation.entries[-1]
    question = next(e for e in reversed(conversation.entries) if e.role == "user")
    alone = Conversation(entries=[question] if last is question else [question, last])
    size = await _size(messages_of(alone, system_prompt), limit, count)
    if size > limit:
        raise MessageTooLongError(
            num_tokens=size, limit_tokens=limit, num_characters=len(question.text)
        )


def _next_question(conversation: Conversation) -> int | None:
    """Where the prompt would start with one more turn dropped; `None` at the last question."""
    questions = [i for i, e in enumerate(conversation.entries) if e.role == "user"]
    later = [i for i in questions if i > conversation.num_dropped]
    return later[0] if later else None
