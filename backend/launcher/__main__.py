"""`python -m backend.launcher`: starts vLLM by the environment's options, serves `/status`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from backend.launcher.command import build_command, engine_version, is_folder
from backend.launcher.eta import BootHistory, boot_key
from backend.launcher.flags import FlagError
from backend.launcher.hardware import detect
from backend.launcher.masking import masking
from backend.launcher.options import OptionError, Options, describe
from backend.launcher.profile import ProfileError, choose_profile
from backend.launcher.status import StatusServer
from backend.launcher.supervise import Inbox, Plan, StopRequested, Supervisor

_WRONG_OPTIONS = 2


def main(environment: Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT.

    Returns:
        0 after a stop, 1 if vLLM had failed for good, 2 if the options are wrong.
    """
    try:
        options = Options.read(environment)
        plan = make_plan(options, environment)
        plan.folder.mkdir(parents=True, exist_ok=True)
    except (OptionError, ProfileError, FlagError, OSError) as error:
        _complain(str(error))
        return _WRONG_OPTIONS
    return _run(options, plan)


def make_plan(options: Options, environment: Mapping[str, str]) -> Plan:
    """Decide all that is decided before vLLM starts.

    Raises:
        ProfileError: The profile is not there, or cannot be read.
        FlagError: The options' flags do not begin with a flag.
    """
    hardware = detect()
    profile = choose_profile(options.engine_profile, hardware.kind)
    command = build_command(options, profile, hardware, environment)
    return Plan(
        command=command,
        # An empty folder: vLLM's import path begins with it.
        folder=_cache_folder(options) / "engine",
        profile=profile.name,
        hardware=hardware,
        boot_key=boot_key(
            model=options.engine_model,
            flags=command.boot_flags,
            version=engine_version(),
            hardware=f"{hardware.count} x {hardware.name}",
        ),
        from_hub=not is_folder(options.engine_model),
    )


def _run(options: Options, plan: Plan) -> int:
    inbox: Inbox = Inbox()
    mask = masking(plan.command.secrets)
    supervisor = Supervisor(
        plan,
        history=BootHistory(_cache_folder(options) / "boots.json"),
        inbox=inbox,
        mask=mask,
        echo=_echo,
    )
    try:
        server = StatusServer(options.status_host, options.status_port, supervisor.status)
    except OSError as error:
        where = f"{options.status_host}:{options.status_port}"
        _complain(f"/status cannot listen on {where} (WARMLINE_STATUS_PORT): {error.strerror}.")
        return _WRONG_OPTIONS
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put(StopRequested()))
    for flag in plan.command.flags:
        _echo(mask(f"launcher: {' '.join(flag.words)}  # {flag.reason}"))
    try:
        return supervisor.run()
    finally:
        server.close()


def _cache_folder(options: Options) -> Path:
    return options.cache_dir.expanduser().resolve()


def _complain(text: str) -> None:
    print(f"launcher: {text}", file=sys.stderr)


def _echo(text: str) -> None:
    # Whoever read the output may be gone; the engine goes on.
    with contextlib.suppress(OSError):
        print(text, flush=True)


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m backend.launcher",
        description="Starts vLLM and serves GET /status. Its options are environment variables:",
        epilog=describe(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    sys.exit(main(os.environ))
