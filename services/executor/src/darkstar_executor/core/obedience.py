"""Whether the house does what it was told, by what is measured, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from darkstar_common.config import Config
from darkstar_common.contract import Command
from darkstar_common.contract.messages.control import Following
from darkstar_executor.core.measured import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of the obedience to the command in force.

    Attributes:
        command: The command that is watched; None: nothing is asked of the house.
        since: When it was first given.
        again: Whether all its settings are to be written again now.
    """

    command: Command | None = None
    since: datetime | None = None
    again: bool = False


NOT_WATCHED = Watch()


def watched(
    before: Watch,
    *,
    command: Command | None,
    measured: Measured,
    config: Config,
    now: datetime,
    settled: bool = True,
) -> tuple[Watch, Following]:
    """The watch after one more look, and what to say of it.

    Args:
        before: The watch after the last look.
        command: What is commanded, trimmed as it is; None where nothing is (off, shadow).
        measured: Fresh readings.
        config: Limits, and how long and how far off is too much.
        now: The moment.
        settled: Whether every setting of the command has been shown; the watch begins then.
    """
    del measured, config, settled
    since = before.since if command == before.command else now
    return Watch(command=command, since=since), Following()
