"""The search climbs to a card's best setting without trying all of them."""

from __future__ import annotations

import pytest

from backend.bench.sweep.goal import Goal, GoalName, Point, default_goal, front
from backend.bench.sweep.result import Found
from backend.bench.sweep.search import Climbed, OutOfTimeError, search
from backend.bench.sweep.setting import Setting
from backend.bench.tips.spread import Spread

START = Setting(max_num_seqs=16, max_num_batched_tokens=512, stream_interval=1)


def at(value: float) -> Spread:
    return Spread(value, value, value, 3)


def point(setting: Setting, *, rate: float, ttft: float = 0.5, tpot: float = 0.04) -> Point:
    return Point(
        setting=setting, tokens_per_second=at(rate), ttft_seconds=at(ttft), tpot_seconds=at(tpot)
    )


def seqs(count: int) -> Setting:
    return Setting(max_num_seqs=count, max_num_batched_tokens=512, stream_interval=1)


def answer(goal: Goal, best: Point, *others: Point, num_users: int = 16) -> str:
    points = [best, *others]
    return Found(goal=goal, points=points, best=best, num_users=num_users, on={}).answer


def came_to(climbed: Climbed) -> Setting:
    assert climbed.best is not None
    return climbed.best.setting


class ScriptedCard:
    """Best for throughput at 64 sequences, 1,024 tokens a step and 4 tokens a chunk."""

    def __init__(self) -> None:
        self.tried: list[Setting] = []
        self.fails_at: Setting | None = None
        self.has_time_for = 100

    def __call__(self, setting: Setting) -> Point | None:
        if len(self.tried) == self.has_time_for:
            raise OutOfTimeError
        self.tried.append(setting)
        if setting == self.fails_at:
            return None
        rate = 100.0
        for value, best in (
            (setting.max_num_seqs, 64),
            (setting.max_num_batched_tokens, 1024),
            (setting.stream_interval, 4),
        ):
            rate *= min(value / best, best / value) ** 0.5
        return point(setting, rate=rate, tpot=0.001 * setting.max_num_seqs)


@pytest.fixture
def card() -> ScriptedCard:
    return ScriptedCard()


def test_it_finds_the_most_tokens_with_few_starts(card: ScriptedCard) -> None:
    climbed = search(START, default_goal("throughput"), card)
    assert climbed.is_finished
    assert came_to(climbed) == Setting(
        max_num_seqs=64, max_num_batched_tokens=1024, stream_interval=4
    )
    assert len(card.tried) <= 10


def test_no_setting_is_measured_twice(card: ScriptedCard) -> None:
    search(START, default_goal("throughput"), card)
    assert len(set(card.tried)) == len(card.tried)


def test_a_goal_of_latency_does_not_climb_beyond_its_limit(card: ScriptedCard) -> None:
    goal = Goal(name="throughput", most_ttft_seconds=1, most_tpot_seconds=0.033)
    assert came_to(search(START, goal, card)).max_num_seqs == 32


def test_latency_takes_the_quickest_replies(card: ScriptedCard) -> None:
    assert came_to(search(START, default_goal("latency"), card)).max_num_seqs == 1


def test_an_engine_that_does_not_start_ends_that_direction(card: ScriptedCard) -> None:
    card.fails_at = seqs(32)
    climbed = search(START, default_goal("throughput"), card)
    assert all(p.setting.max_num_seqs <= 16 for p in climbed.points)
    assert came_to(climbed).stream_interval == 4


def test_a_start_that_cannot_be_measured_is_no_result(card: ScriptedCard) -> None:
    card.fails_at = START
    nothing = Climbed(points=(), best=None, is_finished=True)
    assert search(START, default_goal("latency"), card) == nothing


def test_when_time_runs_out_the_best_so_far_is_the_result(card: ScriptedCard) -> None:
    card.has_time_for = 2
    climbed = search(START, default_goal("throughput"), card)
    assert not climbed.is_finished
    assert came_to(climbed) == seqs(32)
    assert [p.setting for p in climbed.points] == [seqs(16), seqs(32)]


def test_what_is_noise_is_no_progress() -> None:
    def noisy(setting: Setting) -> Point:
        return point(setting, rate=100 + setting.max_num_seqs / 100)

    climbed = search(START, default_goal("throughput"), noisy)
    assert len(climbed.points) == 6
    assert came_to(climbed) == START


@pytest.mark.parametrize(
    ("name", "most_tpot"),
    [
        pytest.param("throughput", 1.0, id="tokens"),
        pytest.param("latency", 1.0, id="replies"),
        pytest.param("latency", 0.01, id="limit"),
    ],
)
def test_a_step_whose_runs_lie_among_those_before_is_no_progress(
    name: GoalName, most_tpot: float
) -> None:
    def luckier_with_more(setting: Setting) -> Point:
        gain = 1.1 if setting.max_num_seqs > 16 else 1.0
        return Point(
            setting=setting,
            tokens_per_second=Spread(100 * gain, 80, 120, 3),
            ttft_seconds=at(0.5),
            tpot_seconds=Spread(0.04 / gain, 0.02, 0.05, 3),
        )

    goal = default_goal(name, most_tpot_seconds=most_tpot)
    assert came_to(search(START, goal, luckier_with_more)) == START


def test_a_goal_that_nothing_meets_names_the_nearest() -> None:
    goal = Goal(name="latency", most_ttft_seconds=0.1, most_tpot_seconds=0.05)
    far, near = point(seqs(16), rate=200, ttft=0.8), point(seqs(1), rate=30, ttft=0.2)
    assert goal.score(near) > goal.score(far)
    assert answer(goal, near, far) == (
        "None of 2 settings gives 16 users a first token within 0.1 s and 20 tok/s for each. "
        "Nearest: max-num-seqs 1, max-num-batched-tokens 512, stream-interval 1: 30 tok/s, first "
        "token after 0.2 s, 25 tok/s for each. Take fewer --users, a smaller or quantized model, "
        "or allow more with --most-ttft and --most-tpot."
    )


def test_a_goal_that_is_met_is_better_than_any_that_is_not() -> None:
    goal = Goal(name="throughput", most_ttft_seconds=1, most_tpot_seconds=0.1)
    slow, fine = point(seqs(64), rate=900, ttft=1.1), point(seqs(1), rate=1)
    assert goal.score(fine) > goal.score(slow)
    assert answer(goal, fine, slow, num_users=4).startswith(
        "Best for throughput with 4 users: max-num-seq"
    )


def test_the_front_holds_what_nothing_beats_in_both() -> None:
    quick = point(seqs(1), rate=50, tpot=0.01)
    middle = point(seqs(8), rate=150, tpot=0.03)
    beaten = point(seqs(16), rate=140, tpot=0.035)
    wide = point(seqs(32), rate=300, tpot=0.08)
    assert front([wide, beaten, quick, middle]) == [quick, middle, wide]
