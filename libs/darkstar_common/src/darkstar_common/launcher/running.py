"""`darkstar run`: a simulated house on this machine."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from darkstar_common.launcher.commands import Subparsers


def add(commands: Subparsers) -> None:
    """Register `run`."""
    command = commands.add_parser("run", help="a simulated house, run by Darkstar, until Ctrl-C")
    command.add_argument("--house", type=Path, help="CSV of a real house's slots to replay")
    command.add_argument("--speed", type=_speed, default=1.0, help="how fast time passes [1]")
    command.add_argument("--mqtt-port", type=int, default=1883, help="for the broker, if free")
    command.add_argument("--page-port", type=int, default=8410, help="for the page, if free")
    command.add_argument(
        "--directory", type=Path, default=Path(".darkstar/run"), help="made anew for each run"
    )
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    """Run the house; what only this needs (`darkstar-common[launcher]`) the images do without."""
    try:
        from rich.console import Console  # noqa: PLC0415 (see above)

        from darkstar_common.launcher.run import ERRORS, Options, run  # noqa: PLC0415
        from darkstar_common.launcher.trial import TrialError  # noqa: PLC0415
    except ImportError as error:
        sys.exit(f"darkstar: {error.name} is missing; pip install 'darkstar-common[launcher]'")
    options = Options(
        directory=arguments.directory.resolve(),
        house=arguments.house,
        speed=arguments.speed,
        mqtt_port=arguments.mqtt_port,
        page_port=arguments.page_port,
    )
    try:
        asyncio.run(run(options, Console()))
    except TrialError as error:
        sys.exit(f"darkstar: {error}")
    except ERRORS as error:
        sys.exit(f"darkstar: could not start: {error}")


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:  # noqa: PLR2004 (a slot in a quarter of a second)
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; give 1 to 3600, such as 60")
    return value
