from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.contract import QuantileForecast, QuantileSlot, Service
from darkstar_common.slots import SLOT
from darkstar_gateway.core.expected import expected

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)


def forecast(
    start: datetime, count: int, kw: float = 1.0, mean: float | None = None
) -> QuantileForecast:
    return QuantileForecast(
        sender=Service.FORECASTER, emitted_at=start, quantity="load", issued_at=start,
        model_version="1", level="house",
        slots=tuple(
            QuantileSlot(
                start=start + number * SLOT, p10_kw=kw / 2, p50_kw=kw, p90_kw=kw * 2, mean_kw=mean
            )
            for number in range(count)
        ),
    )  # fmt: skip


def test_the_rest_of_today_and_all_of_tomorrow_are_added_up_by_the_houses_days() -> None:
    found = expected(forecast(NOON, 200), forecast(NOON, 200, 2.0), NOON, STOCKHOLM)
    assert found == {
        "load_today_kwh": 10.0,  # it is two in the afternoon there
        "load_tomorrow_kwh": 24.0,
        "pv_today_kwh": 20.0,
        "pv_tomorrow_kwh": 48.0,
    }


def test_what_is_expected_is_the_mean_where_it_is_told() -> None:
    found = expected(forecast(NOON, 200, 1.0, mean=1.5), None, NOON, STOCKHOLM)
    assert found["load_today_kwh"] == 15.0


def test_this_slot_counts_as_a_whole() -> None:
    late = NOON + timedelta(minutes=14)
    assert expected(forecast(NOON, 200), None, late, STOCKHOLM)["load_today_kwh"] == 10.0


@pytest.mark.parametrize(
    ("start", "count", "today", "tomorrow"),
    [
        (NOON, 40, 10.0, None),
        (NOON, 39, None, None),
        (NOON, 136, 10.0, 24.0),
        (NOON, 135, 10.0, None),
        (NOON + SLOT, 200, None, 24.0),
        (NOON - timedelta(days=3), 40, None, None),
    ],
)
def test_what_the_forecast_does_not_reach_is_unknown(
    start: datetime, count: int, today: float | None, tomorrow: float | None
) -> None:
    found = expected(forecast(start, count), None, NOON, STOCKHOLM)
    assert (found["load_today_kwh"], found["load_tomorrow_kwh"]) == (today, tomorrow)
    assert (found["pv_today_kwh"], found["pv_tomorrow_kwh"]) == (None, None)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2026, 3, 28, 12, tzinfo=UTC), 23.0), (datetime(2026, 10, 24, 12, tzinfo=UTC), 25.0)],
)
def test_a_day_that_is_shorter_or_longer_counts_as_it_is(day: datetime, hours: float) -> None:
    assert expected(forecast(day, 200), None, day, STOCKHOLM)["load_tomorrow_kwh"] == hours


@given(st.integers(0, 95), st.integers(1, 250), st.floats(0, 20))
def test_it_is_never_more_than_the_forecast_holds(offset: int, count: int, kw: float) -> None:
    now = NOON + offset * SLOT
    found = expected(forecast(NOON, count, kw), None, now, STOCKHOLM)
    known = [one for one in (found["load_today_kwh"], found["load_tomorrow_kwh"]) if one]
    assert sum(known) <= count * kw / 4 + 0.02
