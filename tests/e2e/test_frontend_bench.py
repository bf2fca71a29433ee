"""The front end's bench, small: both apps, the engine, the browser."""

from __future__ import annotations

from backend.bench.frontend.report import num_wrong, table
from backend.bench.frontend.runs import Bench, PageRun, Plan

SMALL = Plan(
    num_people=4,
    num_tokens=30,
    tokens_per_second=100,
    repeats=1,
    num_messages=2,
    tokens_per_chunk=(1, 8),
    lengths=(50,),
    leaving_seconds=0.0,
    num_sessions=5,
    num_chats=40,
    pages=(PageRun(60),),
)


async def test_it_measures_both_apps_and_every_reply_is_right() -> None:
    said: list[str] = []
    bench = Bench(SMALL, said.append)
    await bench.run()

    names = {app: {r.name for r in bench.results if r.app == app} for app in ("ours", "cookbook")}
    both = {"idle", "load/1", "load/8", "page/first", "page/60", "memory"}
    assert names == {"ours": both | {"length/50", "soak"}, "cookbook": both}
    assert num_wrong(bench.results) == 0
    assert len(said) == len(bench.results)
    assert "CPU a token, whole turn, µs" in table(bench.results)
