"""The model that the stack runs on a card by itself, for a question that names none."""

from __future__ import annotations

from dataclasses import replace

from backend.launcher.flags import value_of
from backend.launcher.profile import choose_profile
from backend.plan.request import PlanRequest
from backend.sizing.cards import card_for
from backend.sizing.gpu import Gpu

_WITHOUT_A_CARD = "HuggingFaceTB/SmolLM2-135M-Instruct"  # its profile names no model


def with_own_model(request: PlanRequest) -> PlanRequest:
    """The same question about the profile's model and quantization where none are named.

    Raises:
        SizingError: the card is unknown or too old.
    """
    if request.model:
        return request
    profile = choose_profile("auto", [] if request.on_cpu else [_gpu(request)])
    model = value_of(profile.flags, "--model") or _WITHOUT_A_CARD
    quantization = request.quantization or value_of(profile.flags, "--quantization")
    note = (
        f"Without --model: {model}, which the stack runs there by itself "
        f"(config/profiles/{profile.name}.yaml)."
    )
    return replace(request, model=model, quantization=quantization, notes=(*request.notes, note))


def _gpu(request: PlanRequest) -> Gpu:
    card = card_for(request.gpu, request.memory_gib, request.compute_capability)
    return Gpu(
        name=card.name,
        total_bytes=card.memory_bytes,
        compute_capability=card.compute_capability,
    )
