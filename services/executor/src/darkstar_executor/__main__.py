"""The executor's command line: the service, giving back, its decision table, its profiles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from darkstar_common.config import ConfigError, load_config
from darkstar_common.contract import Service
from darkstar_common.runtime import SettingsError, read_settings, run
from darkstar_executor import profile_page
from darkstar_executor.profiles import ProfileError, load_profile
from darkstar_executor.releasing import NoAnswerError, release
from darkstar_executor.service import main as service
from darkstar_executor.table import decision_table

_USAGE = "darkstar-executor [run | release | decision-table | profiles [check FILE | page FILE]]"
_UNUSABLE = 2


def main() -> None:
    """Run what the command line asks for.

    Raises:
        SystemExit: 2 for a subcommand that there is not, and for what makes a start impossible;
            1 for what could not be done.
    """
    match sys.argv[1:]:
        case [] | ["run"]:
            _check_profile()
            run(Service.EXECUTOR, service)
        case ["release"]:
            _release()
        case ["decision-table"]:
            sys.stdout.write(decision_table())
        case ["profiles", *rest]:
            _profiles(rest)
        case ["-h" | "--help"]:
            print(_USAGE)
        case _:
            _refuse()


def _check_profile() -> None:
    """See that the inverter's profile can be used, before anything is touched.

    Where the configuration itself cannot, `run` will say so.

    Raises:
        SystemExit: 2 when it cannot be used, after one line for each problem.
    """
    try:
        settings = read_settings()
        config = load_config(settings.config)
    except (SettingsError, ConfigError):
        return
    try:
        load_profile(config.inverter.profile, settings.config.parent)
    except ProfileError as error:
        _complain(error)
        raise SystemExit(_UNUSABLE) from None


def _release() -> None:
    """Ask the running executor to give the devices back, and say what it answers."""
    try:
        result = release()
    except (SettingsError, ConfigError) as error:
        _complain(error)
        raise SystemExit(_UNUSABLE) from None
    except NoAnswerError as error:
        sys.exit(f"darkstar-executor: {error}")
    if not result.accepted:
        sys.exit(f"darkstar-executor: {result.reason}")
    print(result.reason)


def _complain(error: Exception) -> None:
    for line in str(error).splitlines():
        print(f"darkstar-executor: {line}", file=sys.stderr)


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
