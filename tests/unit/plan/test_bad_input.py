"""What cannot be planned gets one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.plan.asking import MODEL, ask


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--gpu", "H100", "--model", "no/model"), "'no/model' is neither a folder"),
        (("--gpu", "X", "--model", MODEL), "no card named 'X'"),
        (("--gpu", "V100", "--model", MODEL), "compute capability 7.0"),
        (("--gpu", "H100", "--model", MODEL, "--context", "0"), "at least 1 token"),
        (("--gpu", "H100", "--model", MODEL, "--context", "long"), "'long' is no number"),
        (("--gpu", "H100", "--model", MODEL, "--context", "300K"), "262,144 tokens"),
        (("--gpu", "H100", "--model", MODEL, "--users", "0"), "--users is 0"),
        (("--gpu", "H100", "--model", MODEL, "--users", "many"), "'many'"),
        (("--gpu", "H100", "--model", MODEL, "--gpu-memory-utilization", "1.2"), "share"),
        (("--gpu", "H100", "--model", MODEL, "--gpu-memory-utilization", "0"), "share"),
        (("--gpu", "H100", "--model", MODEL, "--gpu-memory-utilization", "nan"), "share"),
        (("--gpu", "H100", "--model", MODEL, "--quantization", "int3"), "int3"),
        (("--gpu", "H100", "--model", f"{MODEL}-FP8", "--quantization", "awq"), "fp8 already"),
        (("--gpu", "H100", "--model", MODEL, "--tensor-parallel-size", "3"), "does not divide"),
        (("--gpu", "X", "--model", MODEL, "--memory-gib", "-1"), "--memory-gib is -1.0"),
        (("--gpu", "H100", "--model", MODEL, "--compute-capability", "nine"), "form 8.9"),
        (("--gpu", "H100", "--model", MODEL, "--usres", "3"), "--usres"),
        (("--model", MODEL), "--gpu"),
    ],
)
def test_bad_input_gets_one_sentence(arguments: tuple[str, ...], sentence: str, hub: Path) -> None:
    code, output, errors = ask(*arguments, hub=hub)
    assert code == 2
    assert output == ""
    assert sentence in errors
    assert errors.endswith(".\n")
    assert errors.count("\n") == 1


def test_a_folder_that_is_no_model_is_named(hub: Path, tmp_path: Path) -> None:
    code, _, errors = ask("--gpu", "H100", "--model", str(tmp_path), hub=hub)
    assert code == 2
    assert "holds no config.json" in errors
