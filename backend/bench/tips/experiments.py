"""The seven tips as experiments: pure values, made for one machine.

Sizes differ between a card and the CPU engine, whose processor does in a second what a card does
in a hundredth; `--quick` takes fewer engines and the smaller loads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from backend.bench.tips import verdicts
from backend.bench.tips.machine import Machine
from backend.bench.tips.plan import Arm, Axis, Configuration, Experiment
from backend.bench.tips.verdicts import Point
from backend.bench.tips.workloads import Burst, Chat, Prefix, Questions, RandomPrompts, Text

GUIDE_CONTEXT = 262_144
UNBOUNDED_QUEUE = 100_000
OWN = Configuration(name="profile")

TOKENS_PER_SECOND = Axis(number="output_tokens_per_second", label="output tok/s", x_label="users")
TTFT = Axis(number="ttft_seconds", label="TTFT, s", x_label="users")
KV_TOKENS = Axis(
    number="num_kv_cache_tokens", label="KV cache, tokens", x_label="engine", of_boot=True
)


def experiments(machine: Machine) -> tuple[Experiment, ...]:
    """All experiments, in the tips' order."""
    return (
        continuous_batching(machine),
        context_length(machine),
        quantization(machine),
        memory_share(machine),
        prefix_caching(machine),
        history_trimming(machine),
        concurrent_client(machine),
        bursts(machine),
        dtype(machine),
    )


def continuous_batching(machine: Machine) -> Experiment:
    """Throughput by users, with one sequence at a time, with 32, and with the profile."""
    one = engine("max-num-seqs 1", "--max-num-seqs 1")
    cut = engine("max-num-seqs 32", "--max-num-seqs 32")
    medium = 32 if machine.has_gpu else 8 if machine.is_quick else 16
    many = _users(machine)
    arms = [Arm(configuration=one, workloads=tuple(_chats(machine, n) for n in (1, medium)))]
    if not machine.is_quick or machine.has_gpu:
        arms.append(Arm(configuration=cut, workloads=tuple(_chats(machine, n) for n in many)))
    arms.append(Arm(configuration=OWN, workloads=tuple(_chats(machine, n) for n in many)))
    load = _chats(machine, medium)
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
    load = _chats(machine, 32 if machine.has_gpu else 8)
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
    one, many = _chats(machine, 1), _chats(machine, 32 if machine.has_gpu else 8)
    methods = ["awq"] if machine.is_quick else ["awq", "gptq"]
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
            "the CPU engine does not report its weights' memory and has no FP8; the speed of "
            "AWQ there is in the table"
        )
    return Experiment(
        id="tip3-quantization",
        tip=3,
        title="Quantization",
        claim="memory −40 %",
        arms=tuple(Arm(configuration=e, workloads=(one, many)) for e in (whole, *engines)),
        axes=(
            Axis(number="weights_gib", label="weights, GiB", x_label="engine", of_boot=True),
            KV_TOKENS,
            TOKENS_PER_SECOND,
        ),
        verdict=verdicts.memory_saving(
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
        load = _varied(num_users=min(256, machine.max_num_seqs), input_tokens=2048)
    else:
        sizes = ("32M",) if machine.is_quick else ("32M", "64M")
        engines = [engine(f"cache {s}iB", f"--kv-cache-memory-bytes {s}") for s in sizes]
        engines.append(Configuration(name="profile's cache"))
        load = _varied(num_users=16, input_tokens=96, num_prompts=16, output_tokens=32)
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


def prefix_caching(machine: Machine) -> Experiment:
    """TTFT with a cold and with a shared prefix, by its length."""
    lengths = (256, 1024) if machine.is_quick and not machine.has_gpu else (256, 1024, 4096)
    num_prompts = 16 if machine.has_gpu else 3
    pairs = [
        (
            Prefix(prefix_tokens=length, is_shared=False, num_prompts=num_prompts),
            Prefix(prefix_tokens=length, is_shared=True, num_prompts=num_prompts),
        )
        for length in lengths
    ]
    loads = tuple(load for pair in pairs for load in pair)
    return Experiment(
        id="tip5-prefix",
        tip=5,
        title="Prefix caching: a shared system prompt",
        claim="first token ≥ 50 % faster with a shared system prompt",
        arms=(Arm(configuration=OWN, workloads=loads),),
        axes=(Axis(number="ttft_seconds", label="TTFT, s", x_label="prefix, tokens"),),
        verdict=verdicts.prefix_gain(OWN, pairs),
    )


def history_trimming(machine: Machine) -> Experiment:
    """A chat beyond its context: our trimming beside one turn at a time."""
    if machine.has_gpu:
        context, question, reply, turns = 8192, 256, 64, 40
    elif machine.is_quick:
        context, question, reply, turns = 768, 64, 8, 14
    else:
        context, question, reply, turns = 1536, 96, 8, 24

    def chat(trimming: str) -> Chat:
        return Chat(
            trimming="half" if trimming == "half" else "turn",
            num_turns=turns,
            context_tokens=context,
            question_tokens=question,
            output_tokens=reply,
        )

    half, turn = chat("half"), chat("turn")
    return Experiment(
        id="tip5-trimming",
        tip=5,
        title="Prefix caching: a chat that is longer than its context",
        claim="(ours) dropping half of the history at once keeps the prefix cached",
        arms=(Arm(configuration=OWN, workloads=(half, turn)),),
        axes=(
            Axis(number="ttft_seconds", label="TTFT, s", x_label="context, tokens"),
            Axis(number="cached_share", label="cached share", x_label="context, tokens"),
        ),
        verdict=verdicts.trimming_gain(OWN, half, turn),
    )


def concurrent_client(machine: Machine) -> Experiment:
    """Ten questions one after another, and all at once."""
    reply = 128 if machine.has_gpu else 32
    in_turn, at_once = (Questions(num_at_once=n, output_tokens=reply) for n in (1, 10))
    return Experiment(
        id="tip6-concurrency",
        tip=6,
        title="Concurrent client: ten questions",
        claim="mean latency −40 %, GPU use × 2",
        arms=(Arm(configuration=OWN, workloads=(in_turn, at_once)),),
        axes=(
            Axis(number="answered_seconds", label="mean wait, s", x_label="asked at once"),
            Axis(number="latency_seconds", label="latency of one, s", x_label="asked at once"),
        ),
        verdict=verdicts.concurrency_gain(OWN, in_turn, at_once),
    )


def bursts(machine: Machine) -> Experiment:
    """Twice as many requests at once as the queue holds; in full also with a queue without end."""
    load = Burst(num_requests=2 * machine.max_num_queued_reqs, output_tokens=8)
    bounded = Configuration(name=f"queue {machine.max_num_queued_reqs}")
    engines = [bounded]
    if not machine.is_quick:
        flags = f"--max-num-queued-reqs {UNBOUNDED_QUEUE}"
        engines.append(engine("queue without end", flags))
    return Experiment(
        id="tip6-bursts",
        tip=6,
        title="Concurrent client: bursts against a bounded queue",
        claim="(no claim) what a burst beyond the queue's end gets",
        arms=tuple(Arm(configuration=e, workloads=(load,)) for e in engines),
        axes=(
            Axis(number="latency_seconds", label="latency of the answered, s", x_label="burst"),
            Axis(number="num_refused", label="refused (503)", x_label="burst"),
        ),
        verdict=verdicts.bounded_queue([Point(e, load) for e in engines]),
    )


def dtype(machine: Machine) -> Experiment:
    """Speed, memory and, with real weights, the loss on a text: bf16, fp16, fp32."""
    one, text = _chats(machine, 1), Text()
    names = {"float16": "fp16", "float32": "fp32"}
    own = Configuration(name="bf16 (auto)")
    others = [engine(name, f"--dtype {value}") for value, name in names.items()]
    loads = (one,) if machine.has_dummy_weights else (one, text)
    half = [Point(e, one) for e in (own, others[0])]
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
        verdict=verdicts.dtype_gain(half, Point(others[1], one), text),
    )


def engine(name: str, flags: str) -> Configuration:
    """An engine with flags after the profile's."""
    return Configuration(name=name, flags=tuple(flags.split()))


def _users(machine: Machine) -> Sequence[int]:
    if machine.has_gpu:
        return (1, 32, 256) if machine.is_quick else (1, 4, 32, 128, 256)
    return (1, 8) if machine.is_quick else (1, 4, 16, 32, 64)


def _chats(machine: Machine, num_users: int) -> RandomPrompts:
    """Chat-like: a question of some length, and a reply."""
    if machine.has_gpu:
        num_prompts = max(4, 2 * num_users)
        return RandomPrompts(
            num_users=num_users, num_prompts=num_prompts, input_tokens=512, output_tokens=128
        )
    return RandomPrompts(
        num_users=num_users, num_prompts=max(2, num_users), input_tokens=64, output_tokens=32
    )


def _varied(
    *, num_users: int, input_tokens: int, num_prompts: int = 512, output_tokens: int = 128
) -> RandomPrompts:
    return RandomPrompts(
        num_users=num_users,
        num_prompts=num_prompts,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        range_ratio=0.8,
    )


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
    # Groups that divide the layers of both the demo's model (576) and Qwen3-4B (2,560).
    shape = {"quantization_config": {**_SHAPES[method], "group_size": 64}}
    flags = ("--load-format", "dummy", "--hf-overrides", json.dumps(shape))
    return Configuration(name=f"{method.upper()} (dummy weights)", flags=flags)


def _sentence(reasons: Sequence[str]) -> str:
    text = "; ".join(reasons)
    return f"{text[0].upper()}{text[1:]}." if text else ""
