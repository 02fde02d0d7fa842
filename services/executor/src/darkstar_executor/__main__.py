"""The executor's command line: the service, its decision table, its inverter profiles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from darkstar_common.contract import Service
from darkstar_common.runtime import run
from darkstar_executor import profile_page
from darkstar_executor.profiles import ProfileError
from darkstar_executor.service import main as service
from darkstar_executor.table import decision_table

_USAGE = "darkstar-executor [run | decision-table | profiles [check FILE | page FILE]]"


def main() -> None:
    """Run what the command line asks for.

    Raises:
        SystemExit: 2 for a subcommand that there is not.
    """
    match sys.argv[1:]:
        case [] | ["run"]:
            run(Service.EXECUTOR, service)
        case ["decision-table"]:
            sys.stdout.write(decision_table())
        case ["profiles", *rest]:
            _profiles(rest)
        case ["-h" | "--help"]:
            print(_USAGE)
        case _:
            _refuse()


def _profiles(words: list[str]) -> None:
    """The shipped profiles; whether one in a file is sound; the tables of a page about them."""
    match words:
        case []:
            print(profile_page.listing(), end="")
        case ["check", file]:
            try:
                print(profile_page.checked(file), end="")
            except ProfileError as error:
                sys.exit(str(error))
        case ["page", file]:
            profile_page.refresh(Path(file))
        case _:
            _refuse()


def _refuse() -> NoReturn:
    print(f"usage: {_USAGE}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
