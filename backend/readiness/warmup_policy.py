"""How much the warm-up generates, and when that is enough: values, without a clock or an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

SHORT_PROMPT_TOKENS = 32  # about: the identifier alone is some 20
_CAUTIOUS_MAX_MODEL_LEN = 2048  # where the engine does not say how long its context is


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What the engine serves: sequences at once, tokens of context; unknown is `None`."""

    max_num_seqs: int | None = None
    max_model_len: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A burst that is repeated until it is steady.

    Of `num_requests` at once, `num_long` have a prompt of about `long_prompt_tokens`.
    """

    num_requests: int
    max_tokens: int
    num_long: int = 0
    long_prompt_tokens: int = 0

    @property
    def name(self) -> str:
        """Tells it from the others of an engine; kept from start to start."""
        longs = f" {self.num_long}x{self.long_prompt_tokens}" if self.num_long else ""
        return f"{self.num_requests}{longs}"

    @property
    def num_tokens(self) -> int:
        """About how many tokens one burst costs, prompts and replies."""
        num_short = self.num_requests - self.num_long
        prompts = num_short * SHORT_PROMPT_TOKENS + self.num_long * self.long_prompt_tokens
        return prompts + self.num_requests * self.max_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupPolicy:
    """How much is generated, and when it is enough. Times are in seconds.

    Attributes:
        burst_sizes: requests at once, one series of bursts for each size below the largest.
        max_burst: the largest burst; `None` takes as many sequences as the engine runs at once.
        usual_max_burst: the largest burst where neither is known.
        long_prompt_tokens: lengths of the long prompts, each tried alone before larger bursts.
        requests_per_long_prompt: one of so many requests of a burst has the long prompt.
        max_tokens: length of each reply: compiling shows in the first.
        steady_ratio: a burst whose mean TTFT is at most so many times that of the one before it
            is no slower (1.2 is what repeated bursts differ by on a warm H100).
        slow_ratio: one whose mean TTFT is more than so many times the lone request's is slow
            (bursts of 32 on an H100: up to 4.8 when warm, 66 when they compiled).
        max_bursts: bursts in a series at most, steady or not; at least 2.
        max_seconds: after so long no burst is added to the 2 of a series.
        max_series_seconds: what follows the smallest burst is left out if 2 bursts of it are
            expected to take longer.
        max_total_tokens: what all of them may cost; the smallest burst does not ask.
        patience_seconds: a lone request without an answer gets company after so long.
        num_lone_requests: so many lone requests without an answer are a time-out.
        min_burst_timeout_seconds: a burst may take so long, or twice what its requests take one
            after another, up to `max_burst_timeout_seconds`.
        max_burst_timeout_seconds: see above.
        polite_seconds: how long it waits, in all, for an engine that other people use.
        look_seconds: between two looks at what other people's requests do.
    """

    burst_sizes: tuple[int, ...] = (8, 32)
    max_burst: int | None = None
    usual_max_burst: int = 32
    long_prompt_tokens: tuple[int, ...] = (256, 2048)
    requests_per_long_prompt: int = 16
    max_tokens: int = 8
    steady_ratio: float = 1.2
    slow_ratio: float = 5.0
    max_bursts: int = 6
    max_seconds: float = 12.0
    max_series_seconds: float = 4.0
    max_total_tokens: int = 250_000
    patience_seconds: float = 8.0
    num_lone_requests: int = 8
    min_burst_timeout_seconds: float = 10.0
    max_burst_timeout_seconds: float = 60.0
    polite_seconds: float = 3.0
    look_seconds: float = 0.25

    def smallest_burst(self, capacity: Capacity) -> Series:
        """Short prompts: how long it takes tells how fast the engine is once it is warm."""
        return self._burst(self._sizes(capacity)[0])

    def long_prompts(self, capacity: Capacity) -> list[Series]:
        """A long prompt alone, shorter ones first: at most a quarter of the context."""
        longest = (capacity.max_model_len or _CAUTIOUS_MAX_MODEL_LEN) // 4
        return [
            self._burst(1, num_long=1, long_prompt_tokens=tokens)
            for tokens in self.long_prompt_tokens
            if tokens <= longest
        ]

    def larger_bursts(self, capacity: Capacity, long_prompt_tokens: int) -> list[Series]:
        """Every other size that will be served, with long prompts among the short ones.

        `long_prompt_tokens`: how long these are; 0 for none.
        """
        return [
            self._burst(
                size,
                num_long=-(-size // self.requests_per_long_prompt) if long_prompt_tokens else 0,
                long_prompt_tokens=long_prompt_tokens,
            )
            for size in self._sizes(capacity)[1:]
        ]

    def _sizes(self, capacity: Capacity) -> list[int]:
        largest = self.max_burst or capacity.max_num_seqs or self.usual_max_burst
        return [*(size for size in self.burst_sizes if size < largest), largest]

    def _burst(self, num_requests: int, **attributes: Any) -> Series:
        return Series(num_requests=num_requests, max_tokens=self.max_tokens, **attributes)

    def burst_timeout_seconds(self, size: int, lone_ttft_seconds: float) -> float:
        """How long a burst may take on an engine whose lone request took so long to begin."""
        seconds = max(2 * size * lone_ttft_seconds, self.min_burst_timeout_seconds)
        return min(seconds, self.max_burst_timeout_seconds)

    def is_steady(
        self,
        means: Sequence[float],
        lone_ttft_seconds: float,
        known_ttft_seconds: float | None = None,
    ) -> bool:
        """Whether bursts of these mean TTFTs, in seconds, oldest first, end a series.

        The last one is no slower than the one before it. If it is slow all the same, either both
        compiled or so many at once take so long: one more burst tells, which is quick, or else no
        slower again. So an engine that is warm at once pays for two bursts, or for three.

        Args:
            means: at least one.
            lone_ttft_seconds: of the lone request.
            known_ttft_seconds: the steady one of this series at an earlier start of the same
                command: a burst that is no slower than that is enough by itself.
        """
        if known_ttft_seconds is not None and means[-1] <= known_ttft_seconds * self.steady_ratio:
            return True
        is_slow = means[-1] > lone_ttft_seconds * self.slow_ratio
        num_pairs = 2 if is_slow else 1
        pairs = list(pairwise(means))[-num_pairs:]
        return len(pairs) == num_pairs and all(
            later <= earlier * self.steady_ratio for earlier, later in pairs
        )
