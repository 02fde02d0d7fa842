"""The command `darkstar-recorder`: the service, and tools for its database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from darkstar_common.config import ConfigError
from darkstar_common.contract import Service
from darkstar_common.runtime import SettingsError, run
from darkstar_recorder.desk import use
from darkstar_recorder.service import recorder
from darkstar_recorder.store import StoreError
from darkstar_recorder.tools import TOOLS
from darkstar_recorder.tools.tool import Stopped, ToolError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the service, or one of its tools.

    Raises:
        SystemExit: With the tool's exit code, unless that is 0; 1 with a sentence when it
            cannot be done.
    """
    options = parser().parse_args(arguments)
    tool = next((one for one in TOOLS if one.name == options.command), None)
    if tool is None:
        run(Service.RECORDER, recorder)
        return
    try:
        code = use(tool, options)
    except (ToolError, StoreError, SettingsError, ConfigError, ValueError) as error:
        sys.stderr.writelines(f"darkstar-recorder: {line}\n" for line in str(error).splitlines())
        raise SystemExit(1) from None
    except (KeyboardInterrupt, Stopped):
        sys.stderr.write("darkstar-recorder: stopped\n")
        raise SystemExit(_INTERRUPTED) from None
    if code:
        raise SystemExit(code)


_INTERRUPTED = 130
"""As shells have it for Ctrl-C."""


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    whole = argparse.ArgumentParser(prog="darkstar-recorder", description=__doc__)
    commands = whole.add_subparsers(dest="command")
    commands.add_parser("run", help="the service; what happens without a command, too")
    for tool in TOOLS:
        one = commands.add_parser(tool.name, help=tool.help, description=tool.help)
        tool.arguments(one)
        one.add_argument(
            "--database", type=Path, help="default: the recorder's own, below DARKSTAR_STATE_DIR"
        )
    return whole


if __name__ == "__main__":
    main()
