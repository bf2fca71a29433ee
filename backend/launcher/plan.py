"""All that is decided before vLLM starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from backend.launcher.command import (
    Command,
    build_command,
    engine_version,
    is_folder,
    wished_flags,
)
from backend.launcher.eta import boot_key
from backend.launcher.fitting import with_room
from backend.launcher.hardware import Hardware
from backend.launcher.options import Options
from backend.launcher.profile import choose_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is started, and where what it teaches is kept.

    Attributes:
        command: how vLLM is started.
        folder: its working directory, an empty one: Python's import path begins with it.
        history: the file of earlier boots' durations.
        profile: the profile's name.
        profile_reason: why that one.
        hardware: what vLLM runs on.
        boot_key: equal for boots that should take equally long.
        from_hub: whether the model may be downloaded.
        notices: what was found and mended before the start, in words.
    """

    command: Command
    folder: Path
    history: Path
    profile: str
    hardware: Hardware
    boot_key: str
    from_hub: bool = False
    profile_reason: str = ""
    notices: tuple[str, ...] = ()

    def without_shortcut(self, name: str) -> Plan:
        """The same plan, and the same boots, without one of the command's shortcuts."""
        return replace(self, command=self.command.without_shortcut(name))

    def with_command(self, command: Command) -> Plan:
        """The same plan with another command, whose boots take a time of their own."""
        return replace(self, command=command, boot_key=_boot_key(command, self.hardware))


def make_plan(options: Options, hardware: Hardware, inherited: Mapping[str, str]) -> Plan:
    """The plan for these options on this hardware.

    `inherited` are the launcher's own environment variables.

    Raises:
        ProfileError: The profile is not there, or cannot be read.
        FlagError: `options.engine_flags` begins with a word that is no flag.
        OptionError: Neither the options nor the profile name a model.
        UnsupportedCardError: vLLM does not run on one of the cards.
    """
    profile = choose_profile(options.engine_profile, hardware.gpus)
    hardware = with_room(hardware, wished_flags(options, profile))
    profile = choose_profile(options.engine_profile, hardware.gpus)  # for the cards that are left
    command = build_command(options, profile, hardware, inherited)
    cache = options.cache_dir.expanduser().resolve()
    return Plan(
        command=command,
        folder=cache / "engine",
        history=cache / "boots.json",
        profile=profile.name,
        profile_reason=profile.reason,
        hardware=hardware,
        boot_key=_boot_key(command, hardware),
        from_hub=not is_folder(command.model) and command.asks_hub,
    )


def model_identity(model: str) -> str:
    """A model by its name and, if it is a folder, by its files: another may take its place."""
    folder = Path(model)
    if not is_folder(model) or not folder.is_dir():
        return model
    files = ((file.name, file.stat()) for file in folder.iterdir() if file.is_file())
    shown = sorted(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in files)
    return "\n".join([model, *shown])


def _boot_key(command: Command, hardware: Hardware) -> str:
    return boot_key(
        model=model_identity(command.model),
        flags=command.boot_flags,
        version=engine_version(),
        hardware=f"{hardware.count} × {hardware.name}",
    )
