"""When the executor is to look next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from darkstar_common.slots import SLOT, slot_start
from darkstar_executor.core.wishes import Wishes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATE = timedelta(seconds=2)
"""A look may be so late on a busy machine."""
_JUMP = timedelta(minutes=1)
"""So far off, a clock was set."""


def next_tick(
    now: datetime, interval: timedelta, wishes: Wishes, reminder: timedelta = timedelta(0)
) -> datetime:
    """The next multiple of `interval`, slot start, end of a wish, or reminder of a pause.

    Args:
        now: The present.
        interval: Between two looks.
        wishes: What people asked for, until when.
        reminder: Between two reminders of a pause; 0: none.
    """
    ends = [wishes.paused_until, wishes.water_boost_until]
    ends.append(wishes.override.until if wishes.override else None)
    if wishes.paused_at is not None and reminder:
        ends.append(wishes.paused_at + ((now - wishes.paused_at) // reminder + 1) * reminder)
    moments = [next_multiple(now, interval), slot_start(now) + SLOT]
    return min([*moments, *(end for end in ends if end is not None and end > now)])


def next_multiple(now: datetime, interval: timedelta) -> datetime:
    """The next moment after `now` that is a whole number of intervals from the epoch."""
    return now + interval - (now - _EPOCH) % interval


def missed(now: datetime, since: datetime, due: datetime) -> bool:
    """Whether the clock was set past the next look, or back before the last one."""
    return not since - _LATE <= now <= due + _LATE


def was_set(jump: timedelta, speed: float) -> bool:
    """Whether a clock of that speed that is `jump` off was set; else the machine was busy."""
    return abs(jump) >= _JUMP * max(speed, 1.0)
