"""A year of a made-up house in 15-minute slots, as a forecaster would know it.

Load, PV and prices are those of the simulator's generator; the weather is made to fit the PV,
with forecasts of it as they are kept: of the last two months.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from support.made_up_archive import made_up_archive

from darkstar_common.config import Config
from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.situation import (
    Situation,
)
from darkstar_simulator.core.generator import Home

FIRST = date(2025, 1, 1)
DAYS = 374
ZONE = ZoneInfo("Europe/Stockholm")
HOME = Home(timezone=ZONE, latitude=55.6, longitude=13.0)
CONFIG = Config.model_validate(
    {
        "timezone": ZONE.key,
        "location": {"latitude": HOME.latitude, "longitude": HOME.longitude},
        "solar": {"arrays": [{"kwp": HOME.kwp, "tilt": HOME.tilt, "azimuth": HOME.azimuth}]},
        "water_heater": None,
    }
)
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""After a year, once the prices of tomorrow are there."""
_ISSUES_KEPT = timedelta(days=60)
_TABLES = ("past", "weather", "spots", "issues")


def a_year() -> Situation:
    """What is known of it at NOW."""
    archive = made_up_archive(HOME, start=FIRST, days=DAYS)
    whole = archive.at(NOW)
    return Situation(
        now=NOW,
        past=whole.past,
        weather=whole.weather,
        spots=whole.spots,
        issues=whole.issues.filter(pl.col("issued_at") > NOW - _ISSUES_KEPT),
    )


def keep(known: Situation, directory: Path) -> None:
    """Write it down, so that a process that is measured only has to read it."""
    for name in _TABLES:
        getattr(known, name).write_parquet(directory / f"{name}.parquet")


def kept(directory: Path) -> Situation:
    """What was written."""
    tables = {name: pl.read_parquet(directory / f"{name}.parquet") for name in _TABLES}
    return Situation(now=NOW, **tables)


def week_ahead() -> tuple[datetime, ...]:
    """The slots of seven days."""
    return slots(NOW, timedelta(days=7) // SLOT)
