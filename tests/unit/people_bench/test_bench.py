"""Ways in turns, and their table."""

from __future__ import annotations

import pytest

from backend.bench.people.asking import Answer, Round, round_of
from backend.bench.people.bench import in_turns, ratios, table
from backend.bench.people.ways import Size

SIZE = Size(num_people=2, num_prompts=8, input_tokens=16, output_tokens=4)


class Scripted:
    """A way that is slower the second time."""

    def __init__(self, name: str, tokens: int, diary: list[tuple[str, int, int]]) -> None:
        self.name = name
        self._tokens = tokens
        self._diary = diary

    async def ask(self, size: Size, repeat: int) -> Round:
        self._diary.append((self.name, repeat, size.num_prompts))
        answers = [Answer(self._tokens, 0.5)]
        return round_of(self.name, repeat, size.num_people, 1.0 + max(0, repeat), answers)


async def rounds_of(repeats: int) -> tuple[list[Round], list[tuple[str, int, int]]]:
    diary: list[tuple[str, int, int]] = []
    ways = [Scripted("direct", 100, diary), Scripted("sockets", 98, diary)]
    rounds: list[Round] = []
    await in_turns(ways, SIZE, repeats, rounds.append)
    return rounds, diary


async def test_a_short_round_is_thrown_away_and_the_order_turns() -> None:
    rounds, diary = await rounds_of(2)
    assert diary[:2] == [("direct", -1, 2), ("sockets", -1, 2)]
    assert [name for name, _, _ in diary[2:]] == ["direct", "sockets", "sockets", "direct"]
    assert {num_prompts for _, _, num_prompts in diary[2:]} == {8}
    assert len(rounds) == 4


async def test_a_ratio_is_of_the_same_repeat() -> None:
    rounds, _ = await rounds_of(3)
    assert ratios(rounds, "direct") == pytest.approx([0.98] * 3)


async def test_the_table_has_a_line_for_each_way() -> None:
    rounds, _ = await rounds_of(2)
    head, _, direct, sockets = table(rounds).splitlines()
    assert head.startswith("|  | output tok/s | tokens a reply |")
    assert direct.startswith("| direct | 75 (50–100) | 100 (100–100) |")
    assert direct.endswith("| 0.98 (0.98–0.98) | 0 |")
    assert sockets.endswith("|  |  | 0 |")
