"""Tips 5 and 6: what the way changes in which an engine is asked."""

from __future__ import annotations

from backend.bench.tips import verdicts
from backend.bench.tips.experiments.loads import OWN, engine
from backend.bench.tips.machine import Machine
from backend.bench.tips.parts import Point
from backend.bench.tips.plan import NUM_REPEATS, Arm, Axis, Configuration, Experiment
from backend.bench.tips.workloads import Burst, Chat, Prefix, Questions

UNBOUNDED_QUEUE = 100_000


def prefix_caching(machine: Machine) -> Experiment:
    """TTFT with a cold and with a shared prefix, by its length."""
    lengths = (256, 512) if machine.is_quick_cpu else (256, 1024, 4096)
    num_prompts = 16 if machine.has_gpu else 3  # the first has no prefix to share: not the median
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
        context, question, reply, turns = 384, 72, 8, 7
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
    reply = 128 if machine.has_gpu else 16 if machine.is_quick else 32
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
    """Twice as many requests at once as the queue holds; in full also with a queue without end.

    The queue of an engine at a URL is its own, which we do not know; it cannot be started anew.
    """
    reply = 2 if machine.is_quick_cpu else 8
    load = Burst(num_requests=2 * machine.max_num_queued_reqs, output_tokens=reply)
    queue = f"queue {machine.max_num_queued_reqs}"
    engines = [Configuration(name="the engine's own queue" if machine.is_at_url else queue)]
    if not machine.is_quick and not machine.is_at_url:
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
        num_repeats=1 if machine.is_quick_cpu else NUM_REPEATS,  # it judges no claim
    )
