"""The past by days and times of day, and other quantities by place."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.forecaster.load.homes import MONDAY, ZONE, habit, later, midnight, past

from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, places
from darkstar_forecaster.core.load.grid import Grid, gridded
from darkstar_forecaster.core.load.line import NOTHING, line
from darkstar_forecaster.core.situation import PAST, empty

NOW = midnight(MONDAY)
END = int(places(pl.Series([NOW]), ZONE)[0])


def a_grid(frame: pl.DataFrame, end: int = END) -> Grid:
    found = gridded(frame, end, ZONE)
    assert found is not None
    return found


def test_each_row_is_a_local_day() -> None:
    found = a_grid(past(3, NOW))
    assert found.kw.shape == (3, SLOTS_A_DAY)
    sunday = [habit(one.astimezone(ZONE)) for one in day_slots(later(MONDAY, -1), ZONE)]
    assert found.kw[-1].tolist() == sunday
    assert found.known_days == pytest.approx(3.0)
    assert found.last == END - 1


def test_nothing_known_is_no_table() -> None:
    assert gridded(empty(PAST), END, ZONE) is None
    unknown = past(2, NOW).with_columns(load_kw=pl.lit(None, pl.Float64))
    assert gridded(unknown, END, ZONE) is None


def test_what_is_missing_is_unknown_not_zero() -> None:
    holes = past(3, NOW).filter(pl.col("start").dt.hour() != 5)
    found = a_grid(holes)
    assert np.isnan(found.kw).sum() == 3 * 4
    assert found.known_days == pytest.approx(3 * 23 / 24)


def test_a_negative_base_load_is_none() -> None:
    found = a_grid(past(2, NOW).with_columns(load_kw=pl.lit(-0.2)))
    assert (found.kw == 0).all()


def test_the_hour_that_comes_twice_counts_by_its_mean() -> None:
    day = date(2026, 10, 25)
    slots = past(3, midnight(later(day, 1)))
    end = int(places(pl.Series([midnight(later(day, 1))]), ZONE)[0])
    second = slots.with_columns(
        load_kw=pl.when(pl.col("start").is_between(*twice(day))).then(4.0).otherwise(2.0)
    )
    found = a_grid(second, end)
    assert found.kw[-1, 8:12].tolist() == [3.0] * 4
    assert found.kw[-1, 12:].tolist() == [2.0] * 84


def twice(day: date) -> tuple[datetime, datetime]:
    """The second of the two hours from 02:00 on."""
    starts = day_slots(day, ZONE)
    return starts[12], starts[15]


def test_a_day_of_vacation_is_one_of_which_most_is() -> None:
    slots = past(3, NOW).with_columns(vacation=pl.col("start") >= NOW - timedelta(hours=40))
    assert a_grid(slots).away.tolist() == [False, True, True]


@given(back=st.integers(1, 5 * 96))
def test_an_earlier_table_is_what_was_known_then(back: int) -> None:
    slots = past(5, NOW)
    whole, then = a_grid(slots), NOW - back * SLOT
    cut = whole.until(END - back)
    assert cut.end == END - back
    known = slots.filter(pl.col("start") < then)
    assert np.isfinite(cut.kw).sum() == known.height
    if known.height:
        again = a_grid(known, END - back)
        assert np.array_equal(again.kw, cut.kw, equal_nan=True)
        assert again.away.tolist() == cut.away.tolist()


def test_places_outside_are_unknown() -> None:
    found = a_grid(past(2, NOW))
    beyond = np.array([END - 3 * SLOTS_A_DAY, END - 1, END])
    assert np.isfinite(found.at(beyond)).tolist() == [False, True, False]


def test_a_line_holds_what_is_known() -> None:
    slots = past(2, NOW).with_columns(
        temperature=pl.when(pl.col("start") >= NOW - timedelta(hours=1)).then(4.0)
    )
    found = line(slots, "temperature", ZONE)
    wanted = np.array([END - 5, END - 4, END - 1, END])
    assert found.at(wanted).tolist() == pytest.approx([np.nan, 4, 4, np.nan], nan_ok=True)
    assert found.mean(END - 96, END) == 4.0
    assert np.isnan(found.mean(END, END + 96))


def test_a_line_of_nothing_is_unknown_everywhere() -> None:
    found = line(past(1, NOW), "vacation", ZONE)
    assert found is NOTHING
    assert np.isnan(found.at(np.array([END]))).all()
    assert np.isnan(found.mean(0, END))
