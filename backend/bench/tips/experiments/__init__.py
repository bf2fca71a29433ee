"""The seven tips as experiments: pure values, made for one machine.

Sizes differ between a card and the CPU engine, whose processor does in a second what a card does
in a hundredth; `--quick` takes fewer engines and the smaller loads.
"""

from __future__ import annotations

from backend.bench.tips.experiments import flags, requests
from backend.bench.tips.machine import Machine
from backend.bench.tips.plan import Experiment


def experiments(machine: Machine) -> tuple[Experiment, ...]:
    """All experiments, in the tips' order."""
    return (
        flags.continuous_batching(machine),
        flags.context_length(machine),
        flags.quantization(machine),
        flags.memory_share(machine),
        requests.prefix_caching(machine),
        requests.history_trimming(machine),
        requests.concurrent_client(machine),
        requests.bursts(machine),
        flags.dtype(machine),
    )
