"""What decides whether a claim holds: a function of the results for each kind of claim.

A claim of several parts holds if all that could be measured do.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.bench.tips.parts import OUTPUT_RATE, Part, Point, VerdictOf, compared, decide
from backend.bench.tips.plan import Configuration
from backend.bench.tips.results import Results, Verdict
from backend.bench.tips.spread import Spread, number, ratio_of
from backend.bench.tips.workloads import Prefix, Workload


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
        return decide([compared(fast, slow, holds=gain.median >= least, measured=text)])

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
                Part(fast.median < 0.3 and slow.median > 0.8, first, (slow, fast)),
            ]
        )

    return verdict


def no_failures(points: Sequence[Point], judged: Sequence[Configuration]) -> VerdictOf:
    """Every judged engine starts, no run and no request fails; preemptions are told."""

    def verdict(results: Results) -> Verdict:
        parts = []
        for point in points:
            name, is_judged = point.engine.name, point.engine in judged
            tokens = results.find_boot(point.engine, "num_kv_cache_tokens")
            failed = results.find(point.engine, point.workload, "num_failed")
            pushed = results.find(point.engine, point.workload, "num_preemptions")
            why = results.failure(point.engine, point.workload)
            if tokens is None or failed is None:
                parts.append(Part(False if is_judged else None, f"{name}: {why or 'not measured'}"))
                continue
            text = f"{name}: {tokens:,.0f} tokens of cache, {pushed or '—'} preemptions a run"
            text += f", {failed} requests failed" if failed.high else ""
            text += f", a run failed: {why}" if why else ""
            holds = not failed.high and not why
            parts.append(Part(holds if is_judged else None, text, (failed,)))
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
            parts.append(Part(less >= 0.5, text, (before, after)))
        return decide(parts)

    return verdict


def trimming_gain(engine: Configuration, half: Workload, turn: Workload) -> VerdictOf:
    """Dropping half of the history at once is served more from the cache than turn by turn."""

    def verdict(results: Results) -> Verdict:
        ours, other = (results.get(engine, w, "ttft_seconds") for w in (half, turn))
        kept, lost = (results.find(engine, w, "cached_share") for w in (half, turn))
        cached = f"; {kept} and {lost} of the prompt from the cache" if kept and lost else ""
        text = f"first token {ours} s with half dropped at once, {other} s turn by turn{cached}"
        return decide([compared(ours, other, holds=ours.median < other.median, measured=text)])

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
        waiting = Part(less >= 0.4, wait, (waited, waits))
        return decide([waiting, _use(results, engine, in_turn, at_once)])

    return verdict


def _use(results: Results, engine: Configuration, in_turn: Workload, at_once: Workload) -> Part:
    used, uses = (results.find(engine, w, "card_use") for w in (in_turn, at_once))
    if used is None or uses is None or not used.median:  # an idle card is not the engine's
        before, after = (results.get(engine, w, OUTPUT_RATE) for w in (in_turn, at_once))
        rate = f"{before} → {after} tok/s"
        return Part(None, f"no card whose use could be read: {rate}")
    return Part(uses.median >= 2 * used.median, f"card busy {used} → {uses}", (used, uses))


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
