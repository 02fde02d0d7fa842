"""Times as people read them: local, and with the day where it is not today's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def spelt(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`moment` in local time, with its day of the week if that is not the one of `now`.

    Example:
        >>> from datetime import UTC, timedelta
        >>> noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
        >>> zone = ZoneInfo("Europe/Stockholm")
        >>> spelt(noon, noon, zone), spelt(noon + timedelta(days=1), noon, zone)
        ('14:00', 'Tue 14:00')
    """
    there, here = moment.astimezone(zone), now.astimezone(zone)
    return f"{there:%H:%M}" if there.date() == here.date() else f"{there:%a %H:%M}"
