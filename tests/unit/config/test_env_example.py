from __future__ import annotations

from pathlib import Path

import pytest

from config.env_example import FILE, FOR_THE_ENGINE_ALONE, env_example
from config.settings import Settings, load_settings, variable

LINES = env_example().splitlines()
EXAMPLES = [line.removeprefix("#") for line in LINES if line.startswith("#") and "=" in line[:50]]


def test_the_file_is_the_one_that_the_settings_make() -> None:
    assert FILE.read_text(encoding="utf-8") == env_example(), "run: python -m config.env_example"


def test_every_setting_has_a_line_and_so_has_what_the_engine_reads() -> None:
    names = [variable(name) for name in Settings.model_fields]

    for name in [*names, *FOR_THE_ENGINE_ALONE]:
        assert sum(line.startswith(f"#{name}=") for line in LINES) == 1, name


def test_a_copy_of_it_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env_example())

    assert load_settings({}, tmp_path / ".env") == load_settings({}, None)


def test_its_lines_are_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\n".join(EXAMPLES))

    assert load_settings({}, tmp_path / ".env") == load_settings({}, None)


@pytest.mark.parametrize("line", LINES)
def test_no_line_is_too_long_to_read(line: str) -> None:
    assert len(line) <= 100
