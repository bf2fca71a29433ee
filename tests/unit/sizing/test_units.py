from __future__ import annotations

import pytest

from backend.sizing.errors import SizingError
from backend.sizing.units import explain_token_count, in_gib, parse_token_count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("8192", 8192),
        ("32K", 32_768),
        ("32k", 32_000),
        ("25.6k", 25_600),
        ("1M", 2**20),
        (" 32,768 ", 32_768),
        ("16_384", 16_384),
    ],
)
def test_counts_are_read_as_vllm_reads_them(text: str, count: int) -> None:
    assert parse_token_count(text) == count


@pytest.mark.parametrize("text", ["", "many", "-1", "0", "0K", "1.5K", "12.5", "32kb", "auto"])
def test_nonsense_is_refused_with_one_sentence(text: str) -> None:
    with pytest.raises(SizingError, match=r"tokens?\b.*\.$"):
        parse_token_count(text)


def test_a_fraction_of_a_binary_unit_is_answered_with_what_was_meant() -> None:
    with pytest.raises(SizingError, match=r"write 1\.5k"):
        parse_token_count("1.5K")
    with pytest.raises(SizingError, match="write 12"):
        parse_token_count("12.5")


def test_32k_is_explained_beside_32_capital_k() -> None:
    note = explain_token_count("32k")
    assert note is not None
    assert "32,000" in note
    assert "32,768" in note


@pytest.mark.parametrize("text", ["32K", "8192", "25.6k"])
def test_what_is_not_ambiguous_needs_no_explanation(text: str) -> None:
    assert explain_token_count(text) is None


def test_sizes_are_shown_in_gib() -> None:
    assert in_gib(7.64 * 2**30) == "7.6 GiB"
