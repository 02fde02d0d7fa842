"""When the executor is to look next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from darkstar_common.slots import SLOT, slot_start
from darkstar_executor.core.wishes import Wishes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_tick(now: datetime, interval: timedelta, wishes: Wishes) -> datetime:
    """The next multiple of `interval`, slot start, or end of a wish, whichever is first."""
    ends = [wishes.paused_until, wishes.water_boost_until]
    ends.append(wishes.override.until if wishes.override else None)
    moments = [next_multiple(now, interval), slot_start(now) + SLOT]
    return min([*moments, *(end for end in ends if end is not None and end > now)])


def next_multiple(now: datetime, interval: timedelta) -> datetime:
    """The next moment after `now` that is a whole number of intervals from the epoch."""
    return now + interval - (now - _EPOCH) % interval
