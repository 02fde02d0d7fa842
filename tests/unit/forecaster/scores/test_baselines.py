"""Naive forecasts take only what was known, of the same local time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.scores.frames import (
    DAY,
    HOUR,
    MONDAY,
    SLOT,
    STOCKHOLM,
    came,
    day_number,
    quarter,
)

from darkstar_common.slots import day_slots, slots
from darkstar_forecaster.core.baselines import (
    BASELINES,
    LAST_DAY,
    LAST_WEEK,
    TRUTH,
    WEEK_MEAN,
    baselines,
    known_until,
    naive,
    published_until,
    truth,
)
from darkstar_forecaster.core.situation import PAST, SPOTS, WEATHER, Situation, empty

MIDNIGHT = MONDAY + 21 * DAY
WINTER_DAYS = came(MONDAY, 40, day_number)


def wanted(starts: tuple[datetime, ...], until: datetime) -> pl.DataFrame:
    return pl.DataFrame(
        {"start": starts, "known_until": [until] * len(starts)},
        schema={"start": TRUTH["start"], "known_until": TRUTH["start"]},
    )


def told(values: pl.DataFrame, starts: tuple[datetime, ...], until: datetime) -> pl.DataFrame:
    return naive(wanted(starts, until), values, STOCKHOLM)


def situation(values: pl.DataFrame, now: datetime) -> Situation:
    past = values.rename({"value": "load_kw"}).with_columns(fit=pl.lit(value=True))
    return Situation(
        now=now,
        past=pl.concat([empty(PAST), past.filter(pl.col("start") < now)], how="diagonal"),
        weather=empty(WEATHER),
        spots=values.rename({"value": "spot_per_kwh"}),
    )


def test_the_day_from_midnight_on_has_the_day_before() -> None:
    found = told(WINTER_DAYS, slots(MIDNIGHT, 96), MIDNIGHT)
    assert set(found[LAST_DAY]) == {20.0}
    assert set(found[WEEK_MEAN]) == {17.0}
    assert set(found[LAST_WEEK]) == {14.0}


def test_the_second_day_has_no_other_than_the_last_known_one() -> None:
    found = told(WINTER_DAYS, slots(MIDNIGHT + DAY, 96), MIDNIGHT)
    assert set(found[LAST_DAY]) == {20.0}
    assert set(found[WEEK_MEAN]) == {17.0}
    assert set(found[LAST_WEEK]) == {15.0}


def test_at_noon_the_afternoon_of_yesterday_and_the_morning_of_today_are_known() -> None:
    found = told(WINTER_DAYS, slots(MIDNIGHT + 12 * HOUR, 96), MIDNIGHT + 12 * HOUR)
    assert set(found[LAST_DAY][:48]) == {20.0}
    assert set(found[LAST_DAY][48:]) == {21.0}


def test_a_slot_that_ends_as_it_is_asked_for_is_known() -> None:
    found = told(WINTER_DAYS, (MIDNIGHT + DAY,), MIDNIGHT + SLOT)
    assert found[LAST_DAY].item() == 21.0
    before = told(WINTER_DAYS, (MIDNIGHT + DAY,), MIDNIGHT + SLOT - timedelta(seconds=1))
    assert before[LAST_DAY].item() == 20.0


def test_what_is_unknown_is_no_zero() -> None:
    values = came(MONDAY, 21, lambda start: None if day_number(start) == 20 else 3.0)
    found = told(values, slots(MIDNIGHT, 4), MIDNIGHT)
    assert found[LAST_DAY].null_count() == 4
    assert set(found[WEEK_MEAN]) == {3.0}


def test_of_a_house_of_three_days_only_the_week_before_is_unknown() -> None:
    values = came(MIDNIGHT - 3 * DAY, 3, day_number)
    found = told(values, slots(MIDNIGHT, 4), MIDNIGHT)
    assert set(found[LAST_DAY]) == {20.0}
    assert set(found[WEEK_MEAN]) == {19.0}
    assert found[LAST_WEEK].null_count() == 4


def test_without_a_past_nothing_is_told() -> None:
    found = told(pl.DataFrame(schema=dict(TRUTH)), slots(MIDNIGHT, 4), MIDNIGHT)
    assert found.select(BASELINES).null_count().row(0) == (4, 4, 4)


@pytest.mark.parametrize(
    ("day", "length"),
    [(datetime(2026, 3, 29, tzinfo=UTC), 92), (datetime(2026, 10, 25, tzinfo=UTC), 100)],
    ids=["spring", "autumn"],
)
def test_days_of_any_length_go_by_the_local_clock(day: datetime, length: int) -> None:
    values = came(day - 30 * DAY, 40, quarter)
    starts = day_slots(day.date(), STOCKHOLM)
    found = told(values, starts, starts[0])
    assert found.height == length
    clock = [quarter(one) for one in starts]
    for name in BASELINES:
        known = [(have, want) for have, want in zip(found[name], clock, strict=True) if have]
        assert len(known) >= length - 1
        assert all(have == want for have, want in known)


@settings(max_examples=30, deadline=None)
@given(
    minutes=st.integers(0, 20 * 24 * 60),
    ahead=st.integers(0, 700),
    month=st.sampled_from([1, 3, 10]),
)
def test_nothing_that_ends_later_than_known_is_looked_at(
    minutes: int, ahead: int, month: int
) -> None:
    first = datetime(2026, month, 5, tzinfo=UTC)
    until = first + 10 * DAY + timedelta(minutes=minutes)
    start = slots(until, ahead + 1)[-1]
    ends = came(first, 60, lambda one: one.timestamp() + SLOT.total_seconds())
    latest = ends.with_columns(
        value=pl.when(pl.col("start") + SLOT > until).then(float("inf")).otherwise("value")
    )
    found = told(latest, (start,), until)
    said = [one for one in found.select(BASELINES).row(0) if one is not None]
    assert said
    assert all(one <= until.timestamp() for one in said)


def test_a_situation_is_asked_the_same_way() -> None:
    known = situation(WINTER_DAYS, MIDNIGHT)
    found = baselines(known, "load", slots(MIDNIGHT, 8), STOCKHOLM)
    assert found.drop("known_until").equals(
        told(WINTER_DAYS, slots(MIDNIGHT, 8), MIDNIGHT).drop("known_until")
    )


def test_prices_are_known_ahead() -> None:
    known = situation(
        WINTER_DAYS.filter(pl.col("start") < MIDNIGHT + 2 * DAY), MIDNIGHT + 13 * HOUR
    )
    assert known_until(known, "price") == MIDNIGHT + 2 * DAY
    assert known_until(known, "load") == MIDNIGHT + 13 * HOUR
    found = baselines(known, "price", slots(MIDNIGHT + 2 * DAY, 96), STOCKHOLM)
    assert set(found[LAST_DAY]) == {22.0}


def test_what_is_not_fit_is_no_truth() -> None:
    past = situation(WINTER_DAYS, MIDNIGHT).past.with_columns(
        fit=pl.col("start") >= MIDNIGHT - DAY, pv_kw=pl.lit(2.0)
    )
    found = truth(past, empty(SPOTS), "load")
    assert found.filter(pl.col("start") < MIDNIGHT - DAY)["value"].null_count() == 20 * 96
    assert set(truth(past, empty(SPOTS), "pv")["value"].drop_nulls()) == {2.0}


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-01-05T11:59:00Z", "2026-01-05T23:00:00Z"),
        ("2026-01-05T12:00:00Z", "2026-01-06T23:00:00Z"),
        ("2026-03-27T12:30:00Z", "2026-03-28T23:00:00Z"),
        ("2026-03-28T12:30:00Z", "2026-03-29T22:00:00Z"),
    ],
)
def test_prices_of_tomorrow_are_known_from_one_oclock_on(at: str, until: str) -> None:
    assert published_until(
        datetime.fromisoformat(at), time(13), STOCKHOLM
    ) == datetime.fromisoformat(until)
