"""How much of the model's context a conversation takes."""

from __future__ import annotations

from dataclasses import dataclass

from backend.chat import prompt
from backend.chat.conversation import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextUse:
    """Tokens that the conversation takes. `max_model_len` is `None` where it is not known."""

    num_tokens: int
    max_model_len: int | None
    is_estimate: bool

    @property
    def fraction(self) -> float | None:
        """0 to 1; `None` where the limit is not known."""
        if not self.max_model_len:
            return None
        return min(self.num_tokens / self.max_model_len, 1.0)


async def context_use(
    conversation: Conversation,
    system_prompt: str,
    max_model_len: int | None,
    count: prompt.CountTokens,
) -> ContextUse:
    """What the conversation takes now.

    The engine counts every turn's prompt and reply with its own tokenizer. Where it did not say
    (a reply that was stopped), the size is estimated, and from 70 % of the context on asked for.

    Args:
        conversation: with the numbers of its replies.
        system_prompt: of its next prompt, empty for none.
        max_model_len: the context in tokens.
        count: asks the engine's tokenizer; `None` when it does not answer.
    """
    counted = _counted(conversation)
    if counted is None:
        messages = prompt.messages_of(conversation, system_prompt)
        estimated = prompt.estimate(messages)
        if max_model_len and estimated > max_model_len * prompt.ASK_ENGINE_ABOVE:
            counted = await count(messages)
    return ContextUse(
        num_tokens=estimated if counted is None else counted,
        max_model_len=max_model_len,
        is_estimate=counted is None,
    )


def _counted(conversation: Conversation) -> int | None:
    """Prompt and reply of the last turn, as the engine counted them."""
    numbers = conversation.entries[-1].numbers if conversation.entries else None
    if numbers is None or numbers.prompt_tokens is None or numbers.output_tokens is None:
        return None
    return numbers.prompt_tokens + numbers.output_tokens
