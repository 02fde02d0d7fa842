"""`darkstar doctor`: what is wrong with a house, and what to do."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from darkstar_common.launcher.doctor.looking import looked
from darkstar_common.launcher.doctor.report import document, examined, exit_code, lines
from darkstar_common.launcher.printing import tell
from darkstar_common.runtime import SettingsError, read_settings

if TYPE_CHECKING:
    from darkstar_common.launcher.commands import Subparsers

_REFUSED = 2
"""As `argparse` has it for wrong arguments."""


def add(commands: Subparsers) -> None:
    """Register `doctor`."""
    command = commands.add_parser(
        "doctor", help="what is wrong with this house and what to do; changes nothing"
    )
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    try:
        settings = read_settings()
    except SettingsError as error:
        sys.stderr.write(f"darkstar: {error}\n")
        raise SystemExit(_REFUSED) from None
    findings = examined(asyncio.run(looked(settings)))
    tell((document(findings),) if arguments.json else lines(findings))
    raise SystemExit(exit_code(findings))
