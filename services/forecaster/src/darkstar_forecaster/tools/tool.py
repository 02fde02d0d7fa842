"""What a tool is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Protocol, TypeAlias

Work: TypeAlias = Callable[[Namespace], int]
"""Does it, and returns the exit code."""


class ToolError(Exception):
    """It cannot be done; the message says why and the way out."""


class Commands(Protocol):
    """Where a tool adds itself; what `add_subparsers` returns."""

    def add_parser(self, name: str, *, help: str, description: str = "") -> ArgumentParser:  # noqa: A002 (argparse has it so)
        """A command; its parser gets `set_defaults(work=…)`."""
