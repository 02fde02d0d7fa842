"""The command `darkstar-recorder`: the service, and tools for its database."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from darkstar_common.config import ConfigError
from darkstar_common.contract import Service
from darkstar_common.runtime import SettingsError, run
from darkstar_recorder.commandline import parser, tool_named
from darkstar_recorder.desk import use
from darkstar_recorder.service import recorder
from darkstar_recorder.store import StoreError
from darkstar_recorder.tools.tool import Stopped, ToolError

_REFUSED = 2
"""As `argparse` has it for wrong arguments."""
_INTERRUPTED = 130
"""As shells have it for Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the service, or one of its tools.

    Raises:
        SystemExit: With the tool's exit code, unless that is 0 (1: it found something
            wrong); 2 with a sentence when it cannot be done.
    """
    said = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(said)
    tool = tool_named(options.command)
    if tool is None:
        run(Service.RECORDER, recorder)
        return
    try:
        code = use(tool, options, said)
    except (ToolError, StoreError, SettingsError, ConfigError, ValueError) as error:
        sys.stderr.writelines(f"darkstar-recorder: {line}\n" for line in str(error).splitlines())
        raise SystemExit(_REFUSED) from None
    except (KeyboardInterrupt, Stopped):
        sys.stderr.write("darkstar-recorder: stopped\n")
        raise SystemExit(_INTERRUPTED) from None
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    main()
