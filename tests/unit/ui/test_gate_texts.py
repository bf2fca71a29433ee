"""The gate's card in words."""

from __future__ import annotations

import pytest

from backend.launcher.causes import CAUSES
from backend.readiness.gate import Download, GateState, Phase, Problem, Slow, WarmupBurst
from backend.ui.texts.gate import card, detail, problem_words
from backend.ui.texts.zh_cn_launcher import PROBLEMS

LAUNCHERS = Problem(
    kind="out_of_memory", message="The card has too little memory.", advice="Lower the context."
)


def shown(state: GateState, language: str = "en") -> dict[str, object]:
    words = card(
        state,
        elapsed_seconds=7.5,
        passed=[(Phase.STARTING, 4.8)],
        turn_runs=False,
        language="zh-CN" if language == "zh-CN" else "en",
    )
    return dict(words)


def test_a_start_shows_its_phase_progress_and_what_is_left() -> None:
    state = GateState(phase=Phase.LOADING_WEIGHTS, progress=0.3, eta_seconds=42.0, detail="1 of 4.")
    words = shown(state)
    assert words["open"] is False
    assert words["label"] == "Loading the model's weights"
    assert words["progress"] == 0.3
    assert words["eta"] == "about 42 s left"
    assert words["detail"] == "1 of 4."
    assert words["passed"] == [{"label": "Starting the engine", "took": "4.8 s"}]


@pytest.mark.parametrize(
    ("activity", "english", "chinese"),
    [
        ("disk", "reads or writes the disk", "读写磁盘"),
        ("network", "waits for the network", "等待网络"),
        ("processor", "computes", "计算"),
        ("nothing", "does nothing that can be seen", "看不出"),
        ("of a later version", "is alive.", "仍在运行。"),
    ],
)
def test_a_slow_phase_says_so_and_what_the_engine_does(
    activity: str, english: str, chinese: str
) -> None:
    state = GateState(phase=Phase.LOADING_WEIGHTS, slow=Slow(times=3.4, activity=activity))
    assert "3 times longer than ever" in detail(state, "en")
    assert english in detail(state, "en")
    assert chinese in detail(state, "zh-CN")


def test_a_download_shows_its_bytes_and_its_rate_in_both_languages() -> None:
    known = Download(done_bytes=3_100_000_000, total_bytes=8_000_000_000, bytes_per_second=1e8)
    state = GateState(phase=Phase.DOWNLOADING, download=known)
    assert detail(state, "en") == "3.1 of 8.0 GB here, 100 MB a second, 49 s left of the download"
    assert detail(state, "zh-CN").startswith("已下载 3.1 GB，共 8.0 GB")


def test_of_a_download_whose_whole_is_not_known_no_end_is_told() -> None:
    state = GateState(phase=Phase.DOWNLOADING, download=Download(done_bytes=3_100_000_000))
    assert detail(state, "en") == "3.1 GB here"


def test_a_fraction_of_the_phase_is_shown_in_both_languages() -> None:
    state = GateState(phase=Phase.LOADING_WEIGHTS, fraction=0.5, detail="Loading.")
    assert detail(state, "en") == "Loading. 50 % of this step"
    assert detail(state, "zh-CN") == "本步骤完成 50 %"


def test_without_an_estimate_nothing_is_invented() -> None:
    assert shown(GateState())["eta"] == "no estimate yet"
    assert shown(GateState())["progress"] is None


WARMING = GateState(
    phase=Phase.WARMING_UP,
    bursts=(
        WarmupBurst(num_requests=1, mean_ttft_seconds=0.05),
        WarmupBurst(num_requests=1, mean_ttft_seconds=0.3, has_long_prompts=True),
        WarmupBurst(num_requests=1, mean_ttft_seconds=0.1, has_long_prompts=True),
        WarmupBurst(num_requests=32, mean_ttft_seconds=3.3),
        WarmupBurst(num_requests=32, mean_ttft_seconds=3.6),
        WarmupBurst(num_requests=32, mean_ttft_seconds=0.13),
    ),
    num_jit_compilations=12,
)


def test_the_warm_up_shows_each_size_with_its_bursts_and_what_compiled() -> None:
    assert detail(WARMING, "en") == (
        "Warming up: alone, 0.05 s; a long prompt, 0.30 s, then 0.10 s; "
        "32 at once, 3.3 s, 3.6 s, then 0.13 s; 12 kernels compiled meanwhile"
    )


def test_the_warm_up_is_told_in_chinese_too() -> None:
    words = detail(WARMING, "zh-CN")
    assert words.startswith("预热中：单独，0.05 秒；")
    assert "32 路并发，3.3 秒，3.6 秒，然后 0.13 秒" in words


def test_a_lost_engine_has_a_title_of_its_own() -> None:
    assert "went away" in str(shown(GateState(phase=Phase.LOST))["title"])


def test_an_open_gate_says_so() -> None:
    words = shown(GateState(phase=Phase.READY))
    assert words["open"] is True
    assert words["title"] == "Ready"


def test_the_launchers_problem_is_shown_in_its_own_words() -> None:
    assert problem_words(LAUNCHERS, "en") == {
        "message": "The card has too little memory.",
        "advice": "Lower the context.",
    }


def test_a_problem_of_the_probes_is_said_by_its_kind() -> None:
    problem = Problem(kind="several_models", values={"served": ("a", "b")})
    words = problem_words(problem, "en")
    assert "a, b" in words["message"]
    assert "WARMLINE_MODEL" in words["advice"]


def test_a_problem_that_nobody_knows_still_has_a_sentence() -> None:
    words = problem_words(Problem(kind="never_heard_of"), "en")
    assert words["message"]
    assert words["advice"]


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_a_name_in_both_languages(phase: Phase) -> None:
    english, chinese = (shown(GateState(phase=phase), lang)["label"] for lang in ("en", "zh-CN"))
    assert english
    assert chinese
    assert english != chinese


def test_every_problem_of_the_launcher_has_its_chinese_words() -> None:
    assert {cause.kind for cause in CAUSES} <= set(PROBLEMS)


def test_a_page_in_chinese_shows_the_launchers_problem_in_chinese() -> None:
    words = problem_words(LAUNCHERS, "zh-CN")
    assert "不足" in words["message"]


def test_a_kind_without_chinese_words_is_shown_in_the_launchers_own() -> None:
    problem = Problem(kind="brand_new", message="Something new.", advice="Do this.")
    assert problem_words(problem, "zh-CN")["message"] == "Something new."
