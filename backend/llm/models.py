"""The models that the engine serves."""

from __future__ import annotations

from typing import NamedTuple

from backend.errors import NotAnEngineError
from backend.llm.client import EngineClient


class ServedModel(NamedTuple):
    """One model of `/v1/models`. `max_model_len` is in tokens, `None` where it is not told."""

    name: str
    max_model_len: int | None


async def list_models(client: EngineClient) -> list[ServedModel]:
    """The served models, in the engine's order.

    Raises:
        EngineError: the engine does not list them.
    """
    answer = await client.ask("/v1/models")
    cards = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(cards, list):
        raise NotAnEngineError("/v1/models holds no list")
    return [
        ServedModel(card["id"], card.get("max_model_len"))
        for card in cards
        if isinstance(card, dict) and isinstance(card.get("id"), str)
    ]
