from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.sizing.errors import SizingError, UnknownModelError
from backend.sizing.known_models import KNOWN_MODELS
from backend.sizing.model import read_config, read_folder
from backend.sizing.weights import FP8, SIXTEEN_BIT
from tests.fakes.model_configs import QWEN3_4B

QWEN3_30B_A3B = QWEN3_4B | {
    "model_type": "qwen3_moe",
    "num_hidden_layers": 48,
    "hidden_size": 2048,
    "intermediate_size": 6144,
    "num_key_value_heads": 4,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 768,
    "tie_word_embeddings": False,
}


def test_a_config_and_the_table_of_known_models_agree() -> None:
    assert read_config(QWEN3_4B) == KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507"]


@pytest.mark.parametrize(
    ("model", "billions"),
    [
        ("Qwen/Qwen3-0.6B", 0.60),
        ("Qwen/Qwen3-1.7B", 1.72),
        ("Qwen/Qwen3-4B-Instruct-2507", 4.02),
        ("Qwen/Qwen3-8B", 8.19),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 0.135),
    ],
)
def test_known_models_have_as_many_parameters_as_their_cards_say(
    model: str, billions: float
) -> None:
    shape = KNOWN_MODELS[model]
    parameters = shape.num_linear_parameters + shape.num_embedding_parameters
    assert parameters / 1e9 == pytest.approx(billions, rel=0.01)


def test_a_mixture_of_experts_counts_all_experts_in_memory_and_few_for_a_token() -> None:
    shape = read_config(QWEN3_30B_A3B)
    parameters = shape.num_linear_parameters + shape.num_embedding_parameters
    assert parameters / 1e9 == pytest.approx(30.5, rel=0.01)
    active = shape.num_active_parameters + shape.num_embedding_parameters
    assert active / 1e9 == pytest.approx(3.3, rel=0.03)


def test_experts_named_as_mixtral_does_take_the_mlps_own_size() -> None:
    mixtral = QWEN3_4B | {"num_local_experts": 8, "num_experts_per_tok": 2}
    shape = read_config(mixtral)
    assert shape.num_experts == 8
    assert shape.moe_intermediate_size == 9728


def test_shared_experts_are_read_in_both_spellings() -> None:
    by_size = QWEN3_30B_A3B | {"shared_expert_intermediate_size": 5632}
    assert read_config(by_size).shared_intermediate_size == 5632
    by_count = QWEN3_30B_A3B | {"n_shared_experts": 2}
    assert read_config(by_count).shared_intermediate_size == 2 * 768


def test_what_old_configs_leave_out_is_derived() -> None:
    old = {
        key: value
        for key, value in QWEN3_4B.items()
        if key not in {"head_dim", "num_key_value_heads", "tie_word_embeddings"}
    }
    shape = read_config(old)
    assert shape.head_dim == 2560 // 32
    assert shape.num_key_value_heads == 32
    assert shape.tie_word_embeddings


def test_the_language_model_inside_a_multimodal_config_is_found() -> None:
    assert read_config({"text_config": QWEN3_4B}) == read_config(QWEN3_4B)


@pytest.mark.parametrize(
    "other", [{"kv_lora_rank": 512}, {"layer_types": ["linear_attention", "full_attention"]}]
)
def test_models_without_a_plain_kv_cache_are_refused_by_name(other: dict[str, Any]) -> None:
    with pytest.raises(UnknownModelError, match=r"deepseek.*GPU KV cache size"):
        read_config(QWEN3_4B | other | {"model_type": "deepseek"})


@pytest.mark.parametrize("value", [None, 0, "36"])
def test_an_unusable_key_is_named(value: object) -> None:
    with pytest.raises(UnknownModelError, match="num_hidden_layers"):
        read_config(QWEN3_4B | {"num_hidden_layers": value})


@pytest.mark.parametrize(
    ("quantization", "name", "bytes_per_weight"),
    [
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8", 1.0),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "awq", (4 + 20 / 128) / 8),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, "gptq", 1.0),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 32}}},
            },
            "compressed-tensors",
            (4 + 20 / 32) / 8,
        ),
        ({"quant_method": "compressed-tensors"}, "compressed-tensors", 1.0),
    ],
)
def test_the_quantization_is_read_from_the_checkpoint(
    quantization: dict[str, Any], name: str, bytes_per_weight: float
) -> None:
    weight_format = read_config(QWEN3_4B | {"quantization_config": quantization}).weight_format
    assert weight_format.name == name
    assert weight_format.bytes_per_weight == pytest.approx(bytes_per_weight)


def test_a_checkpoint_without_quantization_has_16_bit_weights() -> None:
    assert read_config(QWEN3_4B).weight_format == SIXTEEN_BIT
    assert KNOWN_MODELS["Qwen/Qwen3-4B-Instruct-2507-FP8"].weight_format == FP8


@pytest.mark.parametrize("quantization", [{"quant_method": "bitnet"}, {"bits": 4}])
def test_a_quantization_that_is_not_covered_is_refused(quantization: dict[str, Any]) -> None:
    with pytest.raises(SizingError, match="not covered"):
        read_config(QWEN3_4B | {"quantization_config": quantization})


def test_a_folder_is_read_by_its_config(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(QWEN3_4B), encoding="utf-8")
    assert read_folder(tmp_path) == read_config(QWEN3_4B)


def test_a_folder_without_config_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match=r"holds no config\.json"):
        read_folder(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_broken_config_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(UnknownModelError, match=r"config\.json"):
        read_folder(tmp_path)
