"""How much of the context a conversation takes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backend.chat.context import ContextUse, context_use
from backend.chat.conversation import Conversation, Entry
from backend.chat.numbers import ReplyNumbers
from backend.llm.client import Message

COUNTED = ReplyNumbers(prompt_tokens=900, output_tokens=100)


async def not_asked(_: Sequence[Message]) -> int | None:
    raise AssertionError("the engine is asked")


def conversation(question: str, numbers: ReplyNumbers | None) -> Conversation:
    reply = Entry(id="r", role="assistant", text="Yes.", numbers=numbers)
    return Conversation([Entry(id="q", role="user", text=question), reply])


async def test_the_engine_has_counted_the_last_turn() -> None:
    use = await context_use(conversation("Is it?", COUNTED), "", 4096, not_asked)
    assert use == ContextUse(num_tokens=1000, max_model_len=4096, is_estimate=False)
    assert use.fraction == pytest.approx(1000 / 4096)


@pytest.mark.parametrize("numbers", [None, ReplyNumbers(), ReplyNumbers(prompt_tokens=9)])
async def test_without_its_count_the_size_is_estimated(numbers: ReplyNumbers | None) -> None:
    use = await context_use(conversation("Is it?", numbers), "Be kind.", 4096, not_asked)
    assert use.is_estimate
    assert 20 < use.num_tokens < 60


async def test_near_the_limit_the_engines_tokenizer_counts() -> None:
    asked: list[Sequence[Message]] = []

    async def count(messages: Sequence[Message]) -> int:
        asked.append(messages)
        return 88

    use = await context_use(conversation("Is it? " * 40, None), "Be kind.", 100, count)
    assert use == ContextUse(num_tokens=88, max_model_len=100, is_estimate=False)
    assert [m["role"] for m in asked[0]] == ["system", "user", "assistant"]


async def test_a_tokenizer_that_does_not_answer_leaves_the_estimate() -> None:
    async def count(_: Sequence[Message]) -> None:
        return None

    use = await context_use(conversation("Is it? " * 40, None), "", 100, count)
    assert use.is_estimate
    assert use.fraction is not None


async def test_a_limit_that_is_not_known_asks_nobody_and_has_no_fraction() -> None:
    use = await context_use(conversation("Is it? " * 400, None), "", None, not_asked)
    assert (use.max_model_len, use.fraction) == (None, None)


async def test_more_than_all_is_all() -> None:
    use = await context_use(conversation("Is it?", COUNTED), "", 500, not_asked)
    assert use.fraction == 1.0
