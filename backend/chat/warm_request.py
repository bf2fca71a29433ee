"""Requests as the chat sends them, for the warm-up and the canary."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle

from backend.llm.client import EngineClient, Message, Sampling


class WarmRequests:
    """Asks for replies that nobody reads.

    Args:
        client: opens streams.
        model: the served model name, once it is known.
        samplings: the chat's own parameters, taken in turn: they choose the engine's kernels.
    """

    def __init__(
        self, client: EngineClient, model: Callable[[], str | None], samplings: Sequence[Sampling]
    ) -> None:
        self._client = client
        self._model = model
        self._samplings = cycle(samplings)

    async def generate(self, prompt: str, max_tokens: int) -> float:
        """TTFT in seconds of one reply, when it has ended.

        Raises:
            EngineError: no reply, or none to its end.
        """
        messages: list[Message] = [{"role": "user", "content": prompt}]
        sampling = replace(next(self._samplings), max_tokens=max_tokens)
        stream = await self._client.open(self._model() or "", messages, sampling)
        first_text_at = time.monotonic()
        async with stream:
            async for _ in stream:
                pass
        return first_text_at - stream.sent_at
