"""A model's shape, read from its `config.json`: what decides weights and KV cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.sizing.errors import UnknownModelError
from backend.sizing.weights import SIXTEEN_BIT, WeightFormat, read_weight_format


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """A decoder-only transformer with gated MLPs, in the words of its `config.json`.

    `num_experts` is 0 for a dense model; otherwise each layer has that many MLPs of
    `moe_intermediate_size`, of which a token uses `num_experts_per_token`, and one shared MLP of
    `shared_intermediate_size` (0: none).
    """

    num_layers: int
    hidden_size: int
    intermediate_size: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    tie_word_embeddings: bool
    max_position_embeddings: int
    num_experts: int = 0
    num_experts_per_token: int = 0
    moe_intermediate_size: int = 0
    shared_intermediate_size: int = 0
    weight_format: WeightFormat = SIXTEEN_BIT

    @property
    def num_linear_parameters(self) -> int:
        """Parameters of all attention and MLP layers: those that a quantization shrinks."""
        if not self.num_experts:
            return self.num_layers * (self._attention + self._mlp(self.intermediate_size))
        return self.num_layers * (self._attention + self._experts(self.num_experts))

    @property
    def num_active_parameters(self) -> int:
        """Of the linear parameters, those that one token passes through."""
        if not self.num_experts:
            return self.num_linear_parameters
        return self.num_layers * (self._attention + self._experts(self.num_experts_per_token))

    @property
    def num_embedding_parameters(self) -> int:
        """Parameters of the embedding, and of `lm_head` where it is not tied to it."""
        copies = 1 if self.tie_word_embeddings else 2
        return copies * self.vocab_size * self.hidden_size

    def key_value_heads_per_card(self, tensor_parallel_size: int) -> int:
        """Heads on each card; with more cards than heads, cards hold copies."""
        return max(1, self.num_key_value_heads // tensor_parallel_size)

    @property
    def _attention(self) -> int:
        query = self.num_attention_heads * self.head_dim
        key_value = self.num_key_value_heads * self.head_dim
        return self.hidden_size * (2 * query + 2 * key_value)

    def _mlp(self, intermediate_size: int) -> int:
        return 3 * self.hidden_size * intermediate_size

    def _experts(self, num_experts: int) -> int:
        router = self.hidden_size * self.num_experts
        experts = num_experts * self._mlp(self.moe_intermediate_size)
        return router + experts + self._mlp(self.shared_intermediate_size)


def read_folder(folder: Path) -> ModelShape:
    """The shape of the model in a folder.

    Raises:
        UnknownModelError: no `config.json` there, or not one of a model that we can size.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnknownModelError(f"{folder} holds no config.json, so it is no model.") from None
    except (OSError, ValueError) as error:
        raise UnknownModelError(f"{path} cannot be read: {error}.") from error
    if not isinstance(config, dict):
        raise UnknownModelError(f"{path} is no model's configuration.")
    return read_config(config)


def read_config(config: Mapping[str, Any]) -> ModelShape:
    """The shape that a parsed `config.json` describes.

    Raises:
        UnknownModelError: a key is missing, or the model is of a kind that the formula does not
            cover (latent attention, state space or linear attention layers).
        SizingError: its quantization is not covered.
    """
    text = config.get("text_config") or config  # multimodal models nest the language model
    _refuse_other_attention(text)
    heads = _number(text, "num_attention_heads")
    hidden_size = _number(text, "hidden_size")
    num_experts = _first(text, "num_experts", "num_local_experts", "n_routed_experts")
    moe_size = _first(text, "moe_intermediate_size") or _first(text, "intermediate_size")
    return ModelShape(
        num_layers=_number(text, "num_hidden_layers"),
        hidden_size=hidden_size,
        intermediate_size=_number(text, "intermediate_size"),
        num_attention_heads=heads,
        num_key_value_heads=_first(text, "num_key_value_heads") or heads,
        head_dim=_first(text, "head_dim") or hidden_size // heads,
        vocab_size=_number(text, "vocab_size"),
        tie_word_embeddings=bool(text.get("tie_word_embeddings", True)),
        max_position_embeddings=_number(text, "max_position_embeddings"),
        num_experts=num_experts,
        num_experts_per_token=_first(text, "num_experts_per_tok"),
        moe_intermediate_size=moe_size if num_experts else 0,
        shared_intermediate_size=_shared(text, moe_size),
        weight_format=read_weight_format(config),
    )


def _shared(config: Mapping[str, Any], moe_size: int) -> int:
    shared = _first(config, "shared_expert_intermediate_size")
    return shared or _first(config, "n_shared_experts") * moe_size


def _refuse_other_attention(config: Mapping[str, Any]) -> None:
    kinds = {str(kind) for kind in config.get("layer_types") or ()}
    if "linear_attention" in kinds or config.get("kv_lora_rank") or config.get("ssm_cfg"):
        name = config.get("model_type", "this model")
        raise UnknownModelError(
            f"The planner covers models with a plain KV cache in every layer, and {name} is not "
            "one of them: start vLLM and read its line 'GPU KV cache size'."
        )


def _number(config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    if not isinstance(value, int) or value < 1:
        raise UnknownModelError(f"config.json has no usable {key}, so the model cannot be sized.")
    return value


def _first(config: Mapping[str, Any], *keys: str) -> int:
    """The first of `keys` that holds a number; 0 where none does."""
    return next((int(config[key]) for key in keys if isinstance(config.get(key), int)), 0)
