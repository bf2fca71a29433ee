"""Shapes of models that are planned for before anything is downloaded.

Source of each: the `config.json` of its repository on Hugging Face. The chat's own model, its
quantized copies, its smaller and larger relatives, and the demo's model; any other is read from
its folder.
"""

from __future__ import annotations

from dataclasses import replace

from backend.sizing.model import ModelShape
from backend.sizing.weights import AWQ, FP8, GPTQ, WeightFormat

_QWEN3_4B = ModelShape(
    num_layers=36,
    hidden_size=2560,
    intermediate_size=9728,
    num_attention_heads=32,
    num_key_value_heads=8,
    head_dim=128,
    vocab_size=151_936,
    tie_word_embeddings=True,
    max_position_embeddings=40_960,
)
_QWEN3_4B_2507 = replace(_QWEN3_4B, max_position_embeddings=262_144)
_QWEN3_0_6B = replace(
    _QWEN3_4B, num_layers=28, hidden_size=1024, intermediate_size=3072, num_attention_heads=16
)
_QWEN3_1_7B = replace(_QWEN3_0_6B, hidden_size=2048, intermediate_size=6144)
_QWEN3_8B = replace(
    _QWEN3_4B, hidden_size=4096, intermediate_size=12_288, tie_word_embeddings=False
)
_SMOLLM2_135M = ModelShape(
    num_layers=30,
    hidden_size=576,
    intermediate_size=1536,
    num_attention_heads=9,
    num_key_value_heads=3,
    head_dim=64,
    vocab_size=49_152,
    tie_word_embeddings=True,
    max_position_embeddings=8192,
)


def _quantized(shape: ModelShape, weight_format: WeightFormat) -> ModelShape:
    return replace(shape, weight_format=weight_format)


KNOWN_MODELS: dict[str, ModelShape] = {
    "Qwen/Qwen3-4B-Instruct-2507": _QWEN3_4B_2507,
    "Qwen/Qwen3-4B-Instruct-2507-FP8": _quantized(_QWEN3_4B_2507, FP8),
    "JunHowie/Qwen3-4B-Instruct-2507-GPTQ-Int4": _quantized(_QWEN3_4B_2507, GPTQ),
    "Qwen/Qwen3-4B": _QWEN3_4B,
    "Qwen/Qwen3-4B-FP8": _quantized(_QWEN3_4B, FP8),
    "Qwen/Qwen3-4B-AWQ": _quantized(_QWEN3_4B, AWQ),
    "Qwen/Qwen3-0.6B": _QWEN3_0_6B,
    "Qwen/Qwen3-1.7B": _QWEN3_1_7B,
    "Qwen/Qwen3-8B": _QWEN3_8B,
    "HuggingFaceTB/SmolLM2-135M-Instruct": _SMOLLM2_135M,
}
