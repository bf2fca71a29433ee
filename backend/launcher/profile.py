"""Reads `config/profiles/*.yaml`: one `flag: value  # reason (measured: … | computed: …)` a line.

A profile is a file that vLLM itself takes as `--config`. This reads the flat part of YAML that
such a file needs, without a YAML library (the engine's image promises none to the launcher):
numbers and words, quoted words, `true` and `false`, `[a, b]` and JSON objects.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.launcher.flags import Flag
from backend.sizing.gpu import Gpu
from backend.sizing.profiles import choose_profile as profile_for

FOLDER = Path(__file__).resolve().parents[2] / "config" / "profiles"

_LINE = re.compile(
    r"""(?P<name>[A-Za-z][\w.-]*):\s+
        (?P<value>"[^"]*" | '[^']*' | \{.*\} | \[[^\]]*\] | [^\s#"'{\[](?:[^#]*[^\s#])?)
        \s*(?:\s\#\s*(?P<reason>.*))?""",
    re.VERBOSE,
)
_NOT_BOOLEAN = frozenset({"yes", "no", "on", "off", "null", "~"})


class ProfileError(Exception):
    """A profile cannot be read; `str()` names the file, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile's name, its flags, each with its reason, and why it was chosen."""

    name: str
    flags: tuple[Flag, ...]
    reason: str = ""


def choose_profile(name: str, gpus: Sequence[Gpu] = (), folder: Path = FOLDER) -> Profile:
    """The profile of that name; `auto` is the one for these cards, or for the processor.

    Raises:
        ProfileError: There is no such profile, or a line of it cannot be read.
        UnsupportedCardError: vLLM does not run on one of the cards.
    """
    if name != "auto":
        return load_profile(name, folder, reason="WARMLINE_ENGINE_PROFILE")
    choice = profile_for(gpus)
    return load_profile(choice.name, folder, reason=choice.reason)


def load_profile(name: str, folder: Path = FOLDER, *, reason: str = "") -> Profile:
    """Read the profile of that name.

    Raises:
        ProfileError: There is no such file, or a line of it cannot be read.
    """
    path = folder / f"{name}.yaml"
    if path.parent != folder or not path.is_file():
        raise ProfileError(f"there is no profile {name!r}; there is {', '.join(names(folder))}")
    flags = read_profile(path.read_text(encoding="utf-8"), source=path.name)
    return Profile(name, flags, reason)


def names(folder: Path = FOLDER) -> list[str]:
    """The profiles that there are."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def read_profile(text: str, *, source: str) -> tuple[Flag, ...]:
    """The flags that a profile's text sets; `source` names it in an error.

    Raises:
        ProfileError: A line cannot be read, or a flag is set twice.
    """
    flags: dict[str, Flag] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            raise ProfileError(f"{source}, line {number}: not `flag: value  # reason`: {line!r}")
        flag = _flag(match["name"], match["value"], match["reason"] or "")
        if flag is None:
            raise ProfileError(f"{source}, line {number}: write true, false or a value: {line!r}")
        if flag.key in flags:
            raise ProfileError(f"{source}, line {number}: {match['name']} is set twice")
        flags[flag.key] = flag
    return tuple(flags.values())


def _flag(name: str, value: str, reason: str) -> Flag | None:
    if value in ("true", "false"):
        return Flag(f"--{name}" if value == "true" else f"--no-{name}", (), reason)
    if value.lower() in _NOT_BOOLEAN:
        return None
    if value.startswith("["):
        items = tuple(item.strip().strip("\"'") for item in value[1:-1].split(","))
        return Flag(f"--{name}", tuple(filter(None, items)), reason)
    return Flag(f"--{name}", (value.strip("\"'"),), reason)
