"""What decides whether a claim on the weights' format holds: quantization and dtype."""

from __future__ import annotations

from collections.abc import Sequence

from backend.bench.tips.parts import OUTPUT_RATE, Part, Point, VerdictOf, compared, decide
from backend.bench.tips.plan import Configuration
from backend.bench.tips.results import Results, Verdict
from backend.bench.tips.spread import ratio_of
from backend.bench.tips.workloads import Workload
from backend.launcher.fitting import shape_of
from backend.launcher.flags import read_flags, value_of
from backend.sizing.weights import BY_FLAG, SIXTEEN_BIT

_FP32 = ("float32", "float")


def memory_saving(whole: Point, small: Sequence[Point], *, least: float) -> VerdictOf:
    """Weights of quantized checkpoints beside 16 bit; the best of them decides."""

    def verdict(results: Results) -> Verdict:
        if why := _no_half(results, whole.engine):
            return decide([Part(None, f"{whole.engine.name}: {why}")])
        before = results.boot(whole.engine, "weights_gib")
        rate = results.get(whole.engine, whole.workload, OUTPUT_RATE)
        savings, texts = [], [f"{whole.engine.name} {before:.2f} GiB, {rate} tok/s"]
        for point in small:
            after = results.find_boot(point.engine, "weights_gib")
            tokens = results.find(point.engine, point.workload, OUTPUT_RATE)
            if after is None:
                texts.append(f"{point.engine.name}: {_why(results, point)}")
                continue
            savings.append(1 - after / before)
            texts.append(
                f"{point.engine.name} {after:.2f} GiB (−{savings[-1]:.0%}), {tokens or '—'} tok/s"
            )
        holds = max(savings) >= least if savings else None
        return decide([Part(holds, "weights " + "; ".join(texts))])

    return verdict


def dtype_gain(half: Sequence[Point], full: Point, losses: Workload) -> VerdictOf:
    """16 bit beside fp32: quicker, half the memory, hardly any loss (1 % of the text's loss).

    A dtype that this machine does not have leaves the verdict to the others.
    """

    def verdict(results: Results) -> Verdict:
        parts = []
        for point in half:
            parts += _beside_fp32(results, point, full, losses)
        return decide(parts)

    return verdict


def _beside_fp32(results: Results, half: Point, full: Point, losses: Workload) -> list[Part]:
    whole = results.get(full.engine, full.workload, OUTPUT_RATE)
    rate = results.find(half.engine, half.workload, OUTPUT_RATE)
    name = _name(results, half.engine)
    if why := _no_half(results, half.engine):
        return [Part(None, f"{name}: {why}")]
    if rate is None:
        return [Part(None, f"{name}: {_why(results, half)}")]
    gain = ratio_of(rate, whole)
    speed = f"{name} {gain} × the tok/s of fp32"
    return [
        compared(rate, whole, holds=gain.median > 1, measured=speed),
        *_memory(results, half.engine, full.engine),
        *_loss(results, half.engine, full.engine, losses),
    ]


def _memory(results: Results, half: Configuration, full: Configuration) -> list[Part]:
    small, large = (results.find_boot(e, "weights_gib") for e in (half, full))
    if small is None or large is None:
        return []
    text = f"{_name(results, half)} {small:.2f} GiB of weights, fp32 {large:.2f}"
    return [Part(small <= 0.6 * large, text)]


def _loss(results: Results, half: Configuration, full: Configuration, text: Workload) -> list[Part]:
    one, other = (results.find(e, text, "loss") for e in (half, full))
    if one is None or other is None:
        return []
    more = one.median / other.median - 1
    told = f"{_name(results, half)} loss {more:+.2%} on a text"
    return [Part(abs(more) <= 0.01, told, (one, other))]


def _name(results: Results, engine: Configuration) -> str:
    """With the dtype that the profile's own engine ran with."""
    dtype = _value(results, engine, "--dtype") if engine.is_own else None
    return f"{engine.name} ({dtype})" if dtype else engine.name


def _no_half(results: Results, engine: Configuration) -> str | None:
    """Why an engine's weights were not 16 bit, whatever its name, by the flags it ran with."""
    quantization, dtype = (_value(results, engine, f) for f in ("--quantization", "--dtype"))
    if quantization and BY_FLAG.get(quantization) is not SIXTEEN_BIT:
        return f"it ran with --quantization {quantization}"
    if dtype in _FP32:
        return f"it ran with --dtype {dtype}"
    shape = shape_of(read_flags(results.flags(engine.key)))
    if shape and shape.weight_format.bits < SIXTEEN_BIT.bits:
        return f"its checkpoint is {shape.weight_format.name}"
    return None


def _value(results: Results, engine: Configuration, flag: str) -> str | None:
    return value_of(read_flags(results.flags(engine.key)), flag)


def _why(results: Results, point: Point) -> str:
    return results.failure(point.engine, point.workload) or "not measured"
