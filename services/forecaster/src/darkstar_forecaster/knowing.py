"""What the forecaster knows now, put together from those who keep a part of it each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from darkstar_common.runtime import Context
from darkstar_forecaster.core.situation import ISSUES, SPOTS, WEATHER, Situation, empty
from darkstar_forecaster.recollection import Recollection


def _no_weather(now: datetime) -> pl.DataFrame:
    del now
    return empty(WEATHER)


def _no_issues(now: datetime) -> pl.DataFrame:
    del now
    return empty(ISSUES)


@dataclass(slots=True, kw_only=True)
class Knowing:
    """The house's past, the weather and the prices.

    Attributes:
        context: of the service.
        recollection: has the past.
        weather: past and coming, as WEATHER.
        issues: the weather as it was forecast, as ISSUES.
        spots: published prices, as SPOTS.
        vacation: whether nobody is at home now, as the planner says; None: it has not said.
    """

    context: Context
    recollection: Recollection
    weather: Callable[[datetime], pl.DataFrame] = _no_weather
    issues: Callable[[datetime], pl.DataFrame] = _no_issues
    spots: Callable[[], pl.DataFrame] = lambda: empty(SPOTS)
    vacation: bool | None = None

    def now(self) -> Situation:
        """All of it, as it is at this moment."""
        now = self.context.clock.now()
        return Situation(
            now=now,
            past=self._past(now),
            weather=self.weather(now),
            spots=self.spots(),
            issues=self.issues(now),
        )

    def _past(self, now: datetime) -> pl.DataFrame:
        """What has ended; a vacation that has just begun, or ended, shows in the newest slot."""
        past = self.recollection.past.filter(pl.col("start") < now)
        if self.vacation is None or past.is_empty():
            return past
        newest = pl.col("start") == past["start"][-1]
        return past.with_columns(
            vacation=pl.when(newest).then(pl.lit(self.vacation)).otherwise(pl.col("vacation"))
        )
