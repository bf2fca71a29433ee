"""What the gate's card says of the engine."""

from __future__ import annotations

import pytest

from backend.readiness.status import StatusReport
from backend.ui.texts import Language
from backend.ui.texts.engine import WHY, EngineWords, engine_words

COMMAND = "python -m server --model /srv/models/Tiny --served-model-name Tiny --max-num-seqs 16"
LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")


def words(
    command: str = COMMAND, language: Language = "en", *, shows_log: bool = True, **fields: object
) -> EngineWords:
    report = StatusReport(command=tuple(command.split()), **fields)  # type: ignore[arg-type]
    shown = engine_words(report, language, shows_log=shows_log)
    assert shown is not None
    return shown


def test_model_hardware_and_profile_are_named() -> None:
    card = {"kind": "gpu", "name": "NVIDIA H100 80GB HBM3", "count": 1}
    facts = words(hardware=card, profile="h100-80gb")["facts"]
    assert [(fact["label"], fact["value"]) for fact in facts] == [
        ("Model", "Tiny"),
        ("Runs on", "NVIDIA H100 80GB HBM3"),
        ("Profile", "h100-80gb"),
    ]


def test_several_cards_are_counted() -> None:
    facts = words(hardware={"name": "NVIDIA L4", "count": 4})["facts"]
    assert {"label": "Runs on", "value": "4 × NVIDIA L4"} in facts


def test_what_the_launcher_does_not_say_is_left_out() -> None:
    facts = words(hardware={"name": None})["facts"]
    assert [fact["label"] for fact in facts] == ["Model"]


def test_a_model_that_is_a_folder_is_named_without_its_path() -> None:
    assert words("vllm --model /home/ada/models/Tiny")["facts"][0]["value"] == "Tiny"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_main_flag_has_its_value_and_a_reason_in_the_pages_language(language: Language) -> None:
    reason = WHY["--max-num-seqs"][language]
    assert words(language=language)["flags"] == [{"flag": "max-num-seqs 16", "why": reason}]


def test_a_flag_that_somebody_has_set_says_so() -> None:
    flags = words(flag_reasons={"--max-num-seqs": "WARMLINE_ENGINE_FLAGS"})["flags"]
    assert flags[0]["why"] == "set by hand (WARMLINE_ENGINE_FLAGS)"


def test_a_flag_with_equals_and_one_with_many_values_are_read() -> None:
    flags = words("vllm --max-model-len=8K --cudagraph-capture-sizes 1 2 4 8 16")["flags"]
    assert [one["flag"] for one in flags] == [
        "max-model-len 8K",
        "cudagraph-capture-sizes 1 2 … 16",
    ]


def test_every_reason_is_there_in_both_languages() -> None:
    assert all(set(reasons) == set(LANGUAGES) for reasons in WHY.values())


def test_the_log_is_offered_to_those_alone_who_may_read_it() -> None:
    assert words(shows_log=True)["log"] == "Engine's log"
    assert words(shows_log=False)["log"] == ""


def test_nothing_is_said_before_there_is_a_launcher() -> None:
    assert engine_words(None, "en", shows_log=True) is None
    assert engine_words(StatusReport(), "en", shows_log=True) is None
