"""When to plan next: by the clock, and sooner after a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

# a slot's first readings arrive a little after it has begun
LAG = timedelta(seconds=20)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BACKOFF = (timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=300))


def next_slot_run(
    now: datetime, interval: timedelta, *, jitter: timedelta = timedelta(0)
) -> datetime:
    """The next run after `now`: a little after a multiple of `interval`, as slots begin.

    Example:
        >>> at_seven_past = datetime(2026, 1, 1, 12, 7, tzinfo=UTC)
        >>> next_slot_run(at_seven_past, timedelta(minutes=15)).isoformat()
        '2026-01-01T12:15:20+00:00'
    """
    begun = now - (now - LAG - jitter - EPOCH) % interval
    return begun + interval


def jitter_of(site: str, most: timedelta) -> timedelta:
    """How much later the house `site` plans than others: always the same, whole seconds.

    Drawn from the name, so that the planners of many houses do not all work at once, and
    a house's own plans stay evenly apart.
    """
    drawn = int.from_bytes(blake2b(site.encode(), digest_size=8).digest())
    return timedelta(seconds=round(most.total_seconds() * drawn / 2**64))


def retry_after(failures: int) -> timedelta:
    """How long to wait after so many failed rounds in a row, at least one.

    Example:
        >>> [retry_after(number).total_seconds() for number in (1, 2, 3, 4)]
        [60.0, 120.0, 300.0, 300.0]
    """
    return BACKOFF[min(failures, len(BACKOFF)) - 1]
