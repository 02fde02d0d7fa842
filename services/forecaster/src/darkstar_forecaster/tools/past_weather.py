"""Weather of the past for a backtest: from a file, or made to fit the PV that was measured."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import ISSUES, empty
from darkstar_forecaster.core.weather.rows import moment_of, rows_table
from darkstar_forecaster.core.weather.sun import Place
from darkstar_forecaster.core.weather.table import WeatherRefusedError
from darkstar_forecaster.tools.tool import ToolError

SYNTHETIC = "synthetic"


def past_weather(source: str | None, past: pl.DataFrame, config: Config) -> pl.DataFrame:
    """As ISSUES.

    Args:
        source: a CSV file with the columns of a weather slot and, where they are forecasts,
            `issued_at`; what has none was measured, so it is known when its slot is over.
            `synthetic`: forecasts with the errors of real ones, around the weather that fits
            the PV measured. None: no weather.
        past: as situation.PAST.
        config: names the house's location.

    Raises:
        ToolError: It cannot be had; the sentence says why and the way out.
    """
    if source is None:
        return empty(ISSUES)
    if source == SYNTHETIC:
        return _synthetic(past, config)
    path = Path(source)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return _issues(rows, config)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{path} cannot be read: {error}") from None
    except WeatherRefusedError as error:
        raise ToolError(f"{path} is refused: {error}") from None


def _synthetic(past: pl.DataFrame, config: Config) -> pl.DataFrame:
    from darkstar_forecaster.core.pv.synthetic import (  # noqa: PLC0415 (pvlib takes long to load)
        weather_like,
    )

    if config.location is None:
        raise ToolError(
            "weather can be made only where the house's place is known; name location.latitude "
            "and location.longitude in the configuration"
        )
    if past["pv_kw"].null_count() == past.height:
        raise ToolError("weather is made to fit PV, of which the file tells nothing")
    made = weather_like(past, config.location.latitude, config.location.longitude)
    return made.select(pl.col(name).cast(kind) for name, kind in ISSUES.items())


def _issues(rows: list[dict[str, str]], config: Config) -> pl.DataFrame:
    if not rows:
        raise WeatherRefusedError("it is empty")
    by_issue: dict[datetime | None, list[Mapping[str, str]]] = {}
    for row in rows:
        made = moment_of(row["issued_at"]) if "issued_at" in row else None
        if made is None and "issued_at" in row:
            raise WeatherRefusedError(
                "a row's issued_at cannot be read; write it as 2026-01-01T12:00:00Z"
            )
        by_issue.setdefault(made, []).append(row)
    where = config.location
    place = Place(latitude=where.latitude, longitude=where.longitude) if where else None
    tables = [
        rows_table(some, place).with_columns(
            issued_at=(pl.col("start") + SLOT if made is None else pl.lit(made)).cast(
                ISSUES["issued_at"]
            )
        )
        for made, some in by_issue.items()
    ]
    return pl.concat([empty(ISSUES), *(one.select(list(ISSUES)) for one in tables)])
