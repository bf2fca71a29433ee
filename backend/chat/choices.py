"""How replies are asked for: what a person chose, over a profile, over the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from backend.llm.client import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """System prompt and sampling parameters, in vLLM's words. `None`: nothing was chosen."""

    system_prompt: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] | None = None
    json_schema: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Self:
        """The choices among these values: what `as_json` gave, or the process's settings."""
        known = {field.name for field in fields(cls)}
        said = {name: value for name, value in (stored or {}).items() if name in known}
        if said.get("stop") is not None:
            said["stop"] = tuple(said["stop"])
        return cls(**said)

    def as_json(self) -> dict[str, Any]:
        """What was chosen, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def over(self, below: Choices) -> Choices:
        """These choices, and where nothing was chosen the ones below."""
        chosen = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(below, **{n: value for n, value in chosen.items() if value is not None})

    @property
    def sampling(self) -> Sampling:
        """The part that the engine takes beside the messages."""
        return Sampling(
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            max_tokens=self.max_tokens,
            seed=self.seed,
            stop=self.stop or (),
            json_schema=self.json_schema,
        )
