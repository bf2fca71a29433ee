"""`python -m backend.launcher`: starts vLLM by the environment's options, serves `/status`.

SIGUSR1 lets it begin anew: vLLM is stopped in good order, options, cards and caches are looked at
again, vLLM is started. So a start can be rehearsed while everything else stays up.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend.launcher.cache_care import care_for_caches, care_for_folder
from backend.launcher.command import is_built_for_cards
from backend.launcher.eta import BootHistory
from backend.launcher.flags import FlagError
from backend.launcher.hardware import Hardware, detect
from backend.launcher.masking import masking
from backend.launcher.model_config import fetch_unknown_shape
from backend.launcher.options import OptionError, Options, describe
from backend.launcher.plan import Plan, make_plan
from backend.launcher.prewarmed import report_of
from backend.launcher.problems import (
    Problem,
    card_missing,
    card_unsupported,
    flags_invalid,
    hardware_unreadable,
    profile_invalid,
)
from backend.launcher.profile import ProfileError
from backend.launcher.status import Status, StatusServer, failed_status
from backend.launcher.supervise import Inbox, StopRequested, Supervisor
from backend.sizing.errors import UnsupportedCardError

_FAILED = 1
_WRONG_OPTIONS = 2
_UNKNOWN = Hardware(kind="gpu", name="unknown", count=0)


def main(environment: Mapping[str, str], look: Callable[[], Hardware] = detect) -> int:
    """Run until SIGTERM or SIGINT.

    Args:
        environment: the options, and what the engine inherits.
        look: says what the engine runs on.

    Returns:
        0 after a stop, 1 if vLLM had failed for good, 2 if the options are wrong.
    """
    try:
        options = Options.read(environment)
    except OptionError as error:
        return _refuse(str(error))
    try:
        hardware = look()
    except Exception as error:  # a driver's surprise has to be shown by the page
        return _explain(hardware_unreadable(repr(error)), options, _UNKNOWN)
    return _run(options, hardware, environment)


def _run(options: Options, hardware: Hardware, environment: Mapping[str, str]) -> int:
    try:
        if options.engine_profile == "auto" and not hardware.gpus and is_built_for_cards():
            return _explain(card_missing(), options, hardware)
        plan = make_plan(options, hardware, environment)
        if hardware.gpus and fetch_unknown_shape(plan.command):
            plan = make_plan(options, hardware, environment)
        folder, notice = care_for_folder(plan.folder)
        cared = care_for_caches(plan.command)
    except UnsupportedCardError as error:
        return _explain(card_unsupported(str(error)), options, hardware)
    except ProfileError as error:
        return _explain(profile_invalid(str(error)), options, hardware)
    except FlagError:
        return _explain(flags_invalid(), options, hardware)
    except (OptionError, OSError) as error:
        return _refuse(str(error))
    notices = tuple(filter(None, (*plan.hardware.notices, notice, *cared.notices)))
    temporary = cared.temporary if folder == plan.folder else (folder, *cared.temporary)
    plan = replace(plan, folder=folder, command=cared.command, notices=notices)
    return _supervise(plan, options, temporary)


def _supervise(plan: Plan, options: Options, temporary: Iterable[Path]) -> int:
    inbox: Inbox = Inbox()
    mask = masking(plan.command.secrets)
    supervisor = Supervisor(
        plan, history=BootHistory(plan.history), inbox=inbox, mask=mask, echo=_echo
    )

    def run() -> int:
        for notice in plan.notices:
            _echo(f"launcher: {notice}")
        _echo(f"launcher: profile {plan.profile}  # {plan.profile_reason}")
        for flag in plan.command.flags:
            _echo(mask(f"launcher: {' '.join(flag.words)}  # {flag.reason}"))
        try:
            return supervisor.run()
        finally:
            for folder in temporary:
                shutil.rmtree(folder, ignore_errors=True)

    return _serve(
        supervisor.status, run, options, inbox, read_caches=lambda: report_of(plan).to_json()
    )


def _explain(problem: Problem, options: Options, hardware: Hardware) -> int:
    """Start nothing, but let the page say why."""
    inbox: Inbox = Inbox()

    def run() -> int:
        _echo(f"launcher: {problem.sentences}")
        while not isinstance(inbox.get(), StopRequested):
            pass
        return _FAILED

    return _serve(lambda: failed_status(problem, hardware), run, options, inbox)


def _serve(
    status: Callable[[], Status],
    run: Callable[[], int],
    options: Options,
    inbox: Inbox,
    *,
    read_caches: Callable[[], Mapping[str, Any]] | None = None,
) -> int:
    """Serve `/status` while something runs, to which signals go as `StopRequested`."""
    try:
        server = StatusServer(options.status_host, options.status_port, status, read_caches)
    except OSError as error:
        where = f"{options.status_host}:{options.status_port}"
        return _refuse(f"/status cannot listen on {where} (WARMLINE_STATUS_PORT): {error}")
    received: list[int] = []

    def stop(number: int, _: object) -> None:
        received.append(number)
        inbox.put(StopRequested())

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, stop)
    try:
        exit_code = run()
    finally:
        server.close()
    if set(received) == {signal.SIGUSR1}:
        _echo("launcher: begins anew (SIGUSR1)")
        os.execv(sys.executable, sys.orig_argv)
    return exit_code


def _refuse(reason: str) -> int:
    print(f"launcher: {reason}", file=sys.stderr)
    return _WRONG_OPTIONS


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
