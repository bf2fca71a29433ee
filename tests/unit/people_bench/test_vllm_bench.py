"""vLLM's own client as one of the ways."""

from __future__ import annotations

from pathlib import Path

from backend.bench.people.engine import Engine
from backend.bench.people.ways import Size, VllmBench
from tests.unit.bench.small_vllm import lay_out_bench, python_of


async def test_its_numbers_are_a_round_like_the_others(tmp_path: Path) -> None:
    lay_out_bench(tmp_path)
    engine = Engine("http://127.0.0.1:8001/v1", "m")
    way = VllmBench(engine, "tokenizer", python_of(tmp_path), {})
    size = Size(num_people=2, num_prompts=6, input_tokens=16, output_tokens=10)
    done = await way.ask(size, repeat=1)
    assert (done.way, done.repeat, done.num_people) == ("vllm bench serve", 1, 2)
    assert (done.num_prompts, done.num_failed) == (6, 0)
    assert done.output_tokens_per_second == 99.5
