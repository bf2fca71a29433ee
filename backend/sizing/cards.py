"""Which card a driver's or a person's name means."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches

from backend.sizing.card import Card
from backend.sizing.card_table import CARDS
from backend.sizing.errors import UnknownCardError

# Words of a name that do not tell one card from another.
_NEUTRAL = re.compile(
    r"nvidia|geforce|tesla|quadro|rtx|gpu|tensor|core|generation|edition|blackwell|workstation"
    r"|hbm\d\w?|sxm\d?|pcie"
)
_MEMORY = re.compile(r"(\d+)gb")
_SAME_MEMORY = 0.12  # CUDA reports up to 9 % less than the label (A10, L4 with ECC)


def find_card(name: str, memory_gib: float | None = None) -> Card | None:
    """The card of the table that `name` means; `None` where there is none.

    Args:
        name: as the driver says it (`NVIDIA A100-SXM4-80GB`) or as people do (`RTX 4090`).
        memory_gib: as CUDA reports it; tells cards of one name apart (A100 40 and 80 GB), and a
            card whose memory does not match is not the one in the table (a MIG slice, say).
    """
    words = _words(name)
    labels = [int(match[1]) for match in map(_MEMORY.fullmatch, words) if match]
    named = [card for card in CARDS if _is_named(_words(card.name), words)]
    size = memory_gib if memory_gib is not None else (labels[0] if labels else None)
    if size is not None:
        named = [card for card in named if abs(card.memory_gib / size - 1) < _SAME_MEMORY]
    return max(named, key=lambda card: len(_words(card.name) & words), default=None)


def card_for(
    name: str,
    memory_gib: float | None = None,
    compute_capability: tuple[int, int] | None = None,
) -> Card:
    """The card of the table, or one made of what is known about it (`known` is false then).

    What the driver says counts more than the table: memory differs by 1 % between drivers.

    Raises:
        UnknownCardError: the name is not in the table and no memory was given.
    """
    card = find_card(name, memory_gib)
    if card is None and memory_gib is None:
        raise UnknownCardError(
            f"There is no card named {name!r} in the table{_did_you_mean(name)}: say how much "
            "memory it has (--memory-gib) and its compute capability (--compute-capability)."
        )
    card = card or Card(name=name, memory_gib=0.0, compute_capability=None, known=False)
    return replace(
        card,
        memory_gib=memory_gib or card.memory_gib,
        compute_capability=compute_capability or card.compute_capability,
    )


def _is_named(card: set[str], name: set[str]) -> bool:
    """Whether a name holds all words that tell a card apart, and no other such words."""
    return _telling(card) <= name and _telling(name) <= card


def _telling(words: set[str]) -> set[str]:
    return {word for word in words if not (_NEUTRAL.fullmatch(word) or _MEMORY.fullmatch(word))}


def _did_you_mean(name: str) -> str:
    close = get_close_matches(name.upper(), [card.name.upper() for card in CARDS], n=3)
    names = [card.name for card in CARDS if card.name.upper() in close]
    return f" (it has {', '.join(names)})" if names else ""


def _words(name: str) -> set[str]:
    """The words of a name, lower case: `RTX4060Ti-16 GB` → rtx 4060 ti 16gb."""
    text = re.sub(r"(\d+)\s*gi?b\b", r"\1gb", name.lower())
    text = re.sub(r"\b(rtx|gtx)(?=[a-z]?\d)", r"\1 ", text)
    text = re.sub(r"(?<=\d)(ti|super)\b", r" \1", text)
    return set(re.findall(r"[a-z0-9]+", text))
