from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import NOON, Gateway
from support.gateway_recorder import HOUSE, MIDNIGHT, a_recorder, lived

from darkstar_common.config import Tariff
from darkstar_common.slots import SLOT
from darkstar_gateway.core.energy import By, Energy, Period, days_of, fitting_by, local_today
from darkstar_recorder.store import Store

TODAY = date(2026, 6, 12)  # a Friday
ZONE = ZoneInfo("Europe/Stockholm")


@pytest.fixture
async def store(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Store]:
    async with a_recorder(gateway, tmp_path) as remembered:
        yield remembered


async def told(gateway: Gateway, **asked: str) -> dict[str, Any]:
    answer = await gateway.get("/api/energy", **asked)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def three_days(store: Store) -> None:
    """The day before yesterday, yesterday, and today until noon."""
    before = MIDNIGHT - timedelta(days=2)
    lived(store, before, 2 * 96 + (NOON - MIDNIGHT) // SLOT)
    store.roll([date(2026, 6, 10), date(2026, 6, 11)], HOUSE, NOON)


@pytest.mark.parametrize(
    ("period", "first", "last", "by"),
    [
        ("today", TODAY, TODAY, "day"),
        ("yesterday", date(2026, 6, 11), date(2026, 6, 11), "day"),
        ("week", date(2026, 6, 8), TODAY, "day"),
        ("month", date(2026, 6, 1), TODAY, "day"),
        ("year", date(2026, 1, 1), TODAY, "month"),
        ("all", date(2000, 1, 1), TODAY, "month"),
    ],
)
def test_a_word_means_the_days_people_mean_by_it(
    period: Period, first: date, last: date, by: By
) -> None:
    days = days_of(period, TODAY)
    assert (days.first, days.last, days.by) == (first, last, by)
    assert days_of(period, TODAY, "week").by == "week"


@given(
    day=st.dates(date(2001, 1, 1), date(2100, 1, 1)),
    period=st.sampled_from(["today", "yesterday", "week", "month", "year", "all"]),
)
def test_no_period_reaches_into_the_future_or_is_empty(day: date, period: Any) -> None:
    days = days_of(period, day)
    assert days.first <= days.last <= day
    start, end = days.span(ZONE)
    assert start < end
    assert abs((end - start) / timedelta(days=1) - days.count) < 0.1


@given(first=st.dates(date(2001, 1, 1), date(2100, 1, 1)), count=st.integers(0, 3000))
def test_a_time_is_told_in_some_dozens_of_rows(first: date, count: int) -> None:
    by = fitting_by(first, first + timedelta(days=count))
    assert count / {"day": 1, "week": 7, "month": 28}[by] <= 110


def test_the_day_is_the_houses_own() -> None:
    late = datetime.fromisoformat("2026-06-12T23:30:00+00:00")
    assert local_today(late, ZONE) == date(2026, 6, 13)


async def test_a_week_is_told_whole_and_day_by_day(gateway: Gateway, store: Store) -> None:
    three_days(store)
    report = await told(gateway, period="week")
    assert (report["first"], report["last"], report["by"]) == ("2026-06-08", "2026-06-12", "day")
    assert report["currency"] == "SEK"
    assert len(report["rows"]) == 3
    assert report["total"]["days"] == 3
    for name in ("load_kwh", "cost", "saved", "cost_without_battery"):
        assert report["total"][name] == pytest.approx(sum(one[name] for one in report["rows"]))
    paid = 0.75 * 96 * Tariff().import_price(1.0, MIDNIGHT)
    assert report["rows"][0]["cost"] == pytest.approx(paid)
    assert report["total"]["coverage"] == 1.0


async def test_without_a_word_it_is_today_as_far_as_it_has_come(
    gateway: Gateway, store: Store
) -> None:
    three_days(store)
    report = await told(gateway)
    assert report["total"]["known_slots"] == (NOON - MIDNIGHT) // SLOT
    assert report["total"]["load_kwh"] == pytest.approx((NOON - MIDNIGHT) // SLOT)


async def test_both_days_that_are_named_are_included(gateway: Gateway, store: Store) -> None:
    three_days(store)
    report = await told(gateway, start="2026-06-10", end="2026-06-11")
    assert report["total"]["load_kwh"] == pytest.approx(2 * 96)
    assert [one["days"] for one in report["rows"]] == [1, 1]


@pytest.mark.usefixtures("store")
async def test_what_is_not_known_is_null(gateway: Gateway) -> None:
    report = await told(gateway, start="2020-01-01", end="2020-01-31")
    assert report["rows"] == []
    total = report["total"]
    assert total["days"] == 0
    assert total["coverage"] is None
    assert total["cost"] is None
    assert total["saved"] is None


def test_perfect_foresight_is_told_when_it_is_worked_out() -> None:
    row = {
        "start": MIDNIGHT, "end": NOON, "days": 1, "expected_slots": 96, "known_slots": 48,
    }  # fmt: skip
    assert Energy.read(row).cost_perfect_foresight is None
    assert Energy.read({**row, "cost_perfect_foresight": 3.5}).cost_perfect_foresight == 3.5
    assert Energy.read(row).coverage == 0.5


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"period": "week", "start": "2026-06-01"}, "not both"),
        ({"start": "2026-06-12", "end": "2026-06-01"}, "is after end"),
        ({"start": "9999-12-31"}, "start"),
        ({"end": "0001-01-01"}, "end"),
        ({"period": "fortnight"}, "period"),
    ],
)
@pytest.mark.usefixtures("store")
async def test_a_time_that_is_none_is_refused_in_words(
    gateway: Gateway, asked: dict[str, str], part: str
) -> None:
    answer = await gateway.get("/api/energy", **asked)
    assert answer.status_code == 422
    assert part in answer.json()["detail"]


async def test_a_recorder_that_is_away_is_said(hasty: Gateway) -> None:
    answer = await hasty.get("/api/energy")
    assert answer.status_code == 504
    assert "recorder did not answer" in answer.json()["detail"]
