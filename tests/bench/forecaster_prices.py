"""How good the price forecast is: rolling over SE4's prices of 2024, issued at 13:00 each day.

At that time the next day is published, so day 2 after the issue is the first to be forecast.
The model is trained anew every four weeks on the two years before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.config import Config
from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.baselines import LAST_WEEK, baselines
from darkstar_forecaster.core.method import Ahead, Trained
from darkstar_forecaster.core.price import PRICE
from darkstar_forecaster.core.situation import ISSUES, PAST, TIME, Archive, Situation, empty

FILE = "prices-se4-2022-2024.csv"
ZONE = ZoneInfo("Europe/Stockholm")
FIRST, LAST = date(2024, 1, 1), date(2024, 9, 23)
"""Days of issue; a week after the last one the file ends."""
RETRAIN = timedelta(days=28)
DAYS_AHEAD = (2, 3, 4, 5, 6, 7)
"""Counted from the day of issue; the next one is published."""
CONFIG = Config()
_DAY = timedelta(days=1)
_MWH = 1000.0
_ISSUED = time(13)


def archive(path: Path) -> Archive:
    """The file's prices by slot [EUR/kWh]; each day is published at noon of the day before."""
    table = pl.read_csv(path, try_parse_dates=True)
    hours = table.select(
        start=pl.col("start_utc").cast(TIME), spot_per_kwh=pl.col("eur_per_mwh") / _MWH
    )
    quarters = [hours.with_columns(pl.col("start") + part * SLOT) for part in range(4)]
    local = pl.col("start").dt.convert_time_zone(ZONE.key)
    noon = (local.dt.truncate("1d") - pl.duration(hours=12)).dt.convert_time_zone("UTC")
    return Archive(
        past=empty(PAST),
        weather=empty(ISSUES),
        spots=pl.concat(quarters).sort("start").with_columns(published_at=noon),
    )


def rolled(
    known: Archive,
    origins: Sequence[date],
    retrain: timedelta = RETRAIN,
    days_ahead: Sequence[int] = DAYS_AHEAD,
) -> pl.DataFrame:
    """Columns day_ahead, start, mean, p10, p50, p90, naive, LAST_WEEK and actual."""
    trained: Trained | None = None
    due = origins[0]
    found = []
    for day in origins:
        situation = known.at(datetime.combine(day, _ISSUED, tzinfo=ZONE).astimezone(UTC))
        if day >= due:
            trained, due = _trained(situation), day + retrain
        found.append(_issued(situation, trained, day, days_ahead))
    came = known.spots.select("start", actual=pl.col("spot_per_kwh"))
    return pl.concat(found).join(came, on="start", how="inner")


def _trained(situation: Situation) -> Trained:
    outcome = PRICE.train(situation, CONFIG)
    if not isinstance(outcome, Trained):
        raise TypeError(outcome.reason)
    return outcome


def _issued(
    situation: Situation, trained: Trained | None, day: date, days_ahead: Sequence[int]
) -> pl.DataFrame:
    by_day = [day_slots(day + number * _DAY, ZONE) for number in days_ahead]
    starts = [start for one in by_day for start in one]
    numbers = [n for n, one in zip(days_ahead, by_day, strict=True) for _ in one]
    return _told(situation, trained, starts).with_columns(
        day_ahead=pl.Series(numbers),
        naive=_told(situation, None, starts)["p50"],
        last_week=baselines(situation, "price", starts, ZONE)[LAST_WEEK],
    )


def _told(
    situation: Situation, trained: Trained | None, starts: Sequence[datetime]
) -> pl.DataFrame:
    told = PRICE.forecast(situation, CONFIG, trained, starts)
    if not isinstance(told, Ahead):
        raise TypeError(told.reason)
    return told.slots


def by_day(rows: pl.DataFrame) -> pl.DataFrame:
    """MAE [EUR/MWh] of the model, the naive forecast and the same day last week; coverage."""
    actual = pl.col("actual")
    return (
        rows.group_by("day_ahead")
        .agg(
            *(
                ((pl.col(name) - actual).abs().mean() * _MWH).alias(f"mae_{name}")
                for name in ("p50", "mean", "naive", "last_week")
            ),
            coverage=actual.is_between("p10", "p90").mean(),
            pinball=_pinball() * _MWH,
        )
        .sort("day_ahead")
    )


def _pinball() -> pl.Expr:
    misses = ((pl.col("actual") - pl.col(f"p{level}"), level / 100) for level in (10, 50, 90))
    losses = [pl.max_horizontal(miss * share, miss * (share - 1)) for miss, share in misses]
    return pl.sum_horizontal(losses).mean() / len(losses)


def measure(directory: Path) -> Mapping[str, float]:
    """The figures of 2024."""
    known = archive(directory / FILE)
    origins = [FIRST + number * _DAY for number in range((LAST - FIRST).days + 1)]
    figures: dict[str, float] = {}
    for row in by_day(rolled(known, origins)).iter_rows(named=True):
        of = f"day_{row['day_ahead']}"
        figures[f"{of}_mae_eur_per_mwh"] = row["mae_p50"]
        figures[f"{of}_mae_last_week_eur_per_mwh"] = row["mae_last_week"]
        figures[f"{of}_mae_naive_eur_per_mwh"] = row["mae_naive"]
        figures[f"{of}_pinball_eur_per_mwh"] = row["pinball"]
        figures[f"{of}_skill_over_last_week"] = 1 - row["mae_p50"] / row["mae_last_week"]
        figures[f"{of}_coverage_share"] = row["coverage"]
    return figures
