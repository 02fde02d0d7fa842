"""What the command line of `darkstar-recorder` may say."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from darkstar_recorder.tools import TOOLS
from darkstar_recorder.tools.tool import Tool, ToolError


def parser(
    kind: type[ArgumentParser] = ArgumentParser, tools: Sequence[Tool] = TOOLS
) -> ArgumentParser:
    """The service, and `tools`."""
    whole = kind(prog="darkstar-recorder", description="The recorder, and tools for its database.")
    commands = whole.add_subparsers(dest="command")
    commands.add_parser("run", help="the service; what happens without a command, too")
    for tool in tools:
        one = commands.add_parser(tool.name, help=tool.help, description=tool.help)
        tool.arguments(one)
        one.add_argument(
            "--database", type=Path, help="default: the recorder's own, below DARKSTAR_STATE_DIR"
        )
    return whole


def tool_named(name: str | None, tools: Sequence[Tool] = TOOLS) -> Tool | None:
    """The one of `tools` that has that name, if there is one."""
    return next((one for one in tools if one.name == name), None)


class Raising(ArgumentParser):
    """For where nobody reads standard error: what is wrong with arguments is raised."""

    def error(self, message: str) -> NoReturn:
        """Refuse.

        Raises:
            ToolError: Always.
        """
        raise ToolError(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Refuse.

        Raises:
            ToolError: Always.
        """
        raise ToolError(message or f"ended with {status}")
