"""All that becomes known of the simulator's made-up house, and when."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from darkstar_common.slots import SLOT_HOURS, slots
from darkstar_forecaster.core.pv.synthetic import weather_like
from darkstar_forecaster.core.situation import ISSUES, PAST, SPOTS, TIME, Archive, empty
from darkstar_simulator.core.generator import Home, generate_series


def made_up_archive(home: Home, *, start: date, days: int) -> Archive:
    """`days` local days, weather that fits, prices known at 11:00 UTC of the day before."""
    series = generate_series(home, start=start, days=days)
    starts = pl.Series("start", slots(series.start, len(series.load_kwh)), TIME)
    known = pl.DataFrame(
        {
            "start": starts,
            "load_kw": [one / SLOT_HOURS for one in series.load_kwh],
            "pv_kw": [one / SLOT_HOURS for one in series.pv_kwh],
            "fit": True,
        }
    )
    past = pl.concat([empty(PAST), known], how="diagonal").select(list(PAST))
    spots = pl.DataFrame({"start": starts, "spot_per_kwh": series.spot_per_kwh}).with_columns(
        published_at=(pl.col("start") + timedelta(hours=2)).dt.truncate("1d") - timedelta(hours=13)
    )
    return Archive(
        past=past,
        weather=weather_like(past, home.latitude, home.longitude).select(list(ISSUES)),
        spots=spots.select(*SPOTS, "published_at"),
    )
