"""A startup plan is for one share of the card: vLLM itself would take it for any."""

from __future__ import annotations

from pathlib import Path

from backend.launcher.command import Command
from backend.launcher.flags import Flag
from backend.launcher.shortcuts import Shortcut
from backend.launcher.startup_plan import keep_plans_of_this_share

SHORTCUT = Shortcut(name="startup-plan", variables={"VLLM_ENABLE_STARTUP_PLAN": "1"}, reason="")


def command(root: Path, share: str, *shortcuts: Shortcut) -> Command:
    environment = {"VLLM_CACHE_ROOT": str(root), "VLLM_ENABLE_STARTUP_PLAN": "1"}
    flags = (Flag("--gpu-memory-utilization", (share,)),)
    return Command(flags=flags, environment=environment, shortcuts=shortcuts)


def record(root: Path) -> Path:
    """As an engine does."""
    plan = root / "startup_plan" / "startup_plan_1234.json"
    plan.parent.mkdir(parents=True, exist_ok=True)
    plan.write_text("{}")
    return plan


def test_the_plan_of_the_same_share_is_kept(tmp_path: Path) -> None:
    same = command(tmp_path, "0.9", SHORTCUT)
    assert keep_plans_of_this_share(same) == same
    plan = record(tmp_path)
    assert keep_plans_of_this_share(same) == same
    assert plan.exists()


def test_the_plan_of_another_share_is_removed(tmp_path: Path) -> None:
    keep_plans_of_this_share(command(tmp_path, "0.9", SHORTCUT))
    plan = record(tmp_path)
    keep_plans_of_this_share(command(tmp_path, "0.7", SHORTCUT))
    assert not plan.exists()


def test_a_plan_whose_share_nobody_wrote_down_is_removed(tmp_path: Path) -> None:
    plan = record(tmp_path)
    keep_plans_of_this_share(command(tmp_path, "0.9", SHORTCUT))
    assert not plan.exists()


def test_the_rest_of_the_cache_stays(tmp_path: Path) -> None:
    graph = tmp_path / "torch_compile_cache" / "graph"
    graph.parent.mkdir()
    graph.write_text("compiled")
    record(tmp_path)
    keep_plans_of_this_share(command(tmp_path, "0.9", SHORTCUT))
    assert graph.read_text() == "compiled"


def test_where_the_share_cannot_be_written_down_there_is_no_plan(tmp_path: Path) -> None:
    (tmp_path / "startup_plan").write_text("a file in its place")
    kept = keep_plans_of_this_share(command(tmp_path, "0.9", SHORTCUT))
    assert kept.shortcuts == ()
    assert "VLLM_ENABLE_STARTUP_PLAN" not in kept.environment


def test_without_the_shortcut_nothing_is_touched(tmp_path: Path) -> None:
    plan = record(tmp_path)
    keep_plans_of_this_share(command(tmp_path, "0.9"))
    assert plan.exists()
