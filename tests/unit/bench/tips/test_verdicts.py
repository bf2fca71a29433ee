"""When a claim holds, when it does not, and when nobody can say."""

from __future__ import annotations

from backend.bench.tips import verdicts
from backend.bench.tips.parts import Part, Point, compared, decide
from backend.bench.tips.results import judge
from backend.bench.tips.spread import Spread
from backend.bench.tips.workloads import Chat, Prefix, Questions
from tests.unit.bench.tips.known import Runs, rates, results, ttfts
from tests.unit.bench.tips.scripted import ONE, OWN, users

GAIN = verdicts.throughput_gain(Point(ONE, users(8)), Point(OWN, users(8)), least=3)


def test_three_times_the_throughput_holds() -> None:
    known = results({(ONE, users(8)): rates(30, 32, 31), (OWN, users(8)): rates(120, 130, 125)})
    verdict = GAIN(known)
    assert verdict.answer == "holds"
    assert verdict.measured.startswith("4.03 (3.75–4.33) × with 8 users")


def test_twice_the_throughput_does_not_hold() -> None:
    known = results({(ONE, users(8)): rates(60, 62, 61), (OWN, users(8)): rates(120, 130, 125)})
    assert GAIN(known).answer == "does not hold"


def test_runs_that_overlap_show_nothing() -> None:
    known = results({(ONE, users(8)): rates(20, 200, 30), (OWN, users(8)): rates(120, 130, 125)})
    verdict = GAIN(known)
    assert verdict.answer == "not measurable here"
    assert verdict.measured.endswith("the runs overlap, so they show nothing.")


def test_an_engine_that_did_not_start_is_the_reason() -> None:
    known = results({(OWN, users(8)): rates(1)}, failures={ONE: "CUDA out of memory."})
    verdict = judge(GAIN, known, "")
    assert verdict.answer == "not measurable here"
    assert "one: CUDA out of memory." in verdict.measured


def test_a_machine_that_cannot_say_has_no_verdict() -> None:
    verdict = judge(GAIN, results({}), "There is no card.")
    assert (verdict.answer, verdict.measured) == ("not measurable here", "There is no card.")


def test_context_needs_users_and_first_token_both() -> None:
    short, long = Point(OWN, users(8)), Point(ONE, users(8))
    boots = {OWN: {"num_users_fit": 56.5}, ONE: {"num_users_fit": 1.8}}
    claim = verdicts.context_cost(short, long)
    slow = results({(OWN, users(8)): ttfts(0.2), (ONE, users(8)): ttfts(0.9)}, boots)
    same = results({(OWN, users(8)): ttfts(0.2), (ONE, users(8)): ttfts(0.2)}, boots)
    assert claim(slow).answer == "holds"
    assert claim(same).answer == "does not hold"
    assert "users that fit 1.8 → 56.5" in claim(same).measured


def test_a_failed_request_at_a_judged_share_breaks_the_claim() -> None:
    points = [Point(ONE, users(8)), Point(OWN, users(8))]
    runs: Runs = {
        (ONE, users(8)): [{"num_failed": 0, "num_preemptions": 3}],
        (OWN, users(8)): [{"num_failed": 2, "num_preemptions": 0}],
    }
    boots = {ONE: {"num_kv_cache_tokens": 1000.0}, OWN: {"num_kv_cache_tokens": 2000.0}}
    known = results(runs, boots)
    assert verdicts.no_failures(points, [ONE])(known).answer == "holds"
    assert verdicts.no_failures(points, [OWN])(known).answer == "does not hold"
    assert verdicts.no_failures(points, [])(known).answer == "not measurable here"


def test_a_judged_share_at_which_a_run_failed_breaks_the_claim() -> None:
    points = [Point(ONE, users(8)), Point(OWN, users(8))]
    runs: Runs = {(e, users(8)): [{"num_failed": 0}] * 2 for e in (ONE, OWN)}
    boots = {e: {"num_kv_cache_tokens": 1000.0} for e in (ONE, OWN)}
    known = results(runs, boots, run_failures={(OWN, users(8)): "the engine ended"})
    verdict = verdicts.no_failures(points, [OWN])(known)
    assert verdict.answer == "does not hold"
    assert "a run failed: the engine ended" in verdict.measured
    assert verdicts.no_failures(points, [ONE])(known).answer == "holds"


def test_what_rests_on_fewer_than_three_runs_says_so() -> None:
    few = results({(ONE, users(8)): rates(30, 32, 31), (OWN, users(8)): rates(120, 130)})
    all_three = results({(ONE, users(8)): rates(30, 32, 31), (OWN, users(8)): rates(120, 130, 125)})
    assert GAIN(few).measured.endswith(" (rests on 2 runs).")
    assert "rests on" not in GAIN(all_three).measured


def test_what_is_only_noise_holds_beside_nothing() -> None:
    noise = compared(Spread(10, 9, 12, 3), Spread(9, 8, 11, 3), holds=True, measured="10 and 9")
    verdict = decide([Part(True, "small"), noise])
    assert verdict.answer == "not measurable here"
    assert "10 and 9; the runs overlap, so they show nothing" in verdict.measured
    assert decide([Part(False, "large"), noise]).answer == "does not hold"


def test_the_prefix_has_to_gain_half_at_every_length() -> None:
    pairs = [
        (
            Prefix(prefix_tokens=n, is_shared=False, num_prompts=3),
            Prefix(prefix_tokens=n, is_shared=True, num_prompts=3),
        )
        for n in (256, 1024)
    ]
    (cold, shared), (long_cold, long_shared) = pairs
    known = {(OWN, long_cold): ttfts(2.0), (OWN, long_shared): ttfts(0.4)}
    fine = results(known | {(OWN, cold): ttfts(1.0), (OWN, shared): ttfts(0.5)})
    poor = results(known | {(OWN, cold): ttfts(1.0), (OWN, shared): ttfts(0.6)})
    assert verdicts.prefix_gain(OWN, pairs)(fine).answer == "holds"
    assert verdicts.prefix_gain(OWN, pairs)(poor).answer == "does not hold"


def test_trimming_half_at_once_has_to_be_quicker() -> None:
    half, turn = (
        Chat(trimming=t, num_turns=9, context_tokens=512, question_tokens=9, output_tokens=8)
        for t in ("half", "turn")
    )
    known = results(
        {
            (OWN, half): ttfts(0.2, cached_share=0.8),
            (OWN, turn): ttfts(0.9, cached_share=0.0),
        }
    )
    verdict = verdicts.trimming_gain(OWN, half, turn)(known)
    assert verdict.answer == "holds"
    assert "0.8 and 0 of the prompt from the cache" in verdict.measured
    noisy = results({(OWN, half): ttfts(0.2, 0.9, 0.3), (OWN, turn): ttfts(0.8, 0.7, 0.9)})
    assert verdicts.trimming_gain(OWN, half, turn)(noisy).answer == "not measurable here"


def test_without_a_card_the_wait_alone_decides() -> None:
    in_turn, at_once = (Questions(num_at_once=n, output_tokens=8) for n in (1, 10))
    asked = [{"answered_seconds": 6.0, "latency_seconds": 1.0, "output_tokens_per_second": 30.0}]
    burst = [{"answered_seconds": 2.0, "latency_seconds": 2.0, "output_tokens_per_second": 90.0}]
    claim = verdicts.concurrency_gain(OWN, in_turn, at_once)
    verdict = claim(results({(OWN, in_turn): asked, (OWN, at_once): burst}))
    assert verdict.answer == "holds"
    assert "no card whose use could be read: 30 → 90 tok/s" in verdict.measured


def test_twice_no_use_of_a_card_is_no_gain() -> None:
    in_turn, at_once = (Questions(num_at_once=n, output_tokens=8) for n in (1, 10))
    idle = {"latency_seconds": 1.0, "output_tokens_per_second": 30.0, "card_use": 0.0}
    runs: Runs = {
        (OWN, in_turn): [{"answered_seconds": 6.0, **idle}],
        (OWN, at_once): [{"answered_seconds": 2.0, **idle}],
    }
    measured = verdicts.concurrency_gain(OWN, in_turn, at_once)(results(runs)).measured
    assert "no card whose use could be read" in measured
