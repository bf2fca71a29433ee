"""The look of `branding.toml`: name, logo, colours, starters, footer, in both languages.

branding.toml → `load_branding` → `Branding` (frozen) → wiring
"""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from config.presets import Starter
from config.toml_file import Frozen, load_toml, loaded_or_exit

FILE = Path(__file__).with_name("branding.toml")
PUBLIC = FILE.parent.parent / "public"
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text of normal size

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class InBoth(Frozen):
    """A line in both languages."""

    en: Line
    zh_cn: Line = Field(alias="zh-CN")

    def words(self, language: str) -> str:
        """In Simplified Chinese, or else in English."""
        return self.zh_cn if language == "zh-CN" else self.en


class Question(Frozen):
    """A starter in both languages."""

    en: Starter
    zh_cn: Starter = Field(alias="zh-CN")

    def words(self, language: str) -> Starter:
        """In Simplified Chinese, or else in English."""
        return self.zh_cn if language == "zh-CN" else self.en


class Files(Frozen):
    """Pictures in `public/`."""

    logo_light: Line
    logo_dark: Line
    mark: Line

    @model_validator(mode="after")
    def _check_that_they_are_there(self) -> Self:
        for name in (self.logo_light, self.logo_dark, self.mark):
            file = (PUBLIC / name).resolve()
            if not (file.is_relative_to(PUBLIC) and file.is_file()):
                raise ValueError(f"there is no file public/{name}")
        return self


class Colours(Frozen):
    """The colours of one theme, each `#rrggbb`; what each is for is said in the file."""

    background: Colour
    surface: Colour
    tint: Colour
    text: Colour
    muted: Colour
    accent: Colour
    on_accent: Colour
    glow: Colour
    border: Colour
    danger: Colour

    @model_validator(mode="after")
    def _check_that_texts_are_readable(self) -> Self:
        for text in ("text", "muted", "danger"):
            for ground in ("background", "surface", "tint"):
                self._check(text, ground)
        self._check("accent", "background")
        self._check("accent", "surface")
        self._check("on_accent", "accent")
        return self

    def _check(self, text: str, ground: str) -> None:
        found = contrast(getattr(self, text), getattr(self, ground))
        if found < LEAST_CONTRAST:
            raise ValueError(
                f"{text} on {ground} cannot be read well: its contrast is {found:.1f}, "
                f"and must be at least {LEAST_CONTRAST}"
            )


class Themes(Frozen):
    """A page's colours by day and by night."""

    light: Colours
    dark: Colours


class Branding(Frozen):
    """The whole file."""

    name: Annotated[Line, StringConstraints(max_length=40, pattern=r"^[^<>\"&]+$")]
    description: InBoth
    footer: InBoth
    files: Files
    colours: Themes
    starters: tuple[Question, ...] = Field(min_length=1, max_length=6)


def load_branding(file: Path = FILE) -> Branding:
    """Read and check the file.

    Raises:
        SettingsError: it cannot be used; the text is the message for a person.
    """
    return load_toml(file, Branding)


def branding_or_exit(file: Path = FILE) -> Branding:
    """The look, or the end of the process with one message on stderr."""
    return loaded_or_exit(file, Branding, "this branding")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1..21 (WCAG 2.2: contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def as_hsl(colour: str) -> str:
    """A colour as the page's style sheets take it: `20 82% 44%`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    return f"{hue * 360:.1f} {saturation * 100:.1f}% {lightness * 100:.1f}%"


def _luminance(colour: str) -> float:
    """Relative luminance, 0..1 (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in _rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue, each 0..1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
