"""What an engine is asked to do in one run, as values: they name a run in the journal.

Numbers that a run gives, by name: `output_tokens_per_second`, `ttft_seconds` (mean; of prompts
that share a prefix the median, for the first of them is cold), `ttft_p99_seconds`, `tpot_seconds`
(median), `latency_seconds` (mean), `num_failed`, and what a workload's own text says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomPrompts:
    """`vllm bench serve`, random prompts, so many users at once; also `num_preemptions`.

    Lengths vary evenly by `range_ratio` (0..1) around `input_tokens` and `output_tokens`.
    `may_fail`: requests that fail are counted; otherwise one of them makes the run a failed one.
    """

    num_users: int
    num_prompts: int
    input_tokens: int
    output_tokens: int
    range_ratio: float = 0.0
    may_fail: bool = False

    @property
    def x(self) -> float:
        """Where it stands on a plot's axis."""
        return self.num_users

    @property
    def series(self) -> str:
        """Its line in a plot, where an engine has several."""
        return ""

    @property
    def words(self) -> str:
        """What is asked, for people."""
        return "1 user" if self.num_users == 1 else f"{self.num_users} users"

    @property
    def num_tokens(self) -> float:
        """Its work in output tokens; a prompt's token is about a tenth of one."""
        return self.num_prompts * (self.output_tokens + self.input_tokens / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """`vllm bench serve`, prompts with a prefix, one after another; `is_shared`: all the same."""

    prefix_tokens: int
    is_shared: bool
    num_prompts: int
    suffix_tokens: int = 32
    output_tokens: int = 2

    @property
    def x(self) -> float:
        """Where it stands on a plot's axis."""
        return self.prefix_tokens

    @property
    def series(self) -> str:
        """Its line in a plot, where an engine has several."""
        return "shared prefix" if self.is_shared else "cold prefix"

    @property
    def words(self) -> str:
        """What is asked, for people."""
        return f"{self.series} of {self.prefix_tokens:,} tokens"

    @property
    def num_tokens(self) -> float:
        """Its work in output tokens."""
        return self.num_prompts * (self.output_tokens + self.prefix_tokens / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One long conversation whose context is full after some turns; also `cached_share`.

    `trimming`: `half` as our chat does, or `turn`: one turn at a time. `cached_share` and
    `ttft_seconds` are of the turns from the first trimming on.
    """

    trimming: Literal["half", "turn"]
    num_turns: int
    context_tokens: int
    question_tokens: int
    output_tokens: int

    @property
    def x(self) -> float:
        """Where it stands on a plot's axis."""
        return self.context_tokens

    @property
    def series(self) -> str:
        """Its line in a plot, where an engine has several."""
        return {"half": "half at once", "turn": "one turn at a time"}[self.trimming]

    @property
    def words(self) -> str:
        """What is asked, for people."""
        return f"history trimmed {self.series}"

    @property
    def num_tokens(self) -> float:
        """Its work in output tokens."""
        return self.num_turns * (self.output_tokens + self.context_tokens / 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Ten questions, so many at once; also `answered_seconds` and `card_use`.

    `latency_seconds`: of a question from when it is sent; `answered_seconds`: mean until an answer
    is complete, from when the first of all was sent. `card_use`: 0..1, `None` without a GPU.
    """

    num_at_once: int
    output_tokens: int

    @property
    def x(self) -> float:
        """Where it stands on a plot's axis."""
        return self.num_at_once

    @property
    def series(self) -> str:
        """Its line in a plot, where an engine has several."""
        return ""

    @property
    def words(self) -> str:
        """What is asked, for people."""
        return f"10 questions, {self.num_at_once} at once"

    @property
    def num_tokens(self) -> float:
        """Its work in output tokens."""
        return 10 * self.output_tokens * (1 if self.num_at_once == 1 else 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """So many requests in one instant; also `num_answered` and `num_refused` (503)."""

    num_requests: int
    output_tokens: int

    @property
    def x(self) -> float:
        """Where it stands on a plot's axis."""
        return self.num_requests

    @property
    def series(self) -> str:
        """Its line in a plot, where an engine has several."""
        return ""

    @property
    def words(self) -> str:
        """What is asked, for people."""
        return f"{self.num_requests} requests at once"

    @property
    def num_tokens(self) -> float:
        """Its work in output tokens."""
        return self.num_requests * self.output_tokens / 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A fixed text is read: `loss`, its mean negative log likelihood a token, in nats."""

    num_prompts: int = 1

    @property
    def x(self) -> float:
        """Where it stands on a plot's axis."""
        return 0

    @property
    def series(self) -> str:
        """Its line in a plot, where an engine has several."""
        return ""

    @property
    def words(self) -> str:
        """What is asked, for people."""
        return "a text's loss"

    @property
    def num_tokens(self) -> float:
        """Its work in output tokens."""
        return 30


Workload = RandomPrompts | Prefix | Chat | Questions | Burst | Text
