"""Tips 1 to 4 and 7: what flags of the engine change."""

from __future__ import annotations

import json
from collections.abc import Sequence

from backend.bench.tips import verdicts, weights
from backend.bench.tips.experiments.loads import (
    KV_TOKENS,
    OWN,
    TOKENS_PER_SECOND,
    TTFT,
    chats,
    engine,
    users,
    varied,
)
from backend.bench.tips.machine import Machine
from backend.bench.tips.parts import Point
from backend.bench.tips.plan import Arm, Axis, Configuration, Experiment
from backend.bench.tips.workloads import Text
from backend.sizing.recommend import max_num_queued_reqs

GUIDE_CONTEXT = 262_144


def continuous_batching(machine: Machine) -> Experiment:
    """Throughput by users, with one sequence at a time, with 32, and with the profile."""
    one, cut = (_with_batch(machine, size) for size in (1, 32))
    medium = 32 if machine.has_gpu else 8 if machine.is_quick else 16
    many = users(machine)
    alone = (medium,) if machine.is_quick_cpu else (1, medium)
    arms = [Arm(configuration=one, workloads=tuple(chats(machine, n) for n in alone))]
    if not machine.is_quick_cpu:
        arms.append(Arm(configuration=cut, workloads=tuple(chats(machine, n) for n in many)))
    arms.append(Arm(configuration=OWN, workloads=tuple(chats(machine, n) for n in many)))
    load = chats(machine, medium)
    return Experiment(
        id="tip1-batching",
        tip=1,
        title="Continuous batching",
        claim="3–5 × throughput at medium load",
        arms=tuple(arms),
        axes=(TOKENS_PER_SECOND, TTFT),
        verdict=verdicts.throughput_gain(Point(one, load), Point(OWN, load), least=3),
    )


def context_length(machine: Machine) -> Experiment:
    """KV cache, users that fit and TTFT by `max-model-len`, the cache's bytes the same.

    A model with fewer positions is stretched: speed and memory are real, long texts would not be.
    """
    lengths = (8192, GUIDE_CONTEXT) if machine.is_quick else (8192, 32_768, GUIDE_CONTEXT)
    load = chats(machine, 32 if machine.has_gpu else 1 if machine.is_quick else 8)
    engines = [_with_context(machine, length) for length in lengths]
    return Experiment(
        id="tip2-context",
        tip=2,
        title="Context length",
        claim="262,144 → 8,192: ≤ 4 → ≥ 16 users, first token > 800 → < 300 ms",
        arms=tuple(Arm(configuration=e, workloads=(load,)) for e in engines),
        axes=(
            KV_TOKENS,
            Axis(
                number="num_users_fit",
                label="users that fit at full length",
                x_label="engine",
                of_boot=True,
            ),
            TTFT,
        ),
        verdict=verdicts.context_cost(Point(engines[0], load), Point(engines[-1], load)),
    )


def quantization(machine: Machine) -> Experiment:
    """Weights, KV cache and speed of 16 bit, FP8, AWQ and GPTQ."""
    one, many = chats(machine, 1), chats(machine, 32 if machine.has_gpu else 8)
    loads = (one,) if machine.is_quick_cpu else (one, many)
    methods = ["awq", "gptq"][: 0 if machine.is_quick_cpu else 1 if machine.is_quick else 2]
    engines = [_checkpoint(machine, method) for method in methods]
    if machine.has_gpu:
        engines.insert(0, engine("fp8", "--quantization fp8"))
    whole = Configuration(name="16 bit")
    reasons = []
    if machine.own_quantization:
        reasons.append(
            f"the profile makes this checkpoint {machine.own_quantization}: name another --model"
        )
    if not machine.has_gpu:
        reasons.append(
            "the CPU engine does not report its weights' memory and has no FP8; without --quick, "
            "the speed of AWQ there is in the table"
        )
    return Experiment(
        id="tip3-quantization",
        tip=3,
        title="Quantization",
        claim="memory −40 %",
        arms=tuple(Arm(configuration=e, workloads=loads) for e in (whole, *engines)),
        axes=(
            Axis(number="weights_gib", label="weights, GiB", x_label="engine", of_boot=True),
            KV_TOKENS,
            TOKENS_PER_SECOND,
        ),
        verdict=weights.memory_saving(
            Point(whole, one), [Point(e, one) for e in engines], least=0.4
        ),
        not_measurable=_sentence(reasons),
    )


def memory_share(machine: Machine) -> Experiment:
    """KV cache and preemptions by the card's share, with prompts of very different lengths.

    The CPU engine has no card to share, so there the cache's bytes are given.
    """
    judged: list[Configuration] = []
    if machine.has_gpu:
        shares = (0.7, 0.92) if machine.is_quick else (0.5, 0.7, 0.8, 0.92)
        engines = [engine(f"share {s:g}", f"--gpu-memory-utilization {s:g}") for s in shares]
        judged = [e for e in engines if e.name in ("share 0.7", "share 0.8")]
        load = varied(num_users=min(256, machine.max_num_seqs), input_tokens=2048)
    else:
        sizes = ("12M",) if machine.is_quick else ("32M", "64M")
        engines = [engine(f"cache {s}iB", f"--kv-cache-memory-bytes {s}") for s in sizes]
        engines.append(Configuration(name="profile's cache"))
        num, question, reply = (8, 64, 16) if machine.is_quick else (16, 96, 32)
        load = varied(num_users=num, input_tokens=question, num_prompts=num, output_tokens=reply)
    points = [Point(e, load) for e in engines]
    return Experiment(
        id="tip4-memory",
        tip=4,
        title="Memory share",
        claim="no OOM at 0.7–0.8",
        arms=tuple(Arm(configuration=e, workloads=(load,)) for e in engines),
        axes=(
            KV_TOKENS,
            Axis(number="num_preemptions", label="preemptions a run", x_label="users"),
            TOKENS_PER_SECOND,
        ),
        verdict=verdicts.no_failures(points, judged),
    )


def dtype(machine: Machine) -> Experiment:
    """Speed, memory and, with real weights, the loss on a text: the profile's dtype, fp16, fp32."""
    one, text = chats(machine, 1), Text()
    names = {"float32": "fp32"}
    if not machine.is_quick_cpu:
        names = {"float16": "fp16", **names}
    own = Configuration(name="profile's dtype")
    others = [engine(name, f"--dtype {value}") for value, name in names.items()]
    loads = (one,) if machine.has_dummy_weights else (one, text)
    *half, full = (Point(e, one) for e in (own, *others))
    return Experiment(
        id="tip7-dtype",
        tip=7,
        title="dtype",
        claim="half precision: speed and memory, at hardly any loss",
        arms=tuple(Arm(configuration=e, workloads=loads) for e in (own, *others)),
        axes=(
            TOKENS_PER_SECOND,
            KV_TOKENS,
            Axis(number="loss", label="loss, nats a token", x_label="text"),
        ),
        verdict=weights.dtype_gain(half, full, text),
    )


def _with_batch(machine: Machine, size: int) -> Configuration:
    """Its queue holds everybody: the launcher's follows the batch, and would refuse some."""
    queue = max_num_queued_reqs(max(users(machine)))
    return engine(f"max-num-seqs {size}", f"--max-num-seqs {size} --max-num-queued-reqs {queue}")


def _with_context(machine: Machine, length: int) -> Configuration:
    name = f"max-model-len {length:,}"
    if machine.has_gpu and length == machine.max_model_len:
        return Configuration(name=name)
    flags = ["--max-model-len", str(length)]
    if not machine.has_gpu:
        flags += ["--kv-cache-memory-bytes", "6G"]  # 262,144 tokens of the demo's model: 5.6 GiB
    if length > machine.max_position_embeddings:
        flags += ["--hf-overrides", json.dumps({"max_position_embeddings": length})]
    return Configuration(name=name, flags=tuple(flags))


# Without a checkpoint at hand its shape is enough for speed and memory.
_SHAPES = {
    "awq": {"quant_method": "awq", "bits": 4, "zero_point": True, "version": "gemm"},
    "gptq": {"quant_method": "gptq", "bits": 4, "desc_act": False, "sym": True},
}


def _checkpoint(machine: Machine, method: str) -> Configuration:
    if model := machine.checkpoints.get(method):
        return Configuration(name=method.upper(), model=model)
    group_size = 128 if machine.has_gpu else 64  # 576, the demo's model's width, is 9 × 64
    shape = {"quantization_config": {**_SHAPES[method], "group_size": group_size}}
    flags = ("--load-format", "dummy", "--hf-overrides", json.dumps(shape))
    return Configuration(name=f"{method.upper()} (dummy weights)", flags=flags)


def _sentence(reasons: Sequence[str]) -> str:
    text = "; ".join(reasons)
    return f"{text[0].upper()}{text[1:]}." if text else ""
