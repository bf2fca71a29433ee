"""What a sweep found: a sentence, JSON, a picture and, where the goal is met, a profile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.bench.sweep.goal import Goal, Point, front
from backend.bench.sweep.picture import front_picture
from backend.bench.sweep.profile_file import profile_text
from backend.bench.tips.files import write_whole
from backend.launcher.profile import FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All settings that were measured for a goal, and the one that the search came to.

    `on`: hardware, versions, date, command. `is_finished`: whether there was time for all of it.
    """

    goal: Goal
    points: Sequence[Point]
    best: Point
    num_users: int
    on: Mapping[str, str]
    is_finished: bool = True

    @property
    def answer(self) -> str:
        """The result as a sentence."""
        found = f"{self.best.setting}: {self.best}"
        so_far = "" if self.is_finished else "The sweep is not finished. "
        if self.goal.is_met(self.best):
            return f"{so_far}Best for {self.goal.name} with {self.num_users} users: {found}."
        return (
            f"{so_far}None of {len(self.points)} settings gives {self.num_users} users "
            f"{self.goal.limits}. Nearest: {found}. Take fewer --users, a smaller or quantized "
            "model, or allow more with --most-ttft and --most-tpot."
        )

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        kept = front(self.points)
        return {
            "on": dict(self.on),
            "goal": self.goal.name,
            "limits": self.goal.limits,
            "num_users": self.num_users,
            "answer": self.answer,
            "is_finished": self.is_finished,
            "points": [
                {
                    "setting": str(point.setting),
                    "tokens_per_second": str(point.tokens_per_second),
                    "ttft_seconds": str(point.ttft_seconds),
                    "tpot_seconds": str(point.tpot_seconds),
                    "reply_seconds": round(point.reply_seconds, 3),
                    "is_on_front": point in kept,
                    "meets_limits": self.goal.is_met(point),
                }
                for point in self.points
            ],
        }

    def write(self, folder: Path, base: str) -> list[str]:
        """Write the files; a line for each that somebody would look for.

        Args:
            folder: where.
            base: the profile that the sweep started from.

        Raises:
            NoSpaceError: the disk is full.
        """
        name = f"sweep-{self.goal.name}"
        write_whole(folder / f"{name}.json", json.dumps(self.as_json(), indent=1) + "\n")
        write_whole(folder / f"{name}.svg", front_picture(self.points, self.best, self.goal))
        if not self.goal.is_met(self.best):
            return [f"Picture: {folder / name}.svg"]
        text = (FOLDER / f"{base}.yaml").read_text(encoding="utf-8")
        where = f"{self.on['hardware']}, {self.on['engine']}, {self.on['date']}."
        path = folder / f"{base}-{self.goal.name}.yaml"
        write_whole(path, profile_text(text, self.best, self.goal, f"{name}.json", where))
        return [
            f"Picture: {folder / name}.svg",
            f"Profile: {path}; in config/profiles it is WARMLINE_ENGINE_PROFILE={path.stem}.",
        ]
