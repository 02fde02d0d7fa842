"""The command `darkstar-forecaster`: the service."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from darkstar_common.contract import Service
from darkstar_common.runtime import run
from darkstar_forecaster.service import forecaster


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the service."""
    parser = argparse.ArgumentParser(prog="darkstar-forecaster", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="the service; what happens without a command, too")
    parser.parse_args(arguments)
    run(Service.FORECASTER, forecaster)


if __name__ == "__main__":
    main()
