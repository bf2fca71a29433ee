"""The search climbs to a card's best setting without trying all of them."""

from __future__ import annotations

import pytest

from backend.bench.sweep.goal import Goal, Point, default_goal, front
from backend.bench.sweep.result import Found
from backend.bench.sweep.search import search
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


def answer(goal: Goal, points: list[Point], *, num_users: int) -> str:
    return Found(goal=goal, points=points, num_users=num_users, on={}).answer


class ScriptedCard:
    """Best for throughput at 64 sequences, 1,024 tokens a step and 4 tokens a chunk."""

    def __init__(self) -> None:
        self.tried: list[Setting] = []
        self.fails_at: Setting | None = None

    def __call__(self, setting: Setting) -> Point | None:
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
    goal = default_goal("throughput")
    points = search(START, goal, card)
    best = goal.best(points).setting
    assert best == Setting(max_num_seqs=64, max_num_batched_tokens=1024, stream_interval=4)
    assert len(card.tried) <= 10


def test_no_setting_is_measured_twice(card: ScriptedCard) -> None:
    search(START, default_goal("throughput"), card)
    assert len(set(card.tried)) == len(card.tried)


def test_a_goal_of_latency_does_not_climb_beyond_its_limit(card: ScriptedCard) -> None:
    goal = Goal(name="throughput", most_ttft_seconds=1, most_tpot_seconds=0.033)
    assert goal.best(search(START, goal, card)).setting.max_num_seqs == 32


def test_latency_takes_the_quickest_replies(card: ScriptedCard) -> None:
    goal = default_goal("latency")
    assert goal.best(search(START, goal, card)).setting.max_num_seqs == 1


def test_an_engine_that_does_not_start_ends_that_direction(card: ScriptedCard) -> None:
    card.fails_at = seqs(32)
    goal = default_goal("throughput")
    points = search(START, goal, card)
    assert all(p.setting.max_num_seqs <= 16 for p in points)
    assert goal.best(points).setting.stream_interval == 4


def test_a_start_that_cannot_be_measured_is_no_result(card: ScriptedCard) -> None:
    card.fails_at = START
    assert search(START, default_goal("latency"), card) == []


def test_what_is_noise_is_no_progress() -> None:
    def noisy(setting: Setting) -> Point:
        return point(setting, rate=100 + setting.max_num_seqs / 100)

    assert len(search(START, default_goal("throughput"), noisy)) == 6


def test_a_goal_that_nothing_meets_names_the_nearest() -> None:
    goal = Goal(name="latency", most_ttft_seconds=0.1, most_tpot_seconds=0.05)
    far, near = point(seqs(16), rate=200, ttft=0.8), point(seqs(1), rate=30, ttft=0.2)
    assert goal.best([far, near]) == near
    assert answer(goal, [far, near], num_users=16) == (
        "None of 2 settings gives 16 users a first token within 0.1 s and 20 tok/s for each. "
        "Nearest: max-num-seqs 1, max-num-batched-tokens 512, stream-interval 1: 30 tok/s, first "
        "token after 0.2 s, 25 tok/s for each. Take fewer --users, a smaller or quantized model, "
        "or allow more with --most-ttft and --most-tpot."
    )


def test_a_goal_that_is_met_is_better_than_any_that_is_not() -> None:
    goal = Goal(name="throughput", most_ttft_seconds=1, most_tpot_seconds=0.1)
    slow, fine = point(seqs(64), rate=900, ttft=1.1), point(seqs(1), rate=1)
    assert goal.best([slow, fine]) == fine
    assert answer(goal, [slow, fine], num_users=4).startswith(
        "Best for throughput with 4 users: max-num-seq"
    )


def test_the_front_holds_what_nothing_beats_in_both() -> None:
    quick = point(seqs(1), rate=50, tpot=0.01)
    middle = point(seqs(8), rate=150, tpot=0.03)
    beaten = point(seqs(16), rate=140, tpot=0.035)
    wide = point(seqs(32), rate=300, tpot=0.08)
    assert front([wide, beaten, quick, middle]) == [quick, middle, wide]
