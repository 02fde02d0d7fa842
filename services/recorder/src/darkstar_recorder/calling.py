"""Has a tool's work done by the recorder that runs, and prints what it says."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pydantic import ValidationError

from darkstar_recorder.tools.tool import ToolError
from darkstar_recorder.wire import Call, Said, address


def connected(state_dir: Path) -> socket.socket | None:
    """A connection to the recorder whose files are in `state_dir`; None: none listens there."""
    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address(state_dir) as name:
            one.connect(name)
    except OSError:
        one.close()
        return None
    return one


def call(
    connection: socket.socket,
    asked: Call,
    *,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None],
    note: Callable[[str], None],
) -> int:
    """Let the recorder at the other end of `connection` do what is `asked`.

    Returns:
        The exit code.

    Raises:
        ToolError: It could not be done, or the recorder went away.
    """
    with closing(connection), connection.makefile("rb") as replies:
        try:
            connection.sendall(asked.encoded())
            for reply in replies:
                said = Said.model_validate_json(reply)
                if said.error is not None:
                    raise ToolError(said.error)
                if said.code is not None:
                    return said.code
                if said.line is not None:
                    tell(said.line)
                if said.note is not None:
                    note(said.note)
                if said.progress is not None:
                    progress(*said.progress)
        except (OSError, ValidationError):
            pass  # as when it says no more
    raise ToolError("the recorder went away before this was done; start it again")
