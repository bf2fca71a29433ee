"""The evening before the demo, in compose: one command, and the next start is a warm one."""

from __future__ import annotations

import pytest

from tests.compose.stack import CPU, NO_NAMES, ComposeStack

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

# Of bytecode: how many files there are, and when the newest was written.
KEPT = """
from pathlib import Path
written = [f.stat().st_mtime_ns for f in Path("/home/vllm/.cache/python").rglob("*.pyc")]
print(len(written), max(written))
"""


async def test_one_command_fills_the_caches_and_a_second_one_has_nothing_to_do(
    built: ComposeStack,
) -> None:
    await built.remove()
    first = await built.compose("run", "--rm", "prewarm", within_seconds=300)
    second = await built.compose("run", "--rm", "prewarm")

    assert "Once more, as the next start will be." in first
    assert "The next start takes about" in first
    assert "Nothing to do, the next start is a warm one already" in second
    assert "Once more" not in second


async def test_then_the_stack_starts_with_the_network_unplugged(built: ComposeStack) -> None:
    await built.down()
    await built.up(files=(*CPU, NO_NAMES))
    await built.ready()


async def test_bytecode_outlives_containers_with_a_read_only_root(
    built: ComposeStack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As in the GPU stack, whose published image has no bytecode."""
    own = tmp_path_factory.mktemp("compose") / "bytecode.yml"
    variable = "WARMLINE_ENGINE_BYTECODE_DIR: /home/vllm/.cache/python"
    own.write_text(f"services:\n  engine:\n    environment:\n      {variable}\n")
    kept = []
    for _ in range(2):
        await built.down()
        await built.up(files=(*CPU, own))
        await built.ready()
        kept.append(await built.execute("engine", "python3", "-c", KEPT))

    first, second = kept
    assert int(first.split()[0]) > 1000
    assert second == first
