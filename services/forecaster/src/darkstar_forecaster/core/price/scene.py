"""A situation as the price forecast sees it: days and hours, holidays, weather."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from darkstar_common.config import Config
from darkstar_forecaster.core.load.calendar import (
    EPOCH,
    UnknownPlaceError,
    dated,
    holidays_of,
)
from darkstar_forecaster.core.price.days import hourly, known_days
from darkstar_forecaster.core.price.features import LEADS, ahead, states
from darkstar_forecaster.core.price.weather import by_hour, weathered
from darkstar_forecaster.core.situation import Situation

_WARM_UP = 7
"""Days at the beginning whose features rest on too little to learn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known of prices and around them.

    Attributes:
        states: as features.states.
        holidays: public holidays, past and coming.
        weather: as weather.by_hour.
        days: local days whose prices are known, oldest first.
        notes: sentences for people on what is missing.
    """

    states: pl.DataFrame
    holidays: frozenset[date]
    weather: pl.DataFrame
    days: tuple[date, ...]
    notes: tuple[str, ...] = ()

    def examples(self) -> pl.DataFrame:
        """All that is known to have come of what, as features.ahead with weather."""
        first = self.days[0] + timedelta(days=_WARM_UP)
        by_lead = (ahead(self.states, lead, self.holidays) for lead in range(1, LEADS + 1))
        told = [rows.filter(pl.col("day") >= first).drop_nulls("miss") for rows in by_lead]
        return weathered(pl.concat(told), self.weather)

    def rows(self, targets: Sequence[date]) -> pl.DataFrame:
        """The hours of the days ahead, as features.ahead with weather and nothing that came.

        Each follows on the last known day, or, where that is already known in part, on the one
        before it.
        """
        last = self.days[-1]
        found = []
        for target in targets:
            lead = (target - last).days
            day = last if lead > 0 else self._before(target)
            rows = ahead(self.states, (target - day).days, self.holidays)
            found.append(rows.filter(pl.col("day") == day).drop("actual", "miss"))
        return weathered(pl.concat(found), self.weather)

    def _before(self, target: date) -> date:
        return max((one for one in self.days if one < target), default=self.days[0])


def scene(known: Situation, config: Config, days: int) -> Scene | None:
    """What is known of the last `days` days; None: no day's prices are known."""
    since = known.now - timedelta(days=days)
    hours = hourly(known.spots.filter(pl.col("start") >= since), config.zone)
    seen = known_days(hours)
    if not seen:
        return None
    holidays, notes = _holidays(config, seen[0], seen[-1] + timedelta(days=2 * LEADS))
    return Scene(
        states=states(hours, holidays),
        holidays=holidays,
        weather=by_hour(known.weather, config.zone),
        days=seen,
        notes=notes,
    )


def _holidays(config: Config, first: date, last: date) -> tuple[frozenset[date], tuple[str, ...]]:
    span = range((first - EPOCH).days, (last - EPOCH).days + 1)
    try:
        return frozenset(dated(one) for one in holidays_of(config.household, span)), ()
    except UnknownPlaceError as error:
        return frozenset(), (str(error),)
