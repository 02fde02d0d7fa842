"""The `darkstar` command: starts the whole on this machine, and looks after it."""

from __future__ import annotations

import argparse

from darkstar_common import __version__
from darkstar_common.launcher.commands import COMMANDS


def main() -> None:
    """Parse the command line and run what it names."""
    parser = argparse.ArgumentParser(prog="darkstar", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
