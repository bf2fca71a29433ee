from __future__ import annotations

import pytest

from backend.launcher.masking import masking


def test_a_known_secret_is_replaced_wherever_it_stands() -> None:
    mask = masking(["s3cret"])
    assert mask("key s3cret, url ?k=s3cret&x") == "key ***, url ?k=***&x"


def test_of_two_secrets_that_overlap_the_longer_one_goes_first() -> None:
    assert masking(["abc", "abcdef"])("abcdef abc") == "*** ***"


def test_an_empty_secret_replaces_nothing() -> None:
    assert masking(["", ""])("a line") == "a line"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("vllm serve --api-key abc --port 1", "vllm serve --api-key *** --port 1"),
        ("vllm serve --hf-token=abc", "vllm serve --hf-token=***"),
        ("args: {'api_key': ['abc'], 'port': 1}", "args: {'api_key': ['***'], 'port': 1}"),
        ("HF_TOKEN=abc", "HF_TOKEN=***"),
        ("invalid user hf_abcdefghijklmnopqrst", "invalid user ***"),
        ("http://me:pass@proxy:3128/", "http://me:***@proxy:3128/"),
    ],
)
def test_what_looks_like_a_secret_is_masked_though_nobody_told(line: str, shown: str) -> None:
    assert masking([])(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "tokenizer='/models/smollm2', tokenizer_mode=auto",
        "Starting vLLM server on http://127.0.0.1:8001",
        "CPU KV cache size: 46,592 tokens",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert masking([])(line) == line
