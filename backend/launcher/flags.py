"""vLLM's flags as values: read from words of a command line, merged, written back as words.

The launcher does not know which flags vLLM has: a word that begins with `--` (or with `-` and a
letter) begins a flag, and what follows up to the next one are its values. vLLM's own parser
takes `_` for `-` in a flag's name, up to a dot, and short names for some.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_BEGINS_FLAG = re.compile(r"--?[A-Za-z]")
_COUNT = re.compile(r"(\d+(?:\.\d+)?)([kKmMgG]?)")
_MULTIPLIERS = {"": 1, "k": 10**3, "K": 2**10, "m": 10**6, "M": 2**20, "g": 10**9, "G": 2**30}

# vllm/engine/arg_utils.py 0.32.0
SHORT_NAMES = {
    "-q": "--quantization",
    "-n": "--nnodes",
    "-r": "--node-rank",
    "-tp": "--tensor-parallel-size",
    "-pp": "--pipeline-parallel-size",
    "-dp": "--data-parallel-size",
    "-dpn": "--data-parallel-rank",
    "-dpr": "--data-parallel-start-rank",
    "-dpl": "--data-parallel-size-local",
    "-dpa": "--data-parallel-address",
    "-dpp": "--data-parallel-rpc-port",
    "-dpb": "--data-parallel-backend",
    "-dph": "--data-parallel-hybrid-lb",
    "-dpe": "--data-parallel-external-lb",
    "-dpm": "--data-parallel-multi-port-external-lb",
    "-dcp": "--decode-context-parallel-size",
    "-pcp": "--prefill-context-parallel-size",
    "-ep": "--enable-expert-parallel",
    "-ac": "--attention-config",
    "-cc": "--compilation-config",
    "-dc": "--diffusion-config",
    "-sc": "--speculative-config",
}


class FlagError(Exception):
    """A word stands where a flag must begin; `str()` is that word."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: `name` as vLLM spells it, dashes included; no values for a switch."""

    name: str
    values: tuple[str, ...] = ()
    reason: str = ""

    @property
    def key(self) -> str:
        """What is equal for two flags that set the same thing (`--x` and `--no-x` do)."""
        return self.name.removeprefix("--no-").lstrip("-")

    @property
    def words(self) -> tuple[str, ...]:
        """The flag as words of a command line."""
        return (self.name, *self.values)


def read_flags(words: Iterable[str], *, reason: str = "") -> tuple[Flag, ...]:
    """Read `--key value`, `--key=value`, `--no-key` and `-k value`.

    Raises:
        FlagError: The first word does not begin a flag.
    """
    flags: list[Flag] = []
    for word in words:
        if _BEGINS_FLAG.match(word):
            name, equals, value = word.partition("=")
            flags.append(Flag(_spelling(name), (value,) if equals else (), reason))
        elif flags:
            last = flags.pop()
            flags.append(Flag(last.name, (*last.values, word), reason))
        else:
            raise FlagError(word)
    return tuple(flags)


def merge(*groups: Iterable[Flag]) -> tuple[Flag, ...]:
    """All flags in order; of those that set the same thing only the last, in the first's place."""
    merged: dict[str, Flag] = {}
    for group in groups:
        merged.update({flag.key: flag for flag in group})
    return tuple(merged.values())


def value_of(flags: Iterable[Flag], name: str) -> str | None:
    """The first value of the last flag of that name; `None` without one."""
    found = [flag.values[0] for flag in flags if flag.name == name and flag.values]
    return found[-1] if found else None


def count_of(flags: Iterable[Flag], name: str) -> int | None:
    """The whole number that a flag is set to, as vLLM reads it (`8k` 8,000, `8K` 8,192).

    `None` if the flag is not there or is not a number (`auto`).
    """
    match = _COUNT.fullmatch(value_of(flags, name) or "")
    return int(float(match[1]) * _MULTIPLIERS[match[2]]) if match else None


def _spelling(name: str) -> str:
    if not name.startswith("--"):
        return SHORT_NAMES.get(name, name)
    plain, dot, rest = name.partition(".")
    return plain.replace("_", "-") + dot + rest
