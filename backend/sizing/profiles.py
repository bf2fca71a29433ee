"""Which profile of `config/profiles/` fits a machine, by memory and compute capability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.sizing.card import Card
from backend.sizing.errors import UnsupportedCardError
from backend.sizing.gpu import Gpu

CPU_PROFILE = "cpu"

# CUDA 13, which vLLM 0.32.0 and its image are built with, has no code for older cards.
OLDEST_COMPUTE_CAPABILITY = (7, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChoice:
    """A file of `config/profiles/`, without its ending, and one sentence that says why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Cards from this much memory and this compute capability on take this profile."""

    name: str
    memory_gib: float
    compute_capability: tuple[int, int]
    reason: str


# First match wins. Memory bounds lie between the classes' cards as CUDA reports them.
_RULES = (
    _Rule(
        name="h200-141gb",
        memory_gib=120,
        compute_capability=(8, 9),
        reason="120 GiB or more and fp8 tensor cores",
    ),
    _Rule(
        name="h100-80gb",
        memory_gib=70,
        compute_capability=(8, 9),
        reason="70 GiB or more and fp8 tensor cores",
    ),
    _Rule(
        name="a100-80gb",
        memory_gib=70,
        compute_capability=(8, 0),
        reason="70 GiB or more, no fp8 tensor cores",
    ),
    _Rule(
        name="ada-48gb",
        memory_gib=36,
        compute_capability=(8, 9),
        reason="36 to 70 GiB and fp8 tensor cores",
    ),
    _Rule(
        name="ampere-48gb",
        memory_gib=42,
        compute_capability=(8, 0),
        reason="42 to 70 GiB, no fp8 tensor cores",
    ),
    _Rule(
        name="a100-40gb",
        memory_gib=36,
        compute_capability=(8, 0),
        reason="36 to 42 GiB, no fp8 tensor cores",
    ),
    _Rule(
        name="blackwell-32gb",
        memory_gib=28,
        compute_capability=(8, 9),
        reason="28 to 36 GiB and fp8 tensor cores",
    ),
    _Rule(
        name="ada-24gb",
        memory_gib=18.5,
        compute_capability=(8, 9),
        reason="18.5 to 28 GiB and fp8 tensor cores",
    ),
    _Rule(
        name="ampere-24gb",
        memory_gib=18.5,
        compute_capability=(8, 0),
        reason="18.5 to 36 GiB, no fp8 tensor cores",
    ),
    _Rule(
        name="consumer-12-16gb",
        memory_gib=0,
        compute_capability=(8, 0),
        reason="less than 18.5 GiB: a 4 bit checkpoint",
    ),
    _Rule(
        name="turing",
        memory_gib=0,
        compute_capability=OLDEST_COMPUTE_CAPABILITY,
        reason="Turing: no bf16, so fp16 and a 4 bit checkpoint",
    ),
)


def choose_profile(gpus: Sequence[Gpu]) -> ProfileChoice:
    """The profile for a machine's cards; none: the CPU's; of several the smallest decides.

    Raises:
        UnsupportedCardError: a card that this vLLM does not run on, or one that neither the table
            nor the driver tells the compute capability of.
    """
    if not gpus:
        return ProfileChoice(name=CPU_PROFILE, reason="no GPU is visible")
    cards = [gpu.card for gpu in gpus]
    choices = [(card, _rule_for(card)) for card in cards]
    card, rule = max(choices, key=lambda choice: _RULES.index(choice[1]))
    capability = ".".join(map(str, card.compute_capability or ()))
    is_sized = all(gpu.total_bytes is not None for gpu in gpus)
    memory = f"{card.memory_gib:.1f} GiB" if is_sized else "memory unknown"
    reason = f"{card.name}, {memory}, compute capability {capability}"
    if len(cards) > 1:
        reason = f"the smallest of {len(cards)} cards is {reason}"
    if not card.known:
        by = "memory and compute capability" if is_sized else "compute capability alone"
        reason += f" (not in the card table: chosen by {by})"
    return ProfileChoice(name=rule.name, reason=f"{reason}: {rule.reason}")


def is_too_old(gpu: Gpu) -> bool:
    """Whether it is known that this vLLM does not run on a card."""
    capability = gpu.card.compute_capability
    return capability is not None and capability < OLDEST_COMPUTE_CAPABILITY


def _rule_for(card: Card) -> _Rule:
    capability = card.compute_capability
    if capability is None:
        raise UnsupportedCardError(
            f"Neither the card table nor the driver tells the compute capability of {card.name}: "
            "name a profile yourself."
        )
    for rule in _RULES:
        if card.memory_gib >= rule.memory_gib and capability >= rule.compute_capability:
            return rule
    raise UnsupportedCardError(
        f"{card.name} has compute capability {capability[0]}.{capability[1]}; vLLM 0.32.0 needs "
        f"{OLDEST_COMPUTE_CAPABILITY[0]}.{OLDEST_COMPUTE_CAPABILITY[1]} (Turing) or newer."
    )
