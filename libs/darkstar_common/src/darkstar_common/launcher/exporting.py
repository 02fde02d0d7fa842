"""`darkstar export`, `darkstar import`: a whole house into one file, and from one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from darkstar_common.launcher.moving.errors import MovingError
from darkstar_common.launcher.moving.machine import (
    Home,
    export_house,
    import_house,
    replace_house,
)
from darkstar_common.runtime import SettingsError, SystemClock, read_settings

if TYPE_CHECKING:
    from darkstar_common.launcher.commands import Subparsers

_REFUSED = 2
"""As `argparse` has it for wrong arguments."""


def add(commands: Subparsers) -> None:
    """Register `export` and `import`."""
    outward = commands.add_parser(
        "export", help="all of a house on this machine into one file, while it runs or not"
    )
    outward.set_defaults(run=_export)
    inward = commands.add_parser(
        "import", help="the house in such a file to this machine; stop the services first"
    )
    inward.add_argument(
        "--replace", action="store_true",
        help="there is a house already: pack it into a file beside FILE, then replace it",
    )  # fmt: skip
    inward.set_defaults(run=_import)
    for one in (outward, inward):
        one.add_argument("file", type=Path, metavar="FILE", help="such as house.tar.gz")
        one.add_argument(
            "--secrets",
            type=Path,
            metavar="DIRECTORY",
            help="where passwords are, to take them along",
        )


def _home(arguments: argparse.Namespace) -> Home:
    settings = read_settings()
    secrets: Path | None = arguments.secrets
    return Home(
        state_dir=settings.state_dir.absolute(),
        config=settings.config.absolute(),
        secrets=secrets.absolute() if secrets else None,
    )


def _export(arguments: argparse.Namespace) -> None:
    with _Refusing():
        home = _home(arguments)
        for line in export_house(home, arguments.file.resolve(), SystemClock().now()):
            print(line)


def _import(arguments: argparse.Namespace) -> None:
    with _Refusing():
        home, source, now = _home(arguments), arguments.file.resolve(), SystemClock().now()
        before = source.with_name(f"darkstar-before-{now:%Y%m%dT%H%M%SZ}.tar.gz")
        said = (
            replace_house(home, source, before, now)
            if arguments.replace
            else import_house(home, source)
        )
        for line in said:
            print(line)


class _Refusing:
    """Ends the command with a sentence where it cannot be done."""

    def __enter__(self) -> None:
        """Nothing is needed."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Say why.

        Raises:
            SystemExit: With 2, where something could not be done.
        """
        if isinstance(error, MovingError | SettingsError | OSError):
            sys.stderr.write(f"darkstar: {error}\n")
            raise SystemExit(_REFUSED) from None
