from __future__ import annotations

import pytest

from backend.launcher.flags import Flag, FlagError, count_of, merge, read_flags


def words(flags: tuple[Flag, ...]) -> list[str]:
    return [word for flag in flags for word in flag.words]


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("--max-num-seqs 8", [("--max-num-seqs", ("8",))]),
        ("--max-num-seqs=8", [("--max-num-seqs", ("8",))]),
        ("--max_num_seqs 8", [("--max-num-seqs", ("8",))]),
        ("--no-enforce-eager", [("--no-enforce-eager", ())]),
        ("--sizes 1 2 4 --x", [("--sizes", ("1", "2", "4")), ("--x", ())]),
        ("--seed -1", [("--seed", ("-1",))]),
        ("-tp 2", [("--tensor-parallel-size", ("2",))]),
        ("-q=fp8", [("--quantization", ("fp8",))]),
        ("-O3", [("-O3", ())]),
        ("--compilation-config.some_key=a=b", [("--compilation-config.some_key", ("a=b",))]),
    ],
)
def test_flags_are_read_in_every_form_that_vllm_takes(
    line: str, flags: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(flag.name, flag.values) for flag in read_flags(line.split())] == flags


def test_a_word_before_the_first_flag_is_an_error() -> None:
    with pytest.raises(FlagError, match=r"^4096$"):
        read_flags(["4096", "--max-model-len"])


def test_of_two_equal_flags_the_last_wins_in_the_place_of_the_first() -> None:
    merged = merge(
        read_flags(["--max-model-len", "8192", "--enforce-eager", "--seed", "1"]),
        read_flags(["--no-enforce-eager", "--max_model_len=4096"]),
    )
    assert words(merged) == ["--max-model-len", "4096", "--no-enforce-eager", "--seed", "1"]


@pytest.mark.parametrize(
    ("value", "count"),
    [("16", 16), ("8k", 8000), ("8K", 8192), ("25.6k", 25600), ("1M", 2**20), ("auto", None)],
)
def test_a_count_is_read_as_vllm_reads_it(value: str, count: int | None) -> None:
    assert count_of([Flag("--max-model-len", (value,))], "--max-model-len") == count


def test_a_flag_that_is_not_there_has_no_count() -> None:
    assert count_of([Flag("--enforce-eager")], "--max-num-seqs") is None
    assert count_of([Flag("--max-num-seqs")], "--max-num-seqs") is None
