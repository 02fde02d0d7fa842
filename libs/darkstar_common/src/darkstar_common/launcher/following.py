"""`darkstar trace`: what a message came of, and what came of it."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from darkstar_common.config import Config, ConfigError, Keep, load_config
from darkstar_common.launcher.printing import tell
from darkstar_common.launcher.tracing.asking import (
    RefusedError,
    candidates,
    is_whole,
    recorded_chain,
)
from darkstar_common.launcher.tracing.chain import (
    Chain,
    SeveralError,
    UnknownError,
    chain,
    matching,
)
from darkstar_common.launcher.tracing.logs import logged
from darkstar_common.launcher.tracing.messages import Told, known
from darkstar_common.launcher.tracing.picture import document, picture
from darkstar_common.launcher.visiting import NotThereError, bus_of, hearing, visiting
from darkstar_common.runtime import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from darkstar_common.launcher.commands import Subparsers

_REFUSED = 2
"""As `argparse` has it for wrong arguments."""
_TOLD = (
    SettingsError, ConfigError, NotThereError, RefusedError, UnknownError, SeveralError, OSError,
)  # fmt: skip
"""What may go wrong, with a text that says what to do."""
_ID = re.compile(r"[0-9a-f][0-9a-f-]{3,35}")


def add(commands: Subparsers) -> None:
    """Register `trace`."""
    command = commands.add_parser(
        "trace", help="what a message came of and what came of it, from a price to a setpoint"
    )
    command.add_argument(
        "id", type=_id, metavar="MESSAGE_ID",
        help="as a log or a message has it (message_id, caused_by); four letters are enough if no "
        "other begins so",
    )  # fmt: skip
    command.add_argument(
        "--logs", nargs="+", default=[], metavar="FILE",
        help="look into these logs (JSON lines), too; - is what comes in on standard input",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=_run)


def _id(text: str) -> str:
    lower = text.lower()
    if not _ID.fullmatch(lower):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no id; give four or more of its letters, such as 3f2a91c0"
        )
    return lower


def _run(arguments: argparse.Namespace) -> None:
    try:
        settings = read_settings()
        config = settings.applied(load_config(settings.config))
        told = logged(_lines(arguments.logs))
        found = asyncio.run(_found(settings, config, arguments.id, told))
    except _TOLD as error:
        sys.stderr.write(f"darkstar: {error}\n")
        raise SystemExit(_REFUSED) from None
    tell((document(found),) if arguments.json else picture(found, config.zone))


def _lines(files: Sequence[str]) -> Iterator[str]:
    """The lines of all files.

    Raises:
        OSError: One cannot be read; the text names it.
    """
    for name in files:
        if name == "-":
            yield from sys.stdin
        else:
            with open(name, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 (as given)
                yield from file


async def _found(
    settings: Settings, config: Config, beginning: str, told: tuple[Told, ...]
) -> Chain:
    """The chain, from the recorder and from what logs have `told`.

    Raises:
        NotThereError: There is no recorder, and no log was given.
        RefusedError: The recorder refused.
        UnknownError: No message has this id.
        SeveralError: More than one has.
    """
    with hearing():
        try:
            return await _asked(settings, config, beginning, told)
        except NotThereError as error:
            if not told:
                raise
            sys.stderr.write(f"darkstar: only the logs were asked, for {error}\n")
    return _from_logs(beginning, told)


async def _asked(
    settings: Settings, config: Config, beginning: str, told: tuple[Told, ...]
) -> Chain:
    broker = settings.broker(config)
    bus = bus_of(settings, config)
    async with visiting(bus, repr(broker)):
        try:
            one = beginning
            if not is_whole(one):
                one = matching(one, known(told, await candidates(bus, one)).values())
            return chain(one, known(await recorded_chain(bus, one), told))
        except UnknownError as error:
            raise UnknownError(f"{error}; {_kept(config.recorder.keep)}") from None


def _from_logs(beginning: str, told: tuple[Told, ...]) -> Chain:
    messages = known(told)
    return chain(matching(beginning, messages.values()), messages)


def _kept(keep: Keep) -> str:
    """How long the recorder knows what."""
    actions = "for ever" if keep.actions_days is None else f"for {keep.actions_days} days"
    return (
        f"the recorder keeps prices, weather and forecasts for {keep.issues_days} days, plans for "
        f"{keep.schedules_days} days, and what was done {actions} (recorder.keep)"
    )
