"""The local estimate, beside what two tokenizers make of the same text.

The counts were taken once with Qwen's byte-level BPE (`qwen.tiktoken`) and SmolLM2's
`tokenizer.json`.
"""

from __future__ import annotations

import pytest

from backend.llm.tokens import estimate_num_tokens

ENGLISH = (
    "The page comes first: installing and downloading the engine are phases seen in it. "
    "Ctrl-C stops both, leaving no process behind."
)
CODE = '''
def add(first: int, second: int) -> int:
    """Return the sum."""
    return first + second
'''
CHINESE = "当一个模型第一次启动时，它需要加载权重、分配显存并编译计算图，这个过程可能需要几分钟。"
JAPANESE = (
    "モデルが最初に起動するときには、重みの読み込みやメモリの割り当てに数分かかることがあります。"
)
KOREAN = "모델이 처음 시작될 때는 가중치를 불러오는 데 몇 분이 걸릴 수 있습니다."
RUSSIAN = "При первом запуске модели нужно загрузить веса и выделить память."
DIGITS = "3.1415926535, 2.7182818284, 1.4142135623"
EMOJI = "🙂🎉🚀🔥😀👍"


@pytest.mark.parametrize(
    ("text", "qwen", "smollm2"),
    [
        pytest.param(ENGLISH, 26, 27, id="English"),
        pytest.param(CODE, 26, 27, id="code"),
        pytest.param(CHINESE, 27, 72, id="Chinese"),
        pytest.param(JAPANESE, 29, 81, id="Japanese"),
        pytest.param(KOREAN, 26, 81, id="Korean"),
        pytest.param(RUSSIAN, 22, 48, id="Russian"),
        pytest.param(DIGITS, 40, 40, id="digits"),
        pytest.param(EMOJI, 6, 17, id="emoji"),
    ],
)
def test_is_never_far_below_and_never_far_above(text: str, qwen: int, smollm2: int) -> None:
    estimate = estimate_num_tokens(text)

    assert estimate >= 0.7 * max(qwen, smollm2)
    assert estimate <= 3.0 * min(qwen, smollm2)


def test_nothing_is_no_token() -> None:
    assert estimate_num_tokens("") == 0


def test_grows_with_the_text() -> None:
    assert estimate_num_tokens(CHINESE * 1000) == pytest.approx(
        1000 * estimate_num_tokens(CHINESE), rel=0.02
    )


def test_half_a_surrogate_pair_is_counted_too() -> None:
    assert estimate_num_tokens("\ud83d" * 10) > 0
