"""The profile that a sweep found, in the form of `config/profiles/`."""

from __future__ import annotations

import re

from backend.bench.sweep.goal import Goal, Point

_FOLLOWS = {
    "max-num-queued-reqs": "running and waiting (computed: 4 × max-num-seqs)",
    "cudagraph-capture-sizes": "full batch included (computed: sizes up to max-num-seqs)",
}


def profile_text(base: str, point: Point, goal: Goal, source: str, where: str) -> str:
    """A profile's text with the flags of a point, each with its reason.

    Args:
        base: the text of the profile that the sweep started from.
        point: whose flags are taken.
        goal: that they are for.
        source: the file with the measurements.
        where: hardware, version and date, for the first line.
    """
    reason = f"best for {goal.name}: {point} (measured: {source})"
    has_graphs = re.search(r"^cudagraph-capture-sizes:", base, re.MULTILINE) is not None
    text = f"# Found for {goal.name} by python -m backend.bench sweep. {where}\n{base.rstrip()}\n"
    for name, values in point.setting.flags(has_graphs=has_graphs).items():
        value = values[0] if name != "cudagraph-capture-sizes" else f"[{', '.join(values)}]"
        line = f"{name}: {value}  # {_FOLLOWS.get(name, reason)}"
        text, num_found = re.subn(
            rf"^{name}:.*$", line.replace("\\", r"\\"), text, flags=re.MULTILINE
        )
        if not num_found:
            text += f"{line}\n"
    return text
