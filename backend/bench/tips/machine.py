"""What the experiments have to know of the machine, the profile and the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.launcher.flags import count_of, merge, read_flags, value_of
from backend.launcher.hardware import Hardware
from backend.launcher.profile import choose_profile
from backend.sizing.model import ModelShape
from backend.sizing.recommend import max_num_queued_reqs

_UNKNOWN_POSITIONS = 262_144  # as many as the guide asks for: a model with less says so itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where the experiments run.

    `profile` is the name of a file of `config/profiles`. `checkpoints`: quantized models by their
    method (`awq`, `gptq`), where people have them. `has_dummy_weights`: speed and memory are real,
    the text is noise. `is_at_url`: an engine that runs already, whose queue's end nobody knows.
    `flags`: the profile's and the person's, as words of a command line.
    """

    has_gpu: bool
    profile: str
    max_num_seqs: int
    max_num_queued_reqs: int
    max_position_embeddings: int
    max_model_len: int | None = None
    max_num_batched_tokens: int = 2048
    stream_interval: int = 1
    own_quantization: str | None = None
    has_dummy_weights: bool = False
    is_quick: bool = False
    is_at_url: bool = False
    flags: tuple[str, ...] = ()
    checkpoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_quick_cpu(self) -> bool:
        """Whether everything has to be small: `--quick` without a card."""
        return self.is_quick and not self.has_gpu


def machine_of(
    hardware: Hardware,
    shape: ModelShape | None,
    *,
    profile: str,
    model: str,
    flags: tuple[str, ...],
    is_quick: bool,
    checkpoints: Mapping[str, str],
) -> Machine:
    """The machine, with the values that profile and flags give.

    Args:
        hardware: of this machine.
        shape: the model's; `None` where it is not known before its download.
        profile: a file of `config/profiles`, or `auto`.
        model: what the engine loads.
        flags: appended to every engine's command.
        is_quick: fewer engines and smaller loads.
        checkpoints: quantized models by their method.

    Raises:
        ProfileError: there is no such profile.
        UnsupportedCardError: vLLM does not run on this card.
        FlagError: `flags` begin with a word that is no flag.
    """
    chosen = choose_profile(profile, hardware.gpus)
    given: dict[str, Any] = {}
    if value_of(chosen.flags, "--model") == model:
        given["own_quantization"] = value_of(chosen.flags, "--quantization")
    merged = merge(chosen.flags, read_flags(flags))
    max_num_seqs = count_of(merged, "--max-num-seqs") or 256
    queue = count_of(merged, "--max-num-queued-reqs")
    return Machine(
        has_gpu=hardware.kind == "gpu",
        profile=chosen.name,
        max_num_seqs=max_num_seqs,
        max_num_queued_reqs=queue or max_num_queued_reqs(max_num_seqs),
        max_position_embeddings=shape.max_position_embeddings if shape else _UNKNOWN_POSITIONS,
        max_model_len=count_of(merged, "--max-model-len"),
        max_num_batched_tokens=count_of(merged, "--max-num-batched-tokens") or 2048,
        stream_interval=count_of(merged, "--stream-interval") or 1,
        has_dummy_weights=value_of(merged, "--load-format") == "dummy",
        is_quick=is_quick,
        flags=tuple(word for flag in merged for word in flag.words),
        checkpoints=checkpoints,
        **given,
    )
