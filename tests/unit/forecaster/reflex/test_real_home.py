"""A real home's load, and a factor that follows its forecasts only where they are off."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean

import polars as pl
import pytest
from unit.forecaster.reflex.learned import DAY, HOUSE

from darkstar_common.contract import Learned
from darkstar_forecaster.core.reflex import Learnings, Look, rules
from darkstar_forecaster.core.reflex.bias import DAYS, load_bias
from darkstar_forecaster.core.reflex.observed import FORECASTS
from darkstar_forecaster.core.reflex.observed import HOUSE as HOUSE_SLOTS
from darkstar_forecaster.core.situation import TIME

HOME = Path(__file__).resolve().parents[5] / "shared" / "data" / "home-fr-2024.csv"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not HOME.is_file(), reason=f"{HOME} is not there"),
]
FACTOR: Learned = "load_factor"
PARIS = HOUSE.model_copy(update={"timezone": "Europe/Paris"})


def half_hours() -> pl.DataFrame:
    """Mean load of each half hour, and the mean of seven days as was known two days before."""
    read = pl.read_csv(HOME, columns=["start_utc", "load_w"], try_parse_dates=True)
    load = (
        read.select(
            pl.col("start_utc").cast(TIME).alias("start"),
            (pl.col("load_w") / 1000).alias("load_kw"),
        )
        .drop_nulls()
        .sort("start")
    )
    earlier = pl.concat(
        load.select(pl.col("start") + number * DAY, pl.col("load_kw").alias("raw_kw"))
        for number in range(2, 9)
    )
    means = earlier.group_by("start").agg(pl.col("raw_kw").mean())
    return load.join(means, on="start").sort("start")


def followed(table: pl.DataFrame, scale: float) -> tuple[float, float, int]:
    """Error of a day's sum without the factor and with it, over the load; and its changes."""
    known, plain, tuned, used, changes = Learnings(), [0.0], [0.0], [0.0], 0
    first, last = table["start"][0].replace(hour=2) + (DAYS + 1) * DAY, table["start"][-1]
    for day in range((last - first) // DAY):
        now = first + day * DAY
        factor = known.in_force(PARIS)[FACTOR]
        today = table.filter(pl.col("start").is_between(now, now + DAY, closed="left"))
        raw, came = scale * float(today["raw_kw"].sum()), float(today["load_kw"].sum())
        plain.append(abs(raw - came))
        tuned.append(abs(factor * raw - came))
        used.append(came)
        found = load_bias(look(table, scale, known, now))
        if found is not None:
            after = rules(PARIS)[FACTOR].towards(found.wanted, current=factor)
            changes += after != factor
            known = known.based(FACTOR, PARIS).changed(FACTOR, after, now, why="measured")
    return fmean(plain) / fmean(used), fmean(tuned) / fmean(used), changes


def look(table: pl.DataFrame, scale: float, known: Learnings, now: datetime) -> Look:
    """Two weeks before `now`, with the factor in forecasts that were issued under it."""
    past = table.filter(pl.col("start").is_between(now - timedelta(days=DAYS), now, closed="left"))
    current = known.in_force(PARIS)[FACTOR]
    issued = [start - DAY for start in past["start"]]
    factors = [known.value_at(FACTOR, one, current=current) for one in issued]
    absent = [
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in HOUSE_SLOTS.items()
        if name not in {"start", "base_kwh", "away"}
    ]
    house = past.with_columns(
        (pl.col("load_kw") / 4).alias("base_kwh"), pl.lit(value=False).alias("away"), *absent
    )
    said = past.with_columns(
        pl.Series("issued_at", issued, dtype=TIME),
        (scale * pl.col("raw_kw") * pl.Series(factors)).alias("expected_kw"),
    )
    forecasts = said.select(list(FORECASTS))
    return Look(
        now=now,
        config=PARIS,
        learnings=known,
        house=house.select(list(HOUSE_SLOTS)),
        pv=forecasts.clear(),
        load=forecasts,
    )


@pytest.mark.parametrize(("scale", "gained"), [(1.15, 0.10), (0.87, 0.03), (1.0, -0.01)])
def test_a_forecast_that_is_off_gets_better_and_a_right_one_hardly_worse(
    scale: float, gained: float
) -> None:
    plain, tuned, changes = followed(half_hours(), scale)
    assert 1 - tuned / plain >= gained
    assert changes <= 30
