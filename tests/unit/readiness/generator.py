"""An engine for warm-ups, whose bursts take as long as a test says."""

from __future__ import annotations

import asyncio

from tests.unit.readiness.fake_time import FakeTime


class Generator:
    """Generates as slowly as the test says, and knows how much runs at once."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.prompts: list[str] = []
        self.max_tokens: set[int] = set()
        self.running = 0
        self.bursts: list[float | None] = []  # TTFT of each burst; None never ends; then the last
        self.failure: Exception | None = None
        self.fails_at = 0
        self.others = 0
        self._burst: float | None = 0.1

    async def __call__(self, prompt: str, max_tokens: int) -> float:
        self.prompts.append(prompt)
        self.max_tokens.add(max_tokens)
        if self.failure is not None and len(self.prompts) >= self.fails_at:
            raise self.failure
        if self.running == 0 and self.bursts:
            self._burst = self.bursts.pop(0)
        self.running += 1
        try:
            ttft_seconds = self._burst
            if ttft_seconds is None:
                await asyncio.Event().wait()
                raise AssertionError
            await self.time.sleep(ttft_seconds)
            return ttft_seconds
        finally:
            self.running -= 1

    async def count_requests(self) -> int | None:
        return self.running + self.others
