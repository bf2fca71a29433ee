"""All ways in turns, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from backend.bench.people.asking import Round
from backend.bench.people.ways import Size, Sockets, Way

COLUMNS = (
    ("output tok/s", "output_tokens_per_second"),
    ("tokens a reply", "output_tokens_per_reply"),
    ("TTFT mean, s", "ttft_mean_seconds"),
    ("TTFT p99, s", "ttft_p99_seconds"),
    ("chat's CPU, µs a token", "chat_cpu_us_per_token"),
)


async def in_turns(
    ways: Sequence[Way], size: Size, repeats: int, told: Callable[[Round], None]
) -> None:
    """Rounds of all ways; every second time backwards, so that none is always the first.

    One short round of each comes before and is thrown away: kernels compile at their first use.

    Args:
        ways: to ask.
        size: of each round.
        repeats: rounds of each way.
        told: of each round as soon as it is over.
    """
    for way in ways:
        await way.ask(replace(size, num_prompts=size.num_people), -1)
    for repeat in range(repeats):
        for way in ways if repeat % 2 == 0 else reversed(ways):
            told(await way.ask(size, repeat))


def ratios(rounds: Sequence[Round], way: str) -> list[float]:
    """Tokens a second through the page's sockets over those of another way, repeat by repeat."""
    rates = {(done.way, done.repeat): done.output_tokens_per_second for done in rounds}
    repeats = sorted({done.repeat for done in rounds})
    return [rates[Sockets.name, repeat] / rates[way, repeat] for repeat in repeats]


def table(rounds: Sequence[Round]) -> str:
    """A line for each way: medians, with the least and the greatest value in brackets."""
    heads = ("", *(head for head, _ in COLUMNS), f"{Sockets.name} ÷ this", "failed")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for way in dict.fromkeys(done.way for done in rounds):
        of_way = [done for done in rounds if done.way == way]
        cells = [
            _cell([value for done in of_way if (value := getattr(done, name)) is not None])
            for _, name in COLUMNS
        ]
        ratio = "" if way == Sockets.name else _cell(ratios(rounds, way))
        num_failed = sum(done.num_failed for done in of_way)
        lines.append(f"| {way} | {' | '.join(cells)} | {ratio} | {num_failed} |")
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    if not values:
        return ""
    middle = _number(median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({_number(min(values))}–{_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
