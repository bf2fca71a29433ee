from __future__ import annotations

from config.settings import Settings, variable
from config.settings_table import PAGE, settings_page


def test_the_page_in_docs_is_the_one_that_the_settings_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), (
        "run: python -m config.settings_table"
    )


def test_every_setting_has_a_row_with_its_meaning() -> None:
    page = settings_page()

    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert page.count(f"| `{variable(name)}` | {field.description}") == 1


def test_secrets_are_marked() -> None:
    rows = {line.split("`")[1]: line for line in settings_page().splitlines() if "| `" in line}

    assert "A secret." in rows["WARMLINE_ENGINE_API_KEY"]
    assert "A secret." in rows["WARMLINE_DATABASE_URL"]
    assert "A secret." not in rows["WARMLINE_PORT"]
