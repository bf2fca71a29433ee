"""What the fake engine remembers of a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["running", "finished", "broken", "aborted"]


@dataclass
class ChatRequest:
    """One `POST /v1/chat/completions`; times are the event loop's, in seconds.

    Outcomes: `finished` (the script ran to its end), `broken` (the script cut the connection),
    `aborted` (the client went).
    """

    body: dict[str, Any]
    headers: Mapping[str, str]
    started_at: float
    num_running: int  # when it came, this one included
    outcome: Outcome = "running"
    num_tokens_sent: int = 0
    first_token_at: float | None = None
    ended_at: float | None = None

    def note_tokens(self, num_tokens: int, *, at: float) -> None:
        self.num_tokens_sent += num_tokens
        if self.first_token_at is None:
            self.first_token_at = at

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.body.get("messages", [])
        return messages

    @property
    def last_user(self) -> str:
        """The text of the last user message."""
        users = [text_of(m) for m in self.messages if m.get("role") == "user"]
        return users[-1] if users else ""

    @property
    def said(self) -> list[str]:
        """The texts of all messages, in order."""
        return [text_of(m) for m in self.messages]

    @property
    def num_prompt_tokens(self) -> int:
        return count_tokens(self.messages)

    @property
    def max_tokens(self) -> int | None:
        """The most tokens that the client asks for."""
        limit: int | None = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return limit

    @property
    def wants_usage(self) -> bool:
        options: dict[str, Any] = self.body.get("stream_options") or {}
        return bool(options.get("include_usage"))


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message, of all its parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def count_tokens(messages: list[dict[str, Any]]) -> int:
    """The fake tokenizer: four characters a token, and four tokens around each message."""
    return sum(4 + -(-len(text_of(m)) // 4) for m in messages)
