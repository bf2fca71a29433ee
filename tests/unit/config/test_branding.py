"""`config/branding.toml`: readable in both themes, and a mistake in it stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import SettingsError
from config.branding import FILE, as_hsl, branding_or_exit, contrast, load_branding

BRANDING = load_branding()


def test_it_names_the_product_in_both_languages() -> None:
    assert BRANDING.name == "Warmline"
    assert BRANDING.footer.words("en") != BRANDING.footer.words("zh-CN")


def test_every_starter_is_written_in_both_languages() -> None:
    for question in BRANDING.starters:
        assert question.words("en").label.isascii()
        assert not question.words("zh-CN").label.isascii()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('name = "Warmline"', "", "branding.toml, name: field required."),
        ('name = "Warmline"', 'name = "<b>"', "branding.toml, name: string should match"),
        ('name = "Warmline"', 'nmae = "Warmline"', "branding.toml, nmae: extra inputs are not"),
        ('accent = "#b8461a"', 'accent = "orange"', "branding.toml, colours, light, accent: "),
        (
            'muted = "#6a5c52"',
            'muted = "#c9bdb3"',
            "branding.toml, colours, light: muted on background cannot be read well: its "
            "contrast is 1.8, and must be at least 4.5.",
        ),
        ('"logo_dark.svg"', '"logo.png"', "branding.toml, files: there is no file public/logo.png"),
        ('"logo_dark.svg"', '"../app.py"', "there is no file public/../app.py"),
        ('label = "安排一天"', 'label = ""', "branding.toml, starters 2, zh-CN, label: "),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / FILE.name
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_branding(file)
    assert message in str(refused.value)


def test_a_mistake_ends_the_process_with_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        branding_or_exit(tmp_path / FILE.name)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(
        "Warmline cannot start with this branding:\nbranding.toml cannot be read"
    )


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize(
    ("colour", "hsl"),
    [
        ("#ff0000", "0.0 100.0% 50.0%"),
        ("#ffffff", "0.0 0.0% 100.0%"),
        ("#336699", "210.0 50.0% 40.0%"),
    ],
)
def test_colours_are_written_for_style_sheets(colour: str, hsl: str) -> None:
    assert as_hsl(colour) == hsl
