"""The command `darkstar-forecaster`: the service, and its tools."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from darkstar_common.config import ConfigError
from darkstar_common.contract import Service
from darkstar_common.runtime import SettingsError, run
from darkstar_forecaster.service import in_processes
from darkstar_forecaster.tools import backtest, models, prices, train, weather
from darkstar_forecaster.tools.tool import ToolError

TOOLS = (train, models, backtest, prices, weather)
_REFUSED = 2
"""As `argparse` has it for wrong arguments."""
_INTERRUPTED = 130
"""As shells have it for Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the service, or one of its tools.

    Raises:
        SystemExit: With the tool's exit code, unless that is 0; 2 with a sentence when it
            cannot be done.
    """
    parser = argparse.ArgumentParser(prog="darkstar-forecaster", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="the service; what happens without a command, too")
    for tool in TOOLS:
        tool.register(commands)
    options = parser.parse_args(arguments)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # see worker.py
    work = getattr(options, "work", None)
    if work is None:
        run(Service.FORECASTER, in_processes)
        return
    try:
        code = work(options)
    except (ToolError, SettingsError, ConfigError) as error:
        sys.stderr.writelines(f"darkstar-forecaster: {line}\n" for line in str(error).splitlines())
        raise SystemExit(_REFUSED) from None
    except KeyboardInterrupt:
        sys.stderr.write("darkstar-forecaster: stopped\n")
        raise SystemExit(_INTERRUPTED) from None
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    main()
