"""The slot grid: quarter hours on UTC, half-open, and the local days people live by."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)
SLOT_HOURS = SLOT / timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_start(moment: datetime) -> datetime:
    """The start of the slot that holds `moment`, in UTC.

    Raises:
        ValueError: `moment` has no time zone.

    Example:
        >>> slot_start(datetime(2026, 1, 1, 12, 34, 56, tzinfo=UTC)).isoformat()
        '2026-01-01T12:30:00+00:00'
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; slots are counted on UTC")
    instant = moment.astimezone(UTC)
    return instant - (instant - _EPOCH) % SLOT


def on_grid(moment: datetime) -> bool:
    """Whether `moment` is the start of a slot."""
    return moment.tzinfo is not None and (moment - _EPOCH) % SLOT == timedelta(0)


def slots(first: datetime, count: int) -> tuple[datetime, ...]:
    """The starts of `count` slots from the one that holds `first` on."""
    start = slot_start(first)
    return tuple(start + number * SLOT for number in range(count))


def slots_between(start: datetime, end: datetime) -> tuple[datetime, ...]:
    """The starts of all slots that overlap [`start`, `end`)."""
    first = slot_start(start)
    return slots(first, max(0, -((first - end) // SLOT)))


def local_day(day: date, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """First moment of the local `day` and of the one after it, in UTC.

    Example:
        >>> start, end = local_day(date(2026, 3, 29), ZoneInfo("Europe/Stockholm"))
        >>> (end - start) // SLOT
        92
    """
    following = day + timedelta(days=1)
    start, end = (datetime.combine(one, time(), tzinfo=timezone) for one in (day, following))
    return start.astimezone(UTC), end.astimezone(UTC)


def day_slots(day: date, timezone: ZoneInfo) -> tuple[datetime, ...]:
    """The 92, 96 or 100 slots of the local `day`."""
    return slots_between(*local_day(day, timezone))
