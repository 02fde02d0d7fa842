"""When something that recurs at a local time of some weekdays is due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.config.forecasting import WEEKDAYS, Weekday

_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """At `at` [HH:MM, local] on each of `days`.

    A time that a day skips is an hour later on it; of one that comes twice, the first counts.
    """

    days: Collection[Weekday]
    at: str
    zone: ZoneInfo

    def last(self, now: datetime) -> datetime:
        """The latest such moment that is not after `now`, in UTC."""
        return max(one for one in self._around(now) if one <= now)

    def next(self, now: datetime) -> datetime:
        """The first such moment after `now`, in UTC."""
        return min(one for one in self._around(now) if one > now)

    def is_due(self, done_at: datetime | None, now: datetime) -> bool:
        """Whether it was last done before the latest moment at which it was to be done."""
        return done_at is None or done_at < self.last(now)

    def _around(self, now: datetime) -> list[datetime]:
        """Those within a week before and after."""
        today = now.astimezone(self.zone).date()
        near = (today + timedelta(days=number) for number in range(-_WEEK - 1, _WEEK + 2))
        return [self._moment(day) for day in near if WEEKDAYS[day.weekday()] in self.days]

    def _moment(self, day: date) -> datetime:
        local = datetime.combine(day, time.fromisoformat(self.at), tzinfo=self.zone)
        return local.astimezone(UTC)
