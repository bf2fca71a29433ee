"""The engine that starts, in words: its model, its card, and why its main flags are as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TypedDict

from backend.readiness.status import StatusReport
from backend.ui.texts import Language, say

WHY: dict[str, dict[Language, str]] = {
    "--max-model-len": {
        "en": "tokens that one conversation may have; more would leave room for fewer people",
        "zh-CN": "一段对话最多的 token 数；再多就只能容纳更少的人",
    },
    "--max-num-seqs": {
        "en": "replies written at the same time; more would make each one slower",
        "zh-CN": "同时生成的回复数；再多会让每个回复变慢",
    },
    "--gpu-memory-utilization": {
        "en": "of the card's memory, for weights, conversations and graphs together",
        "zh-CN": "占用的显存比例，供权重、对话和计算图共用",
    },
    "--kv-cache-memory-bytes": {
        "en": "of memory for conversations (KV cache); the rest stays free for the machine",
        "zh-CN": "用于对话（KV cache）的内存；其余留给这台机器",
    },
    "--quantization": {
        "en": "smaller weights: less to read for each token, so replies are faster",
        "zh-CN": "权重更小，每个 token 要读的数据更少，回复更快",
    },
    "--enforce-eager": {
        "en": "starts sooner and needs no compiler",
        "zh-CN": "启动更快，也不需要编译器",
    },
    "--max-num-batched-tokens": {
        "en": "tokens computed in one step, so that a long prompt holds nobody else up",
        "zh-CN": "一步计算的 token 数，长提示词不会拖住其他人",
    },
    "--cudagraph-capture-sizes": {
        "en": "batch sizes with a graph of their own: fewer than usual, for a shorter start",
        "zh-CN": "有专用计算图的批大小；比默认少，启动更快",
    },
    "--stream-interval": {
        "en": "tokens sent at a time: many people get more tokens a second in all",
        "zh-CN": "每次发送的 token 数；人多时总速度更高",
    },
    "--tensor-parallel-size": {
        "en": "cards that share the model",
        "zh-CN": "共同运行模型的显卡数",
    },
}
SET_BY_HAND = "WARMLINE_ENGINE_FLAGS"
MOST_FLAGS = 6


class Fact(TypedDict):
    """One thing about the engine, with its name."""

    label: str
    value: str


class FlagWords(TypedDict):
    """A flag of vLLM's as it is set, and why."""

    flag: str
    why: str


class EngineWords(TypedDict):
    """What the card says of the engine; `log` is its log's label, empty where it is not shown."""

    facts: list[Fact]
    reasons: str
    flags: list[FlagWords]
    log: str
    command: str
    noLog: str


def engine_words(
    report: StatusReport | None, language: Language, *, shows_log: bool
) -> EngineWords | None:
    """The engine as its launcher describes it; `None` while there is none to describe.

    Args:
        report: the launcher's page.
        language: of the chat's page.
        shows_log: whether the people of this page may read the engine's log and command.
    """
    if report is None or report.is_set_up:
        return None
    flags = dict(_flags(report.command))
    facts = {"model": _model(flags), "hardware": _hardware(report), "profile": report.profile}
    shown_facts: list[Fact] = [
        {"label": say(f"engine.{name}", language), "value": value}
        for name, value in facts.items()
        if value
    ]
    shown_flags: list[FlagWords] = [
        {"flag": _as_set(name, values), "why": _why(name, report, language)}
        for name, values in flags.items()
        if name in WHY and values != ["auto"]
    ]
    return {
        "facts": shown_facts,
        "reasons": say("engine.reasons", language),
        "flags": shown_flags[:MOST_FLAGS],
        "log": say("engine.log", language) if shows_log else "",
        "command": say("engine.command", language),
        "noLog": say("engine.no_log", language),
    }


def _flags(command: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each flag of a command with its values."""
    flag, values = "", list[str]()
    for word in command:
        if word.startswith("--"):
            if flag:
                yield flag, values
            flag, equals, value = word.partition("=")
            values = [value] if equals else []
        elif flag:
            values.append(word)
    if flag:
        yield flag, values


def _model(flags: dict[str, list[str]]) -> str:
    """The model's name for people: never the path of its folder."""
    for name in ("--served-model-name", "--model"):
        if flags.get(name):
            value = flags[name][0]
            return PurePath(value).name if value.startswith(("/", "~", ".")) else value
    return ""


def _hardware(report: StatusReport) -> str:
    name, count = report.hardware.get("name"), report.hardware.get("count")
    if not isinstance(name, str):
        return ""
    return f"{count} × {name}" if isinstance(count, int) and count > 1 else name


def _as_set(name: str, values: Sequence[str]) -> str:
    shown = values if len(values) < 4 else (values[0], values[1], "…", values[-1])
    return " ".join((name.removeprefix("--"), *shown))


def _why(name: str, report: StatusReport, language: Language) -> str:
    if report.flag_reasons.get(name) == SET_BY_HAND:
        return say("engine.set_by_hand", language, variable=SET_BY_HAND)
    return WHY[name][language]
