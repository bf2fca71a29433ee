"""What several experiments share: the profile's own engine, usual loads, the plots' axes."""

from __future__ import annotations

from collections.abc import Sequence

from backend.bench.tips.machine import Machine
from backend.bench.tips.plan import Axis, Configuration
from backend.bench.tips.workloads import RandomPrompts

OWN = Configuration(name="profile")

TOKENS_PER_SECOND = Axis(number="output_tokens_per_second", label="output tok/s", x_label="users")
TTFT = Axis(number="ttft_seconds", label="TTFT, s", x_label="users")
KV_TOKENS = Axis(
    number="num_kv_cache_tokens", label="KV cache, tokens", x_label="engine", of_boot=True
)


def engine(name: str, flags: str) -> Configuration:
    """An engine with flags after the profile's."""
    return Configuration(name=name, flags=tuple(flags.split()))


def users(machine: Machine) -> Sequence[int]:
    """From one user to more than are served at once."""
    if machine.has_gpu:
        return (1, 32, 256) if machine.is_quick else (1, 4, 32, 128, 256)
    return (1, 8) if machine.is_quick else (1, 4, 16, 32, 64)


def chats(machine: Machine, num_users: int) -> RandomPrompts:
    """Chat-like: a question of some length, and a reply."""
    if machine.has_gpu:
        num_prompts = max(4, 2 * num_users)
        return RandomPrompts(
            num_users=num_users, num_prompts=num_prompts, input_tokens=512, output_tokens=128
        )
    return RandomPrompts(
        num_users=num_users,
        num_prompts=max(2, num_users),
        input_tokens=32 if machine.is_quick else 64,
        output_tokens=16 if machine.is_quick else 32,
    )


def varied(
    *, num_users: int, input_tokens: int, num_prompts: int = 256, output_tokens: int = 128
) -> RandomPrompts:
    """Prompts and replies of very different lengths, which may be too much for an engine."""
    return RandomPrompts(
        num_users=num_users,
        num_prompts=num_prompts,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        range_ratio=0.8,
        may_fail=True,
    )
