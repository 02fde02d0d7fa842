"""How good the PV forecast is: a Swedish home's last 30 days, issued at each local midnight.

The home's weather was not kept, so it is made from the clearness of its own sky and errors as
those of weather models (`core/pv/synthetic.py`); figures are means over several seeds of these
errors. The file says no more of the panels than 10 kWp, so neither does the configuration. The
meter is hourly, and so is the score. Coverage counts hours in which something was, or might
have been, produced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from darkstar_common.config import Config
from darkstar_common.slots import day_slots
from darkstar_forecaster.core.baselines import LAST_DAY, WEEK_MEAN, baselines
from darkstar_forecaster.core.method import Ahead, Trained
from darkstar_forecaster.core.pv import PV
from darkstar_forecaster.core.pv.synthetic import weather_like
from darkstar_forecaster.core.situation import PAST, SPOTS, TIME, Archive, Situation, empty

FILE = "home-se4-2025-summer.csv"
CONFIG = Config.model_validate({"location": {}, "solar": {"arrays": [{"kwp": 10.0}]}})
PLACE = CONFIG.location
LAST = date(2025, 9, 30)
DAYS = 30
RETRAIN = timedelta(days=7)
SEEDS = (1, 2, 3)
"""Of the errors of the weather forecasts."""
NAIVE = (LAST_DAY, WEEK_MEAN)
_QUARTERS = 4


def archive(path: Path, seed: int) -> Archive:
    """The file's PV, and weather that fits it."""
    assert PLACE is not None
    table = pl.read_csv(path, try_parse_dates=True)
    measured = table.select(
        start=pl.col("start_utc").cast(TIME),
        pv_kw=pl.col("pv_kwh") * _QUARTERS,
        fit=pl.lit(value=True),
    )
    past = pl.concat([empty(PAST), measured], how="diagonal")
    return Archive(
        past=past,
        weather=weather_like(past, PLACE.latitude, PLACE.longitude, seed=seed),
        spots=empty(SPOTS).with_columns(published_at=pl.lit(None, TIME)),
    )


def rolled(known: Archive, days: Sequence[date], retrain: timedelta = RETRAIN) -> pl.DataFrame:
    """Columns start, mean, p10, p50, p90, the NAIVE ones and actual, by hour [kW]."""
    trained: Trained | None = None
    due = days[0]
    found = []
    for day in days:
        midnight = datetime.combine(day, time(), tzinfo=CONFIG.zone).astimezone(UTC)
        situation = known.at(midnight)
        if day >= due:
            trained, due = _trained(situation), day + retrain
        starts = day_slots(day, CONFIG.zone)
        told = PV.forecast(situation, CONFIG, trained, starts)
        if not isinstance(told, Ahead):
            raise TypeError(told.reason)
        naive = baselines(situation, "pv", starts, CONFIG.zone).select("start", *NAIVE)
        found.append(told.slots.join(naive, on="start"))
    came = known.past.select("start", actual="pv_kw")
    slots = pl.concat(found).join(came, on="start").drop_nulls()
    return slots.group_by(pl.col("start").dt.truncate("1h")).agg(pl.all().mean()).sort("start")


def _trained(situation: Situation) -> Trained:
    outcome = PV.train(situation, CONFIG)
    if not isinstance(outcome, Trained):
        raise TypeError(outcome.reason)
    return outcome


def figures(hours: pl.DataFrame) -> dict[str, float]:
    """What `rolled` came to."""
    actual = hours["actual"]
    off = {one: hours[one] - actual for one in ("mean", *NAIVE)}
    mae = {one: float(miss.abs().sum()) / hours.height for one, miss in off.items()}
    rmse = {one: (float((miss**2).sum()) / hours.height) ** 0.5 for one, miss in off.items()}
    lit = hours.filter((pl.col("p90") > 0) | (pl.col("actual") > 0))
    inside = lit.select(pl.col("actual").is_between("p10", "p90").sum()).item()
    losses = [
        hours.select(pl.max_horizontal(miss * share, miss * (share - 1)).sum()).item()
        for share in (0.1, 0.5, 0.9)
        for miss in (pl.col("actual") - pl.col(f"p{round(100 * share)}"),)
    ]
    return {
        "pv_mae_kw": mae["mean"],
        "pv_mae_last_day_kw": mae[LAST_DAY],
        "pv_mae_mean_of_7_days_kw": mae[WEEK_MEAN],
        "pv_rmse_kw": rmse["mean"],
        "pv_pinball_kw": sum(losses) / len(losses) / hours.height,
        "pv_skill_by_mae": 1 - mae["mean"] / min(mae[one] for one in NAIVE),
        "pv_skill_by_rmse": 1 - rmse["mean"] / min(rmse[one] for one in NAIVE),
        "pv_coverage_share": inside / lit.height,
        "pv_bias_share": float(off["mean"].sum()) / float(actual.sum()),
    }


def measure(directory: Path) -> Mapping[str, float]:
    """The figures of the last 30 days, means over the seeds."""
    days = [LAST - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    each = [figures(rolled(archive(directory / FILE, seed), days)) for seed in SEEDS]
    return {name: sum(one[name] for one in each) / len(each) for name in each[0]}
