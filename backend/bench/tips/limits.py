"""Physical limits beside what was measured: reading the weights, multiplying, holding the cache."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.bench.tips.journal import Journal
from backend.bench.tips.plan import Configuration, Experiment
from backend.bench.tips.results import Results
from backend.bench.tips.spread import Spread, number
from backend.bench.tips.workloads import Prefix, RandomPrompts
from backend.launcher.fitting import engine_flags, shape_of
from backend.launcher.flags import Flag, count_of, read_flags, value_of
from backend.launcher.hardware import Hardware
from backend.sizing.card import Card
from backend.sizing.memory import EngineFlags, plan_cpu_memory, plan_memory
from backend.sizing.model import ModelShape
from backend.sizing.speed import decode_floor_seconds, prefill_floor_seconds

_RATES = Path(__file__).parents[1] / "rates.py"
_ANY = EngineFlags(  # where an engine's own flags are not all numbers; the floors need none of them
    max_model_len=1,
    max_num_seqs=1,
    max_num_batched_tokens=1,
    gpu_memory_utilization=1,
    num_capture_sizes=0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit: its floor or forecast, and what was measured, with a word on both."""

    name: str
    limit: str
    measured: str
    beside: str


def measure_rates(python: str, environment: Mapping[str, str]) -> dict[str, float]:
    """`bandwidth_gb_per_second` and `bf16_tflops` of this machine; empty where they fail."""
    inherited = {k: v for k, v in environment.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-P", str(_RATES)], env=inherited, capture_output=True, text=True, check=False
    )
    try:
        rates: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return rates


def note_rates(journal: Journal, key: str, python: str, environment: Mapping[str, str]) -> None:
    """Measure this machine's rates, once: where they fail, the next bench tries again.

    Raises:
        NoSpaceError: the journal's disk is full.
    """
    if rates := measure_rates(python, environment):
        journal.finished(key, rates, 0)
    else:
        journal.failed(key, "the machine's rates could not be measured")


def limits(
    experiments: Sequence[Experiment],
    results: Results,
    shape: ModelShape,
    hardware: Hardware,
    rates: Mapping[str, float],
) -> list[Limit]:
    """All limits for which something was measured.

    Args:
        experiments: that were measured.
        results: of them.
        shape: the model's.
        hardware: of this machine.
        rates: of `measure_rates`; may be empty.
    """
    card = Card(
        name=hardware.name,
        memory_gib=0,
        compute_capability=None,
        bandwidth_gb_per_second=rates.get("bandwidth_gb_per_second"),
        bf16_tflops=rates.get("bf16_tflops"),
    )
    engines = {
        arm.configuration.key: arm.configuration for e in experiments for arm in e.arms
    }.values()
    return [
        *_decode(experiments, results, shape, card),
        *_prefill(experiments, results, shape, card),
        *_caches(engines, results, hardware),
    ]


def _decode(
    experiments: Sequence[Experiment], results: Results, shape: ModelShape, card: Card
) -> list[Limit]:
    found = {}
    for engine, load in _own_loads(experiments):
        if isinstance(load, RandomPrompts) and not load.range_ratio:
            tpot = results.find(engine, load, "tpot_seconds")
            context = load.input_tokens + load.output_tokens // 2
            floor = decode_floor_seconds(
                shape, card, _ANY, num_users=load.num_users, context=context
            )
            if tpot and floor:
                name = f"decode, {load.words}: TPOT"
                found[name] = _floor(name, floor, tpot)
    return list(found.values())


def _prefill(
    experiments: Sequence[Experiment], results: Results, shape: ModelShape, card: Card
) -> list[Limit]:
    found = []
    for engine, load in _own_loads(experiments):
        if isinstance(load, Prefix) and not load.is_shared:
            ttft = results.find(engine, load, "ttft_seconds")
            num_tokens = load.prefix_tokens + load.suffix_tokens
            floor = prefill_floor_seconds(shape, card, _ANY, num_tokens)
            if ttft and floor:
                found.append(_floor(f"prefill, {num_tokens:,} tokens: TTFT", floor, ttft))
    return found


def _own_loads(
    experiments: Sequence[Experiment],
) -> Iterable[tuple[Configuration, object]]:
    for experiment in experiments:
        for arm in experiment.arms:
            if arm.configuration.is_own:
                for load in arm.workloads:
                    yield arm.configuration, load


def _floor(name: str, floor: float, measured: Spread) -> Limit:
    return Limit(
        name=name,
        limit=f"≥ {number(1000 * floor)} ms",
        measured=f"{number(1000 * measured.median)} ms",
        beside=_beside(measured.median / floor),
    )


def _beside(times: float) -> str:
    """A value below its floor says that the machine's rates were not its best."""
    if times < 1:
        return f"{number(times)} ×: no floor, the machine was busy when its rates were taken"
    return f"{number(times)} × the floor"


def _caches(engines: Iterable[Configuration], results: Results, hardware: Hardware) -> list[Limit]:
    found = []
    for engine in engines:
        reported = results.find_boot(engine, "num_kv_cache_tokens")
        planned = planned_tokens(read_flags(results.flags(engine.key)), hardware)
        if reported and planned:
            found.append(
                Limit(
                    name=f"KV cache, {engine.name}",
                    limit=f"{planned:,} tokens planned",
                    measured=f"{reported:,.0f} tokens",
                    beside=f"{planned / reported - 1:+.1%} off",
                )
            )
    return found


def planned_tokens(flags: Sequence[Flag], hardware: Hardware) -> int | None:
    """The planner's KV cache in tokens for a whole command; `None` where it cannot say.

    vLLM's own word on `--max-model-len auto` is not in the command, so there only whole blocks
    count.
    """
    shape, sized = shape_of(flags), engine_flags(flags)
    if shape is None or value_of(flags, "--dtype") == "float32":
        return None  # fp32 keeps twice the bytes of every formula here
    if hardware.kind == "cpu":
        length = count_of(flags, "--max-model-len") or shape.max_position_embeddings
        cache = count_of(flags, "--kv-cache-memory-bytes")
        memory = cache and plan_cpu_memory(shape, cache, length)
        return memory.num_blocks * memory.block_size if memory else None
    sizes = [gpu.total_bytes for gpu in hardware.gpus if gpu.total_bytes is not None]
    if sized is None or len(sizes) < len(hardware.gpus):
        return None
    smallest = min(sizes)
    return plan_memory(shape, sized, smallest).num_kv_cache_tokens
