"""What the rest of the house is told of the weather ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from darkstar_common.contract import WeatherSlot
from darkstar_common.slots import slot_start
from darkstar_forecaster.core.weather.table import COLUMNS

_DIGITS = 2


def weather_slots(
    table: pl.DataFrame, now: datetime, horizon: timedelta
) -> tuple[WeatherSlot, ...]:
    """The slots from now to the horizon, as far as something is known; without holes.

    Args:
        table: As WEATHER, without holes.
        now: No slot ends before.
        horizon: No slot begins later than so long after `now`.
    """
    begin = slot_start(now)
    ahead = table.filter(pl.col("start").is_between(begin, begin + horizon, closed="left"))
    rows = ahead.with_columns(pl.col(COLUMNS).round(_DIGITS))
    return tuple(WeatherSlot.model_validate(row) for row in rows.iter_rows(named=True))
