"""What decides whether a claim holds: a function of the results for each kind of claim.

A claim of several parts holds if all that could be measured do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.bench.tips.plan import Configuration
from backend.bench.tips.results import Results, Verdict
from backend.bench.tips.spread import Spread, are_apart, number, ratio_of
from backend.bench.tips.workloads import Prefix, Workload

VerdictOf = Callable[[Results], Verdict]
OUTPUT_RATE = "output_tokens_per_second"


@dataclass(frozen=True, slots=True)
class Point:
    """One workload on one engine."""

    engine: Configuration
    workload: Workload


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a claim: whether it holds (`None`: not measurable), and what was measured."""

    holds: bool | None
    measured: str


def decide(parts: Sequence[Part]) -> Verdict:
    """The verdict on all parts together."""
    measured = "; ".join(part.measured for part in parts) + "."
    known = [part.holds for part in parts if part.holds is not None]
    if not known:
        return Verdict("not measurable here", measured)
    return Verdict("holds" if all(known) else "does not hold", measured)


def throughput_gain(few: Point, many: Point, *, least: float) -> VerdictOf:
    """Output tokens a second of one engine over another's, at least so many times."""

    def verdict(results: Results) -> Verdict:
        slow = results.get(few.engine, few.workload, OUTPUT_RATE)
        fast = results.get(many.engine, many.workload, OUTPUT_RATE)
        gain = ratio_of(fast, slow)
        text = (
            f"{gain} × with {many.workload.x:g} users: {fast} tok/s with {many.engine.name}, "
            f"{slow} with {few.engine.name}"
        )
        if not are_apart(fast, slow):
            return decide([Part(None, f"{text}; the runs overlap, so they show nothing")])
        return decide([Part(gain.median >= least, text)])

    return verdict


def context_cost(short: Point, long: Point) -> VerdictOf:
    """Users that fit and TTFT, for a short and a long `max-model-len`, as tip 2 claims them."""

    def verdict(results: Results) -> Verdict:
        few, many = (results.boot(p.engine, "num_users_fit") for p in (long, short))
        slow, fast = (results.get(p.engine, p.workload, "ttft_seconds") for p in (long, short))
        fit = f"users that fit {number(few)} → {number(many)}"
        first = f"first token with {short.workload.x:g} users {slow} s → {fast} s"
        return decide(
            [
                Part(few <= 4 and many >= 16, fit),
                Part(fast.median < 0.3 and slow.median > 0.8, first),
            ]
        )

    return verdict


def memory_saving(whole: Point, small: Sequence[Point], *, least: float) -> VerdictOf:
    """Weights of quantized checkpoints beside 16 bit; the best of them decides."""

    def verdict(results: Results) -> Verdict:
        before = results.boot(whole.engine, "weights_gib")
        rate = results.get(whole.engine, whole.workload, OUTPUT_RATE)
        savings, texts = [], [f"{whole.engine.name} {before:.2f} GiB, {rate} tok/s"]
        for point in small:
            after = results.find_boot(point.engine, "weights_gib")
            tokens = results.find(point.engine, point.workload, OUTPUT_RATE)
            if after is None:
                failure = results.failure(point.engine) or "not measured"
                texts.append(f"{point.engine.name}: {failure}")
                continue
            savings.append(1 - after / before)
            texts.append(
                f"{point.engine.name} {after:.2f} GiB (−{savings[-1]:.0%}), {tokens or '—'} tok/s"
            )
        holds = max(savings) >= least if savings else None
        return decide([Part(holds, "weights " + "; ".join(texts))])

    return verdict


def no_failures(points: Sequence[Point], judged: Sequence[Configuration]) -> VerdictOf:
    """Every judged engine starts and no request fails; preemptions are told."""

    def verdict(results: Results) -> Verdict:
        parts = []
        for point in points:
            name, is_judged = point.engine.name, point.engine in judged
            tokens = results.find_boot(point.engine, "num_kv_cache_tokens")
            failed = results.find(point.engine, point.workload, "num_failed")
            pushed = results.find(point.engine, point.workload, "num_preemptions")
            if tokens is None or failed is None:
                why = results.failure(point.engine) or "not measured"
                parts.append(Part(False if is_judged else None, f"{name}: {why}"))
                continue
            text = f"{name}: {tokens:,.0f} tokens of cache, {pushed or '—'} preemptions a run"
            holds = failed.high == 0
            text += "" if holds else f", {failed} requests failed"
            parts.append(Part(holds if is_judged else None, text))
        return decide(parts)

    return verdict


def prefix_gain(engine: Configuration, pairs: Sequence[tuple[Prefix, Prefix]]) -> VerdictOf:
    """TTFT with a shared prefix beside a cold one, at least half less at every length."""

    def verdict(results: Results) -> Verdict:
        parts = []
        for cold, shared in pairs:
            before = results.get(engine, cold, "ttft_seconds")
            after = results.get(engine, shared, "ttft_seconds")
            less = 1 - after.median / before.median
            text = f"{cold.prefix_tokens:,} tokens: {before} s → {after} s ({-less:+.0%})"
            parts.append(Part(less >= 0.5, text))
        return decide(parts)

    return verdict


def trimming_gain(engine: Configuration, half: Workload, turn: Workload) -> VerdictOf:
    """Dropping half of the history at once is served more from the cache than turn by turn."""

    def verdict(results: Results) -> Verdict:
        ours, other = (results.get(engine, w, "ttft_seconds") for w in (half, turn))
        kept, lost = (results.find(engine, w, "cached_share") for w in (half, turn))
        cached = f"; {kept} and {lost} of the prompt from the cache" if kept and lost else ""
        text = f"first token {ours} s with half dropped at once, {other} s turn by turn{cached}"
        return decide([Part(ours.median < other.median, text)])

    return verdict


def concurrency_gain(engine: Configuration, in_turn: Workload, at_once: Workload) -> VerdictOf:
    """Ten questions at once beside one after another: mean wait −40 %, use of the card × 2."""

    def verdict(results: Results) -> Verdict:
        def both(name: str) -> tuple[Spread, Spread]:
            one, other = (results.get(engine, w, name) for w in (in_turn, at_once))
            return one, other

        (waited, waits), (alone, beside) = both("answered_seconds"), both("latency_seconds")
        less = 1 - waits.median / waited.median
        wait = (
            f"mean wait for an answer {waited} s → {waits} s ({-less:+.0%}); of one question "
            f"by itself {alone} s → {beside} s"
        )
        return decide([Part(less >= 0.4, wait), _use(results, engine, in_turn, at_once)])

    return verdict


def _use(results: Results, engine: Configuration, in_turn: Workload, at_once: Workload) -> Part:
    used, uses = (results.find(engine, w, "card_use") for w in (in_turn, at_once))
    if used is None or uses is None or not used.median:  # an idle card is not the engine's
        before, after = (results.get(engine, w, OUTPUT_RATE) for w in (in_turn, at_once))
        rate = f"{before} → {after} tok/s"
        return Part(None, f"no card whose use could be read: {rate}")
    return Part(uses.median >= 2 * used.median, f"card busy {used} → {uses}")


def bounded_queue(points: Sequence[Point]) -> VerdictOf:
    """Told, not judged: the guide claims nothing of bursts."""

    def verdict(results: Results) -> Verdict:
        texts = []
        for point in points:
            answered, refused, latency = (
                results.get(point.engine, point.workload, name)
                for name in ("num_answered", "num_refused", "latency_seconds")
            )
            texts.append(
                f"{point.engine.name}: of {point.workload.x:g} at once {answered} answered after "
                f"{latency} s in the mean, {refused} refused with 503"
            )
        return Verdict("no claim", "; ".join(texts) + ".")

    return verdict


def dtype_gain(half: Sequence[Point], full: Point, losses: Workload) -> VerdictOf:
    """16 bit beside fp32: quicker, half the memory, hardly any loss (1 % of the text's loss)."""

    def verdict(results: Results) -> Verdict:
        parts = []
        for point in half:
            name = point.engine.name
            rate = results.get(point.engine, point.workload, OUTPUT_RATE)
            whole = results.get(full.engine, full.workload, OUTPUT_RATE)
            gain = ratio_of(rate, whole)
            parts.append(Part(gain.median > 1, f"{name} {gain} × the tok/s of fp32"))
            parts += _memory(results, point.engine, full.engine)
            parts += _loss(results, point.engine, full.engine, losses)
        return decide(parts)

    return verdict


def _memory(results: Results, half: Configuration, full: Configuration) -> list[Part]:
    small, large = (results.find_boot(e, "weights_gib") for e in (half, full))
    if small is None or large is None:
        return []
    return [Part(small <= 0.6 * large, f"{half.name} {small:.2f} GiB of weights, fp32 {large:.2f}")]


def _loss(results: Results, half: Configuration, full: Configuration, text: Workload) -> list[Part]:
    one, other = (results.find(e, text, "loss") for e in (half, full))
    if one is None or other is None:
        return []
    more = one.median / other.median - 1
    return [Part(abs(more) <= 0.01, f"{half.name} loss {more:+.2%} on a text")]
