"""`python -m backend.plan`, asked as a person and a script ask it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.model_configs import QWEN3_4B
from tests.unit.plan.asking import MODEL, ask, plan, put_in_cache


def test_it_says_in_plain_words_whether_everybody_fits(hub: Path) -> None:
    code, text, _ = ask(
        "--gpu", "RTX 4090", "--model", MODEL, "--context", "8K", "--users", "4", hub=hub
    )
    assert code == 0
    assert f"{MODEL} (16 bit) on RTX 4090, 23.5 GiB" in text
    assert "Fits: 4 people with 8,192 tokens each" in text
    for part in ("weights", "activations", "CUDA graphs", "runtime", "KV cache"):
        assert part in text
    assert "To change" not in text
    assert "ms a token (TPOT)" in text


def test_when_it_does_not_fit_it_says_what_to_change_in_order(hub: Path) -> None:
    arguments = ("--gpu", "RTX 4090", "--model", MODEL, "--context", "32K", "--users", "40")
    code, text, _ = ask(*arguments, hub=hub)
    assert code == 0
    assert "Does not fit: 40 people with 32,768 tokens each. 2 would" in text
    order = ["--context 2048", "--kv-cache-dtype fp8", "an FP8 checkpoint", "4 bit", "20 cards"]
    places = [text.index(change) for change in order]
    assert places == sorted(places)


def test_json_holds_the_tokens_of_the_kv_cache(hub: Path) -> None:
    values = plan("--gpu", "H100", "--model", MODEL, "--context", "8K", "--users", "40", hub=hub)
    assert values["num_kv_cache_tokens"] == pytest.approx(462_752, rel=0.05)
    assert values["fits"] is True
    assert values["max_users"] == values["longest_context"] // 8192
    memory = values["memory"]
    assert memory["kv_bytes_per_token"] == 144 * 1024
    assert values["profile"]["name"] == "h100-80gb"
    assert values["remedies"] == []


def test_flags_of_vllm_are_planned_as_given(hub: Path) -> None:
    values = plan(
        *("--gpu", "H100", "--model", MODEL, "--gpu-memory-utilization", "0.5"),
        *("--max-num-seqs", "32", "--max-num-batched-tokens", "2048", "--kv-cache-dtype", "fp8"),
        hub=hub,
    )
    assert values["flags"] == {
        "max_model_len": 8192,
        "max_num_seqs": 32,
        "max_num_batched_tokens": 2048,
        "gpu_memory_utilization": 0.5,
        "num_capture_sizes": 7,
        "kv_cache_dtype": "fp8",
        "tensor_parallel_size": 1,
    }


def test_the_batch_grows_with_the_people(hub: Path) -> None:
    def max_num_seqs(users: str) -> object:
        arguments = ("--gpu", "L4", "--model", MODEL, "--users", users)
        return plan(*arguments, hub=hub)["flags"]["max_num_seqs"]

    assert max_num_seqs("100") == 128
    assert max_num_seqs("300") == 300


def test_a_quantized_checkpoint_is_planned_for_with_one_word(hub: Path) -> None:
    arguments = ("--gpu", "H100", "--model", MODEL)
    plain = plan(*arguments, hub=hub)
    fp8 = plan(*arguments, "--quantization", "fp8", hub=hub)
    awq = plan(*arguments, "--quantization", "awq", hub=hub)
    sizes = [values["memory"]["weights_bytes"] for values in (plain, fp8, awq)]
    assert sizes == sorted(sizes, reverse=True)
    assert fp8["weight_format"] == "fp8"


def test_the_same_word_for_a_checkpoint_that_is_so_already_changes_nothing(hub: Path) -> None:
    arguments = ("--gpu", "H100", "--model", f"{MODEL}-FP8")
    assert plan(*arguments, "--quantization", "fp8", hub=hub) == plan(*arguments, hub=hub)


def test_copies_on_several_cards_add_up(hub: Path) -> None:
    arguments = ("--gpu", "L4", "--model", MODEL, "--context", "32K")
    one = plan(*arguments, hub=hub)
    four = plan(*arguments, "--data-parallel-size", "4", hub=hub)
    assert four["max_users"] == 4 * one["max_users"]
    assert four["num_kv_cache_tokens"] == one["num_kv_cache_tokens"]
    _, text, _ = ask(*arguments, "--data-parallel-size", "4", hub=hub)
    assert "on 4 × L4" in text


def test_a_model_that_is_too_large_gets_a_smaller_checkpoint_or_a_second_card(hub: Path) -> None:
    arguments = ("--gpu", "RTX 3060", "--model", "Qwen/Qwen3-8B", "--context", "4K")
    values = plan(*arguments, hub=hub)
    assert values["num_kv_cache_tokens"] == 0
    assert values["memory"]["kv_cache_bytes"] < 0
    changes = [remedy["change"] for remedy in values["remedies"]]
    assert len(changes) == 2
    assert "4 bit" in changes[0]
    assert changes[1] == "--tensor-parallel-size 2"
    _, text, _ = ask(*arguments, "--profile", hub=hub)
    assert "The model alone is too large" in text
    assert "nothing is left for it" in text
    assert "--max-num-seqs" not in text


def test_a_quantized_checkpoint_goes_with_a_shorter_context_where_neither_is_enough(
    hub: Path,
) -> None:
    large = ("--gpu", "RTX 4070", "--model", "Qwen/Qwen3-8B", "--context", "32K")
    remedies = plan(*large, hub=hub)["remedies"]
    assert all(remedy["fits"] for remedy in remedies)
    changes = [remedy["change"] for remedy in remedies]
    assert changes.pop() == "--tensor-parallel-size 4"
    for change, quantization in zip(changes, ("fp8", "gptq"), strict=True):
        context = change.split(", and --context ")[1]
        assert 4096 <= int(context) < 32_768
        assert plan(*large[:-1], context, "--quantization", quantization, hub=hub)["fits"]


def test_one_change_that_is_enough_by_itself_is_not_offered_with_another(hub: Path) -> None:
    for arguments in (
        ("--gpu", "RTX 4070", "--model", "Qwen/Qwen3-8B", "--context", "4K"),
        ("--gpu", "RTX 4090", "--model", MODEL, "--context", "32K", "--users", "40"),
    ):
        remedies = plan(*arguments, hub=hub)["remedies"]
        assert remedies
        assert not [remedy for remedy in remedies if ", and --context" in remedy["change"]]


def test_a_quantized_checkpoint_with_no_room_to_talk_is_not_offered(hub: Path) -> None:
    crowd = ("--gpu", "RTX 4070", "--model", "Qwen/Qwen3-8B", "--users", "100")
    remedies = plan(*crowd, hub=hub)["remedies"]
    assert not [remedy for remedy in remedies if ", and --context" in remedy["change"]]


def test_a_model_that_is_too_large_for_a_whole_host_gets_no_empty_promise(hub: Path) -> None:
    put_in_cache(
        hub,
        "big/model",
        QWEN3_4B | {"hidden_size": 16_384, "intermediate_size": 65_536, "num_hidden_layers": 96},
    )
    values = plan("--gpu", "RTX 3060", "--model", "big/model", hub=hub)
    assert values["remedies"] == []


def test_an_fp8_cache_is_not_proposed_twice_nor_without_fp8_units(hub: Path) -> None:
    crowd = ("--model", MODEL, "--context", "32K", "--users", "40")
    for arguments in (("--gpu", "RTX 3090"), ("--gpu", "RTX 4090", "--kv-cache-dtype", "fp8")):
        changes = [remedy["change"] for remedy in plan(*arguments, *crowd, hub=hub)["remedies"]]
        assert "--kv-cache-dtype fp8" not in changes
    changes = [r["change"] for r in plan("--gpu", "RTX 3090", *crowd, hub=hub)["remedies"]]
    assert not [change for change in changes if "FP8 checkpoint" in change]


def test_a_context_too_short_to_talk_in_is_not_proposed(hub: Path) -> None:
    values = plan(
        "--gpu", "RTX 4090", "--model", MODEL, "--context", "1K", "--users", "600", hub=hub
    )
    assert not values["fits"]
    assert not [r for r in values["remedies"] if r["change"].startswith("--context")]


def test_the_cpu_engine_counts_its_own_way(hub: Path) -> None:
    arguments = (
        *("--gpu", "cpu", "--model", "HuggingFaceTB/SmolLM2-135M-Instruct"),
        *("--kv-cache-gib", "1", "--context", "4096", "--users", "14"),
    )
    values = plan(*arguments, hub=hub)
    assert values["num_kv_cache_tokens"] == 46_592
    assert values["gpu"] == "cpu"
    assert values["profile"]["name"] == "cpu"
    changes = [remedy["change"] for remedy in values["remedies"]]
    assert changes == ["--context 3072", "VLLM_CPU_KVCACHE_SPACE=2"]
    _, text, _ = ask(*arguments, "--profile", hub=hub)
    assert "on the CPU" in text
    assert "config/profiles/cpu.yaml" in text


def test_a_profile_and_its_flags_are_named_when_asked_for(hub: Path) -> None:
    _, text, _ = ask("--gpu", "L4", "--model", MODEL, "--context", "16K", "--profile", hub=hub)
    assert "Profile: config/profiles/ada-24gb.yaml (L4, 22.0 GiB" in text
    assert "--max-model-len 16384 --max-num-seqs 64" in text


def test_an_unknown_card_is_planned_by_its_memory_and_it_says_so(hub: Path) -> None:
    arguments = (
        *("--gpu", "Something 9000", "--memory-gib", "47", "--compute-capability", "8.9"),
        *("--model", MODEL),
    )
    values = plan(*arguments, hub=hub)
    assert values["gpu_known"] is False
    assert values["profile"]["name"] == "ada-48gb"
    assert values["decode_floor_seconds"] is None
    _, text, _ = ask(*arguments, hub=hub)
    assert "not in the card table" in text
    assert "— (its bandwidth and rate are not known)" in text


def test_32k_is_accepted_and_explained(hub: Path) -> None:
    code, text, _ = ask("--gpu", "H100", "--model", MODEL, "--context", "32k", hub=hub)
    assert code == 0
    assert "32,000 tokens each" in text
    assert "32K would be 32,768" in text


@pytest.mark.parametrize(
    ("gpu", "model", "weights"),
    [
        ("RTX 3080", "JunHowie/Qwen3-4B-Instruct-2507-GPTQ-Int4", "gptq"),
        ("T4", "JunHowie/Qwen3-4B-Instruct-2507-GPTQ-Int4", "gptq"),
        ("RTX 4090", MODEL, "fp8"),
        ("A100", MODEL, "16 bit"),
        ("cpu", "HuggingFaceTB/SmolLM2-135M-Instruct", "16 bit"),
    ],
)
def test_without_a_model_it_is_the_one_that_the_stack_runs_there(
    gpu: str, model: str, weights: str, hub: Path
) -> None:
    values = plan("--gpu", gpu, hub=hub)
    assert (values["model"], values["weight_format"]) == (model, weights)
    assert values["profile"]["name"] in values["notes"][-1]
    _, text, _ = ask("--gpu", gpu, hub=hub)
    assert f"Without --model: {model}" in text


def test_a_named_model_is_planned_as_it_is(hub: Path) -> None:
    values = plan("--gpu", "RTX 4090", "--model", MODEL, hub=hub)
    assert values["weight_format"] == "16 bit"
    assert values["notes"] == []


def test_a_named_quantization_counts_more_than_the_stacks(hub: Path) -> None:
    assert plan("--gpu", "RTX 4090", "--quantization", "awq", hub=hub)["weight_format"] == "awq"


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backend.plan", "--gpu", "L4", "--model", MODEL, "--json"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["num_kv_cache_tokens"] > 0
