"""Machines that experiments are made for."""

from __future__ import annotations

from dataclasses import replace

from backend.bench.tips.machine import Machine

CPU = Machine(
    has_gpu=False,
    profile="cpu",
    max_num_seqs=16,
    max_num_queued_reqs=64,
    max_position_embeddings=8192,
)
H100 = Machine(
    has_gpu=True,
    profile="h100-80gb",
    max_num_seqs=256,
    max_num_queued_reqs=1024,
    max_position_embeddings=262_144,
    max_model_len=32_768,
)
QUICK_CPU, QUICK_H100 = replace(CPU, is_quick=True), replace(H100, is_quick=True)
ALL = (CPU, QUICK_CPU, H100, QUICK_H100)
