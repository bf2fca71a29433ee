"""What the gate's card says: plain data for the page's script, in the page's language."""

from __future__ import annotations

from typing import TypedDict

from backend.readiness.gate import Download, GateState, Phase, Problem, Slow
from backend.ui.texts import Language, knows, say, seconds
from backend.ui.texts.engine import EngineWords
from backend.ui.texts.zh_cn_launcher import PROBLEMS

MAX_CHARACTERS = 300_000  # times 3 bytes of UTF-8 is below the socket's limit of 1,000,000 bytes


class PassedPhase(TypedDict):
    """A phase that is over: its name and how long it took, in words."""

    label: str
    took: str


class CardProblem(TypedDict):
    """What is wrong and what to do."""

    message: str
    advice: str


class Card(TypedDict):
    """The whole card. `progress` is 0..1 or `None`; `elapsedSeconds` is what the page counts on.

    `tooLong` is for a text of more than `maxCharacters`, with `%n` for its size; `pasteTooLong` for
    one that is about to be pasted. `turnRuns` says whether a reply is being written.
    """

    open: bool
    turnRuns: bool
    title: str
    hint: str
    phase: str
    label: str
    passed: list[PassedPhase]
    detail: str
    progress: float | None
    eta: str
    elapsedSeconds: float
    problem: CardProblem | None
    engine: EngineWords | None
    maxCharacters: int
    tooLong: str
    pasteTooLong: str
    export: str
    send: str


def card(
    state: GateState,
    *,
    elapsed_seconds: float,
    passed: list[tuple[Phase, float]],
    turn_runs: bool,
    language: Language,
    engine: EngineWords | None = None,
) -> Card:
    """The card for a state.

    Args:
        state: the gate's.
        elapsed_seconds: since the gate closed.
        passed: phases that are over, each with its seconds.
        turn_runs: whether the page's conversation has a reply that is being written.
        language: of the page.
        engine: what is known of the engine.
    """
    return {
        "open": state.ready,
        "turnRuns": turn_runs,
        "title": _title(state, language),
        "hint": say("gate.hint", language),
        "phase": state.phase.value,
        "label": say(f"phase.{state.phase}", language),
        "passed": [
            {"label": say(f"phase.{phase}", language), "took": seconds(took, language)}
            for phase, took in passed
        ],
        "detail": "" if state.problem else detail(state, language),
        "progress": state.progress,
        "eta": _eta(state, language),
        "elapsedSeconds": elapsed_seconds,
        "problem": problem_words(state.problem, language) if state.problem else None,
        "engine": engine,
        "export": say("page.export", language),
        "send": say("page.send_later", language),
        "maxCharacters": MAX_CHARACTERS,
        "tooLong": say("page.too_long", language, num_characters="%n", limit=MAX_CHARACTERS),
        "pasteTooLong": say("page.paste", language, num_characters="%n", limit=MAX_CHARACTERS),
    }


def detail(state: GateState, language: Language) -> str:
    """More about the phase: the warm-up's bursts, that it is slow, or the launcher's own sentence.

    The launcher speaks English, so a page in another language has the phase and the bar alone.
    """
    if state.phase is Phase.WARMING_UP and state.bursts:
        return _warming(state, language)
    if state.slow is not None:
        return _slow(state.slow, language)
    if state.download is not None:
        return _download(state.download, language)
    own = state.detail if language == "en" else ""
    fraction = "" if state.fraction is None else _fraction(state.fraction, language)
    return " ".join(filter(None, (own, fraction)))


def problem_words(problem: Problem, language: Language) -> CardProblem:
    """A problem in words: ours by its kind, else the launcher's own."""
    key = f"problem.{problem.kind}"
    if problem.message:
        words = (problem.message, problem.advice)
        if language != "en":
            words = PROBLEMS.get(problem.kind, words)
        return {"message": words[0], "advice": words[1]}
    if not knows(key):
        key = "problem.unknown"
    try:
        message = say(key, language, **problem.values)
    except KeyError:
        message = say("problem.unknown", language)
    return {"message": message, "advice": say(f"{key}.advice", language)}


def _eta(state: GateState, language: Language) -> str:
    if state.ready or state.problem or state.phase in (Phase.LOST, Phase.WARMING_UP):
        return ""
    if state.eta_seconds is None:
        return say("gate.no_eta", language)
    return say("gate.eta", language, eta=seconds(state.eta_seconds, language))


def _title(state: GateState, language: Language) -> str:
    if state.ready:
        return say("gate.title.ready", language)
    if state.problem is not None:
        return say("gate.title.problem", language)
    if state.phase is Phase.LOST:
        return say("gate.title.lost", language)
    return say("gate.title", language)


def _slow(slow: Slow, language: Language) -> str:
    key = f"slow.{slow.activity}"
    activity = say(key if knows(key) else "slow.unknown", language)
    return say("gate.slow", language, times=f"{slow.times:.0f}", activity=activity)


def _download(download: Download, language: Language) -> str:
    """`3.1 of 8.0 GB, 120 MB a second, about 41 s left of the download`, as far as it is known."""
    done, total, rate = download.done_bytes, download.total_bytes, download.bytes_per_second
    key = "gate.download" if total is None else "gate.download.of"
    parts = [say(key, language, done=f"{done / 1e9:.1f}", total=f"{(total or 0) / 1e9:.1f}")]
    if rate:
        parts.append(say("gate.download.rate", language, rate=f"{rate / 1e6:.0f}"))
        if total is not None:
            left = seconds((total - done) / rate, language)
            parts.append(say("gate.download.left", language, left=left))
    return ("，" if language == "zh-CN" else ", ").join(parts)


def _fraction(fraction: float, language: Language) -> str:
    return say("gate.fraction", language, percent=round(100 * min(fraction, 1.0)))


def _warming(state: GateState, language: Language) -> str:
    """Each size once, with its bursts: `32 at once, 3.3 s, then 0.13 s`."""
    by_size: dict[tuple[int, bool], list[float]] = {}
    for burst in state.bursts:
        size = (burst.num_requests, burst.has_long_prompts)
        by_size.setdefault(size, []).append(burst.mean_ttft_seconds)
    parts = [_bursts(*size, means, language) for size, means in by_size.items()]
    if state.num_jit_compilations:
        parts.append(say("gate.kernels", language, num=state.num_jit_compilations))
    bursts = ("；" if language == "zh-CN" else "; ").join(parts)
    return say("gate.warming", language, bursts=bursts)


def _bursts(num: int, is_long: bool, means: list[float], language: Language) -> str:
    *earlier, last = [seconds(mean, language) for mean in means]
    if earlier:
        earlier_words = ("，" if language == "zh-CN" else ", ").join(earlier)
        times = say("gate.bursts.times", language, earlier=earlier_words, last=last)
    else:
        times = last
    key = "gate.bursts.long" if is_long else "gate.bursts.alone" if num == 1 else "gate.bursts"
    return say(key, language, num=num, times=times)
