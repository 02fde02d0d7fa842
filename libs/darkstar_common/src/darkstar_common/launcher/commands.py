"""The subcommands of `darkstar`: each module registers its own, with what it runs."""

from __future__ import annotations

import argparse
from typing import Protocol

from darkstar_common.launcher import examining, exporting, following, running


class Subparsers(Protocol):
    """What argparse gives for subcommands."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002
        """A parser for `name`."""
        ...


class Command(Protocol):
    """A module with subcommands."""

    def add(self, commands: Subparsers, /) -> None:
        """Register them; each sets `run`, a function of the parsed arguments."""
        ...


COMMANDS: tuple[Command, ...] = (running, exporting, following, examining)
