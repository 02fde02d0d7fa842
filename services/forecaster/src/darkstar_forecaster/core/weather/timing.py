"""When weather is asked for: every hour, at a minute of each house's own, with patience."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
FIRST_MINUTE, MINUTES = 3, 20
"""Models' hours are out some minutes after the full hour; houses spread over the next ones."""
_SHORTEST = timedelta(minutes=5)


def share(seed: str) -> float:
    """A number from 0 to 1 that is always the same for `seed`."""
    return zlib.crc32(seed.encode()) / 2**32


def next_fetch(now: datetime, site: str) -> datetime:
    """The next moment after `now` at which `site` looks for new weather.

    Example:
        >>> found = next_fetch(datetime.fromisoformat("2026-01-01T12:59:59Z"), "home")
        >>> found.hour, found == next_fetch(found - HOUR, "home")
        (13, True)
    """
    offset = timedelta(minutes=FIRST_MINUTE + MINUTES * share(site))
    due = now.replace(minute=0, second=0, microsecond=0) + offset
    return due if due > now else due + HOUR


def pause(misses: int, site: str, asked: timedelta | None = None) -> timedelta:
    """How long a source is left alone after so many failures in a row.

    5, 10, 20, 40, then 60 minutes and up to a quarter more, so that houses do not come back
    all at once; longer where the source `asked` for it.
    """
    patience = min(HOUR, _SHORTEST * float(2 ** min(misses - 1, 6)))
    patience *= 1 + share(f"{site} {misses}") / 4
    return patience if asked is None else max(patience, asked)
