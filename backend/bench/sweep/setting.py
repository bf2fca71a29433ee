"""The three flags that a sweep moves, and the engine that they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.bench.tips.plan import Configuration
from backend.sizing.recommend import capture_sizes, max_num_queued_reqs


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Values for vLLM's flags of the same names."""

    max_num_seqs: int
    max_num_batched_tokens: int
    stream_interval: int

    def __str__(self) -> str:
        return (
            f"max-num-seqs {self.max_num_seqs}, max-num-batched-tokens "
            f"{self.max_num_batched_tokens}, stream-interval {self.stream_interval}"
        )

    def times(self, name: str, factor: float) -> Setting | None:
        """The same with one flag moved; `None` beyond what makes sense."""
        value = int(getattr(self, name) * factor)
        moved: Setting = replace(self, **{name: value})
        return moved if moved.is_sensible else None

    @property
    def is_sensible(self) -> bool:
        """Whether vLLM takes it: a step holds at least a token of each sequence."""
        return (
            1 <= self.max_num_seqs <= 2048
            and max(64, self.max_num_seqs) <= self.max_num_batched_tokens <= 65_536
            and 1 <= self.stream_interval <= 32
        )

    def flags(self, *, has_graphs: bool) -> dict[str, tuple[str, ...]]:
        """The flags, with those that follow from them: queue and, on a card, captured graphs."""
        flags: dict[str, tuple[str, ...]] = {
            "max-num-seqs": (str(self.max_num_seqs),),
            "max-num-batched-tokens": (str(self.max_num_batched_tokens),),
            "stream-interval": (str(self.stream_interval),),
            "max-num-queued-reqs": (str(max_num_queued_reqs(self.max_num_seqs)),),
        }
        if has_graphs:
            sizes = capture_sizes(self.max_num_seqs)
            flags["cudagraph-capture-sizes"] = tuple(map(str, sizes))
        return flags

    def configuration(self, *, num_users: int, has_graphs: bool) -> Configuration:
        """The engine; its queue holds all users of the load, so that none is refused."""
        flags = self.flags(has_graphs=has_graphs)
        queue = max_num_queued_reqs(max(self.max_num_seqs, num_users))
        flags["max-num-queued-reqs"] = (str(queue),)
        words = [word for name, values in flags.items() for word in (f"--{name}", *values)]
        return Configuration(name=str(self), flags=tuple(words))
