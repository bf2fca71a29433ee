"""A profile is a wish: the card, and what else runs on it, takes from it."""

from __future__ import annotations

from backend.launcher.command import Command
from backend.launcher.fitting import fit_to_cards
from backend.launcher.flags import Flag, read_flags, value_of
from backend.launcher.mend import mended_command
from backend.launcher.problems import name_cause
from backend.launcher.profile import load_profile
from backend.sizing.gpu import Gpu
from backend.sizing.units import GIB

H100 = Gpu(name="NVIDIA H100 80GB HBM3", total_bytes=int(79.2 * GIB), free_bytes=int(78.6 * GIB))
CONTEXT = (
    "ValueError: To serve at least one request with the model's max seq len (262144), "
    "(36.0 GiB KV cache is needed, which is larger than the available KV cache memory (8.0 GiB). "
    "Based on the available memory, the estimated maximum model length is 58208."
)
TAKEN = (
    "ValueError: Free memory on device cuda:0 (40.0/79.2 GiB) on startup is less than desired "
    "GPU memory utilization (0.92, 72.86 GiB)."
)


def profile(name: str = "h100-80gb") -> tuple[Flag, ...]:
    return load_profile(name).flags


def test_a_profile_stays_as_it_is_on_its_own_card() -> None:
    assert fit_to_cards(profile(), [H100]) == profile()


def test_without_a_card_nothing_is_fitted() -> None:
    assert fit_to_cards(profile(), []) == profile()


def test_memory_that_something_else_holds_lowers_the_share_first() -> None:
    busy = Gpu(name=H100.name, total_bytes=H100.total_bytes, free_bytes=int(40 * GIB))
    fitted = fit_to_cards(profile(), [busy])
    assert value_of(fitted, "--gpu-memory-utilization") == "0.5"
    assert value_of(fitted, "--max-model-len") == value_of(profile(), "--max-model-len")
    reason = next(f.reason for f in fitted if f.name == "--gpu-memory-utilization")
    assert "taken by something else" in reason


def test_a_smaller_card_gets_fewer_people_and_graphs_for_them() -> None:
    small = Gpu(name="RTX 3090", total_bytes=int(23.6 * GIB), compute_capability=(8, 6))
    fitted = fit_to_cards(profile("a100-80gb"), [small])
    people = value_of(fitted, "--max-num-seqs")
    assert people is not None
    assert int(people) < 256
    sizes = next(f.values for f in fitted if f.name == "--cudagraph-capture-sizes")
    assert sizes[-1] == people


def test_what_the_person_set_stays() -> None:
    busy = Gpu(name=H100.name, total_bytes=H100.total_bytes, free_bytes=int(40 * GIB))
    fixed = frozenset({"gpu-memory-utilization"})
    fitted = fit_to_cards(profile(), [busy], fixed=fixed)
    assert value_of(fitted, "--gpu-memory-utilization") == "0.92"


def test_several_cards_serve_side_by_side_where_the_model_fits_on_one() -> None:
    fitted = fit_to_cards(profile(), [H100, H100])
    assert value_of(fitted, "--data-parallel-size") == "2"
    assert value_of(fitted, "--tensor-parallel-size") is None


def test_several_cards_hold_together_what_one_is_too_small_for() -> None:
    tiny = Gpu(name="RTX 3070", total_bytes=int(7.6 * GIB), compute_capability=(8, 6))
    fitted = fit_to_cards(profile("a100-80gb"), [tiny] * 4)
    size = value_of(fitted, "--tensor-parallel-size")
    assert size is not None
    assert int(size) > 1


def test_a_model_that_nobody_knows_is_not_fitted() -> None:
    flags = (*profile(), Flag("--model", ("somebody/unknown",)))
    assert fit_to_cards(flags, [H100]) == flags


def command(*words: str) -> Command:
    return Command(flags=read_flags(words), environment={})


def test_a_context_too_long_for_the_cache_starts_again_with_the_one_that_fits() -> None:
    problem = name_cause([CONTEXT])
    assert problem is not None
    fitted = mended_command(command("--max-model-len", "262144"), problem)
    assert fitted is not None
    assert value_of(fitted.command.flags, "--max-model-len") == "58208"


def test_a_share_larger_than_what_is_free_starts_again_with_less() -> None:
    problem = name_cause([TAKEN])
    assert problem is not None
    fitted = mended_command(command("--gpu-memory-utilization", "0.92"), problem)
    assert fitted is not None
    assert value_of(fitted.command.flags, "--gpu-memory-utilization") == "0.50"


def test_other_problems_are_not_for_the_launcher_to_cure() -> None:
    problem = name_cause(["torch.cuda.OutOfMemoryError: CUDA out of memory."])
    assert problem is None or mended_command(command(), problem) is None
