"""Weather as a list of rows, named like the contract's slots: of a file or a topic.

Each row has a `start_utc` or `start` and what is known of the interval that begins there, a
slot or an hour, as means over it. Rows may be missing, but all are of one spacing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from darkstar_forecaster.core.weather.spreading import (
    HOUR_SECONDS,
    SHAPES,
    SLOT_SECONDS,
    at_middles,
    over_slots,
)
from darkstar_forecaster.core.weather.sun import Floats, Place, Seconds
from darkstar_forecaster.core.weather.table import COLUMNS, WeatherRefusedError, weather_table

STARTS = ("start_utc", "start")
_LONGEST = 400 * 96
"""Rows of more than a year are no forecast and no file of one issue [slots]."""


def rows_table(rows: Sequence[Mapping[str, Any]], place: Place | None) -> pl.DataFrame:
    """The rows as WEATHER.

    Args:
        rows: In any order; values are numbers, or texts of such; None and "" are unknown.
        place: Whose sun shares out an hour's radiation; None: evenly.

    Raises:
        WeatherRefusedError: A row cannot be read, comes twice, or holds what cannot be.
    """
    if not rows:
        raise WeatherRefusedError("it is empty")
    known = sorted(((_seconds(row), row) for row in rows), key=lambda one: one[0])
    times = np.array([at for at, _ in known], dtype=np.int64)
    step = _step(times)
    columns = {
        name: np.array([_number(row.get(name), name) for _, row in known], dtype=np.float64)
        for name in COLUMNS
        if any(name in row for _, row in known)
    }
    if not columns:
        raise WeatherRefusedError(f"it has none of the columns {', '.join(COLUMNS)}")
    starts = np.arange(times[0], times[-1] + step, SLOT_SECONDS, dtype=np.int64)
    if starts.size > _LONGEST:
        raise WeatherRefusedError("it spans more than 400 days")
    slots = {
        name: over_slots(times, values, step, starts, column=name, place=place)
        if step == SLOT_SECONDS or name in SHAPES
        else _smooth(times, values, step, starts)
        for name, values in columns.items()
    }
    return weather_table(starts, slots, place)


def _smooth(times: Seconds, values: Floats, step: int, starts: Seconds) -> Floats:
    found = at_middles(times + step // 2, values, starts)
    # half an hour at either end of a run of rows lies before the first middle or after the
    # last one: there the hour's own mean is all that is known
    own = over_slots(times, values, step, starts, column="", place=None)
    return np.where(np.isnan(own) | ~np.isnan(found), found, own)


def _step(times: Seconds) -> int:
    """A slot or an hour [s]; the spacing of the rows."""
    gaps = np.diff(times)
    if (gaps == 0).any():
        twice = datetime.fromtimestamp(int(times[1:][gaps == 0][0]), UTC)
        raise WeatherRefusedError(f"{twice:%Y-%m-%d %H:%M} UTC comes twice")
    least = int(gaps.min()) if gaps.size else HOUR_SECONDS
    if least not in (SLOT_SECONDS, HOUR_SECONDS) or (times % least).any():
        raise WeatherRefusedError("its rows do not begin at full quarter hours or full hours")
    return least


def _seconds(row: Mapping[str, Any]) -> int:
    said = next((row[name] for name in STARTS if row.get(name)), None)
    moment = moment_of(said)
    if moment is None:
        raise WeatherRefusedError(
            f"a row begins at {str(said)[:40]!r}; write its start as 2026-01-01T12:00:00Z"
        )
    return int(moment.timestamp())


def moment_of(said: object) -> datetime | None:
    """A moment from a text with its time zone, such as 2026-01-01T12:00:00Z; else None."""
    if isinstance(said, datetime):
        moment = said
    elif isinstance(said, str):
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            return None
    else:
        return None
    thinkable = moment.tzinfo is not None and 1970 < moment.year < 2200  # noqa: PLR2004 (years of a house)
    return moment.astimezone(UTC) if thinkable else None


def _number(said: Any, name: str) -> float:
    if said is None or said == "":
        return float("nan")
    try:
        number = float("inf") if isinstance(said, bool) else float(said)
    except (TypeError, ValueError, OverflowError):
        number = float("inf")
    if not abs(number) < float("inf"):
        raise WeatherRefusedError(f"{name} is {str(said)[:40]!r}, which is no number")
    return number
