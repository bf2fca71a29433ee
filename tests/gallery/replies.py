"""What people ask in the pictures, and what the engine answers."""

from __future__ import annotations

from tests.fakes.engine import FakeEngine
from tests.fakes.replies import Done, Finish, HttpError, Pause, Reset, Say, Stream, Usage, says

SKY = {"en": "Why is the sky blue?", "zh-CN": "天空为什么是蓝色的？"}
CODE = {"en": "Show me code, a table and a formula.", "zh-CN": "请给我看代码、表格和公式。"}
BUSY = {"en": "Which seas are salty?", "zh-CN": "哪些海是咸的？"}
STORY = {"en": "Tell me a long story.", "zh-CN": "给我讲一个长故事。"}

TOKEN_SECONDS = 0.016

_SKY = {
    "en": "Sunlight holds all colours. Air scatters short waves, the **blue** ones, far more than "
    "long ones, the red ones: this is *Rayleigh scattering*. So blue light comes to the eye from "
    "every part of the sky.\n\nAt sunset the light takes a longer way through the air. Most of the "
    "blue is scattered away before it arrives, and what is left is red.",
    "zh-CN": "太阳光包含所有颜色。空气对短波（**蓝光**）的散射远强于长波（红光），"
    "这就是*瑞利散射*。所以从天空的每个方向都有蓝光进入眼睛。\n\n日落时光线在空气中走的路更长，"
    "大部分蓝光在到达之前就被散射掉了，剩下的是红光。",
}
_CODE = {
    "en": "A function:\n\n```python\ndef is_leap(year: int) -> bool:\n    # every 4th year, but "
    "not most centuries\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n```\n\n"
    "| year | leap |\n|---|---|\n| 1900 | no |\n| 2000 | yes |\n\nThe mean length of a year:\n\n"
    "$$365 + \\frac{97}{400} = 365.2425$$\n",
    "zh-CN": "一个函数：\n\n```python\ndef is_leap(year: int) -> bool:\n    # 每四年一次，"
    "整百年大多除外\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n```\n\n"
    "| 年份 | 闰年 |\n|---|---|\n| 1900 | 否 |\n| 2000 | 是 |\n\n平均一年的长度：\n\n"
    "$$365 + \\frac{97}{400} = 365.2425$$\n",
}
_STORY = {
    "en": "Once upon a time a small model lived on a large machine, and every morning it was asked",
    "zh-CN": "从前，一个小模型住在一台大机器上，每天早上人们都会问它",
}


def _sky(text: str) -> Stream:
    """The answer at the pace of one person on a small card, some three characters a token."""
    usage = Usage(prompt_tokens=1480, cached_tokens=1408)
    tokens = (Say(text[at : at + 3]) for at in range(0, len(text), 3))
    paced = (step for token in tokens for step in (Pause(TOKEN_SECONDS), token))
    return Stream(Pause(0.2), *paced, Finish(), usage, Done())


def teach(engine: FakeEngine) -> None:
    """Have the engine answer each of these questions, in both languages, as often as asked."""
    for language in ("en", "zh-CN"):
        for _ in range(12):
            engine.enqueue(_sky(_SKY[language]), to=SKY[language])
            engine.enqueue(says(_CODE[language], tokens_per_second=400), to=CODE[language])
            engine.enqueue(HttpError(503, retry_after="4"), to=BUSY[language])
            cut_short = Stream(Say(_STORY[language], tokens_per_second=200), Reset())
            engine.enqueue(cut_short, to=STORY[language])
