"""The executor's command line: the service, or the decision table on standard output."""

from __future__ import annotations

import sys

from darkstar_common.contract import Service
from darkstar_common.runtime import run
from darkstar_executor.service import main as service
from darkstar_executor.table import decision_table

_USAGE = "darkstar-executor [run | decision-table]"


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
        case ["-h" | "--help"]:
            print(_USAGE)
        case _:
            print(f"usage: {_USAGE}", file=sys.stderr)
            raise SystemExit(2)


if __name__ == "__main__":
    main()
