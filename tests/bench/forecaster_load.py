"""How good the load forecast is: two homes, each local day forecast at its midnight.

The French home's last whole days with a model trained once before them, and the Swedish home's
last 30 days with one trained anew every week, both on nothing but what lay before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
from bench.planner_days import REAL

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.backtest import Course, rolling, rows
from darkstar_forecaster.core.baselines import LAST_DAY, WEEK_MEAN
from darkstar_forecaster.core.load import LOAD
from darkstar_forecaster.core.method import Method
from darkstar_forecaster.core.scoring import Figures, figures
from darkstar_forecaster.core.situation import PAST, SPOTS, TIME, WEATHER, Archive, empty

_DAY = timedelta(days=1)
_WATTS = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A house whose load was metered.

    Attributes:
        file: its name.
        load_kw: power in the file's rows [kW].
        grain: how long a row is that its meter can tell.
        row: how long a row of the file is.
        config: where it stands.
        days: so many last days are forecast.
        retrain: how old a model becomes.
        until: the last of them; None: the file's last whole one.
    """

    file: str
    load_kw: pl.Expr
    grain: timedelta
    row: timedelta
    config: Config
    days: int
    retrain: timedelta
    until: date | None = None


FRENCH = Home(
    file="home-fr-2024.csv",
    load_kw=pl.col("load_w") / 1000,
    grain=timedelta(minutes=30),
    row=timedelta(minutes=30),
    config=Config.model_validate({"timezone": "Europe/Paris", "household": {"country": "FR"}}),
    days=14,
    retrain=timedelta(days=14),
)
SWEDISH = Home(
    file="home-se4-2025-summer.csv",
    load_kw=pl.col("load_kwh") * 4,
    grain=timedelta(hours=1),
    row=SLOT,
    config=Config.model_validate({"timezone": "Europe/Stockholm", "household": {"country": "SE"}}),
    days=30,
    retrain=timedelta(days=7),
)


def archive(home: Home, directory: Path) -> Archive:
    """The file's load by slot, each known when it has ended."""
    table = pl.read_csv(directory / home.file, try_parse_dates=True)
    measured = table.select(start=pl.col("start_utc").cast(TIME), load_kw=home.load_kw)
    parts = [measured.with_columns(pl.col("start") + n * SLOT) for n in range(home.row // SLOT)]
    past = pl.concat(parts).sort("start").with_columns(fit=pl.lit(value=True))
    return Archive(
        past=pl.concat([empty(PAST), past], how="diagonal"),
        weather=empty({**WEATHER, "issued_at": TIME}),
        spots=empty({**SPOTS, "published_at": TIME}),
    )


def last_day(home: Home, known: Archive) -> date:
    """The last local day that is whole."""
    end: datetime = known.past["start"].to_list()[-1] + SLOT
    return end.astimezone(home.config.zone).date() - _DAY


def origins(home: Home, last: date) -> tuple[datetime, ...]:
    """The midnights before each of the days."""
    zone = home.config.zone
    days = (last - number * _DAY for number in reversed(range(home.days)))
    return tuple(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in days)


def judged(home: Home, directory: Path, method: Method = LOAD) -> pl.DataFrame:
    """Each row that was forecast, what came true, and what the naive forecasts said."""
    known = archive(home, directory)
    last = home.until or last_day(home, known)
    course = Course(origins=origins(home, last), horizon=_DAY, retrain=home.retrain)
    steps = list(rolling(method, known, home.config, course))
    return rows(steps, known, "load", home.config.zone, home.grain)


def measure(directory: Path) -> dict[str, float]:
    """Figures of both homes: `load_fr_…` and `load_se4_…`."""
    return {
        f"load_{name}_{key}": value
        for name, home in (("fr", FRENCH), ("se4", SWEDISH))
        for key, value in told(figures(judged(home, directory))).items()
    }


def told(found: Figures | None) -> Mapping[str, float]:
    """What the page has: errors [W], and shares of those of naive forecasts.

    Raises:
        ValueError: Nothing came true of what was forecast.
    """
    if found is None or found.best is None:
        raise ValueError("nothing that was forecast came true, or nothing was known before")
    named = {one.name: one for one in found.naive}
    last_day, week = named[LAST_DAY], named[WEEK_MEAN]
    return {
        "rows": float(found.slots),
        "rmse_w": found.rmse * _WATTS,
        "mae_w": found.mae * _WATTS,
        "pinball_w": found.pinball * _WATTS,
        "bias_share": found.relative_bias or 0.0,
        "coverage_share": found.coverage or 0.0,
        "rmse_of_last_day_share": found.rmse / last_day.rmse,
        "rmse_of_week_mean_share": found.rmse / week.rmse,
        "mae_skill_over_best_naive": found.best.skill or 0.0,
        # to a forecast of one value every quantile is that value: its loss is half its error
        "pinball_skill_over_best_naive": 1 - found.pinball / (found.best.mae / 2),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="bench-forecaster-load", description=__doc__)
    parser.add_argument("--data", type=Path, default=REAL, help="where the CSV files are")
    for name, value in measure(parser.parse_args().data).items():
        sys.stdout.write(f"{name:42} {value:10.4g}\n")


if __name__ == "__main__":
    main()
