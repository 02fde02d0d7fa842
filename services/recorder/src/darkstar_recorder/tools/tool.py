"""What a tool of the recorder is, and what it is handed.

A tool works the same in the recorder that is running and, when none is, in a process of its
own: it says what it finds with `tell`, how far it is with `progress`, and calls `checkpoint`
between pieces of its work, none of which may take more than a moment or write more than
some thousand rows in a transaction.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from darkstar_common.config import Config
from darkstar_common.runtime import NO_SECRETS, Secrets
from darkstar_recorder.store import QuestionError, Store, telling


class ToolError(Exception):
    """It cannot be done; the text is one sentence with the way out."""


class Stopped(Exception):  # noqa: N818 (it is no error that somebody goes away)
    """Who asked for it is gone, or the recorder stops; raised by `Desk.checkpoint`."""


def _silent(_done: int, _whole: int) -> None:
    """Nobody looks."""


def _on() -> None:
    """Nobody can go away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a tool may touch."""

    opened: Store | None
    """The database; None for a tool that is `offline`, whose file nobody has open."""
    config: Config
    state_dir: Path
    """Where the recorder keeps its files."""
    directory: Path
    """The caller's working directory; relative paths in arguments are taken from there."""
    now: datetime
    tell: Callable[[str], None]
    """Prints a line where the tool was called."""
    progress: Callable[[int, int], None] = _silent
    """How much is done, of how much."""
    checkpoint: Callable[[], None] = _on
    """Raises `Stopped` when nobody waits for the tool any more."""
    secrets: Secrets = NO_SECRETS
    database: Path
    """Where the database file is."""

    @property
    def store(self) -> Store:
        """The database.

        Raises:
            ToolError: The tool said it is `offline`.
        """
        if self.opened is None:
            raise ToolError(f"{self.database}: it is not open here")
        return self.opened

    def path(self, given: Path) -> Path:
        """`given` as the caller meant it."""
        return self.directory / given


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A command of `darkstar-recorder` besides the service."""

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    """Adds its own to the parser of its command."""
    run: Callable[[Desk, Namespace], int]
    """Does it; the exit code. What may go wrong on the way is in `work`."""
    makes: bool = False
    """Where there is no file yet, it makes one."""
    offline: bool = False
    """It needs the file for itself: the recorder must be stopped, and `Desk.store` is not there."""


def work(tool: Tool, desk: Desk, options: Namespace) -> int:
    """Let `tool` do what `options` say.

    Returns:
        The exit code.

    Raises:
        ToolError: It cannot be done; the disk, a file or the database says why.
        StoreError: The recorder's file says why.
        Stopped: Nobody waits for it any more.
    """
    since, until = getattr(options, "since", None), getattr(options, "until", None)
    if since and until and until <= since:
        raise ToolError(f"--until {until:%F %T%z} is not after --from {since:%F %T%z}")
    try:
        with telling(desk.database):
            return tool.run(desk, options)
    except (OSError, QuestionError) as error:
        raise ToolError(f"{tool.name}: {error}") from error


def moment(text: str) -> datetime:
    """An argument that is a time; UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(
            f"{text!r} is no time; try 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from None


def at_least_one(text: str) -> int:
    """An argument that counts something."""
    try:
        found = int(text)
    except ValueError:
        found = 0
    if found < 1:
        raise ArgumentTypeError(f"{text!r} is no number of 1 or more")
    return found


def add_span(
    parser: ArgumentParser,
    *,
    since: str = "leave out what was before",
    until: str = "leave out what was then or later",
) -> None:
    """Let a tool be told from when (`since`) until when."""
    utc = "UTC unless it says otherwise"
    parser.add_argument("--from", dest="since", metavar="TIME", type=moment, help=f"{since}; {utc}")
    parser.add_argument("--until", metavar="TIME", type=moment, help=f"{until}; {utc}")
