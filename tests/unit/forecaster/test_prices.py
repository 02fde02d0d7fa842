from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_common.config import Tariff
from darkstar_common.contract import PriceSlot
from darkstar_common.slots import SLOT, day_slots, local_day
from darkstar_forecaster.core.prices import (
    DayPrices,
    Interval,
    PricesRefusedError,
    Unavailable,
    by_slot,
    whole_day,
)
from darkstar_forecaster.core.publication import (
    curve_starts,
    due_days,
    naive_ahead,
    next_publication,
    price_slots,
    published,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = timedelta(days=1)
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 5, 5)


def prices(day: date, base: float = 1.0) -> DayPrices:
    count = len(day_slots(day, STOCKHOLM))
    return DayPrices(day=day, spot_per_kwh=tuple(base + number / 1000 for number in range(count)))


def known(last: date, days: int = 8) -> dict[date, DayPrices]:
    return {last - number * DAY: prices(last - number * DAY) for number in range(days)}


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize("day", [SPRING, AUTUMN, PLAIN])
@pytest.mark.parametrize(
    ("hour", "minute", "ahead"), [(0, 0, 0), (12, 59, 0), (13, 0, 1), (23, 59, 1)]
)
def test_tomorrow_is_due_from_one_in_the_afternoon(
    day: date, hour: int, minute: int, ahead: int
) -> None:
    due = due_days(local(day, hour, minute), STOCKHOLM)
    assert due[-1] == day + ahead * DAY
    assert due[0] == day - 7 * DAY


@pytest.mark.parametrize(("day", "slots"), [(SPRING, 92), (AUTUMN, 100), (PLAIN, 96)])
def test_a_whole_day_has_all_its_slots(day: date, slots: int) -> None:
    spots: dict[datetime, float | None] = dict.fromkeys(day_slots(day, STOCKHOLM), 0.5)
    found = whole_day(day, spots, STOCKHOLM)
    assert isinstance(found, DayPrices)
    assert len(found.spot_per_kwh) == slots


def told(start: datetime, minutes: int, price: float) -> Interval:
    return Interval(start=start, end=start + timedelta(minutes=minutes), per_kwh=price)


def test_an_hour_stands_for_its_quarters_and_a_half_for_two() -> None:
    start = local(PLAIN, 0)
    found = by_slot([told(start, 60, 1.0), told(start + 4 * SLOT, 30, 2.0)])
    assert found == {start + number * SLOT: 1.0 + (number > 3) for number in range(6)}


@pytest.mark.parametrize(
    ("intervals", "sentence"),
    [
        ([told(local(PLAIN, 0), 60, float("nan"))], "is no number"),
        ([told(local(PLAIN, 0), 60, float("-inf"))], "is no number"),
        ([told(local(PLAIN, 0), 20, 1.0)], "no whole quarter hours"),
        ([told(local(PLAIN, 0, 5), 60, 1.0)], "no whole quarter hours"),
        ([told(local(PLAIN, 0), -60, 1.0)], "no whole quarter hours"),
        ([told(local(PLAIN, 0), 60, 1.0), told(local(PLAIN, 0, 45), 15, 1.0)], "comes twice"),
    ],
)
def test_intervals_that_are_no_prices_of_slots_are_refused(
    intervals: list[Interval], sentence: str
) -> None:
    with pytest.raises(PricesRefusedError, match=sentence):
        by_slot(intervals)


@pytest.mark.parametrize("poison", [None, float("nan"), float("inf")])
@pytest.mark.parametrize("place", [0, 50, 91])
def test_a_poisoned_day_is_refused(poison: float | None, place: int) -> None:
    spots: dict[datetime, float | None] = dict.fromkeys(day_slots(SPRING, STOCKHOLM), 0.5)
    spots[day_slots(SPRING, STOCKHOLM)[place]] = poison
    found = whole_day(SPRING, spots, STOCKHOLM)
    assert found == Unavailable(
        day=SPRING, reason="the prices of 2026-03-29 are incomplete: 91 of 92 slots have one"
    )


def test_zero_and_negative_prices_are_prices() -> None:
    spots: dict[datetime, float | None] = dict.fromkeys(day_slots(PLAIN, STOCKHOLM), 0.0)
    spots[day_slots(PLAIN, STOCKHOLM)[3]] = -1.5
    assert isinstance(whole_day(PLAIN, spots, STOCKHOLM), DayPrices)


def curve(now: datetime, days: dict[date, DayPrices], hours: int = 48) -> tuple[PriceSlot, ...]:
    """As the service makes it, with the naive forecast."""
    spots = published(days, STOCKHOLM)
    starts = curve_starts(spots, now, timedelta(hours=hours), STOCKHOLM)
    ahead = naive_ahead(days, STOCKHOLM, [one for one in starts if one not in spots])
    return price_slots(starts, spots, ahead, Tariff(), STOCKHOLM)


def slots_of(
    now: datetime, days: dict[date, DayPrices], hours: int = 48
) -> list[tuple[str, float]]:
    return [(one.kind, one.spot_per_kwh) for one in curve(now, days, hours)]


def test_what_is_published_is_told_and_the_rest_is_forecast() -> None:
    now = local(PLAIN, 15, 7)
    found = curve(now, known(PLAIN + DAY))
    kinds = [one.kind for one in found]
    assert found[0].start == local_day(PLAIN, STOCKHOLM)[0]
    assert found[-1].start + SLOT == local(PLAIN + 2 * DAY, 15)
    assert kinds == ["published"] * 192 + ["forecast"] * 60


def test_what_is_published_beyond_the_horizon_is_told_too() -> None:
    assert slots_of(local(PLAIN, 15), known(PLAIN + DAY), hours=3)[-1][0] == "published"
    assert len(slots_of(local(PLAIN, 15), known(PLAIN + DAY), hours=3)) == 192


def test_a_day_that_is_missing_is_forecast_from_the_others() -> None:
    days = known(PLAIN - DAY)
    assert {kind for kind, _ in slots_of(local(PLAIN, 9), days)} == {"forecast"}


def test_nothing_known_is_no_curve() -> None:
    assert slots_of(local(PLAIN, 9), {}) == []


def test_the_forecast_is_half_yesterday_half_the_week() -> None:
    days = {PLAIN - number * DAY: prices(PLAIN - number * DAY, 1.0) for number in range(1, 7)}
    days[PLAIN] = prices(PLAIN, 8.0)
    kind, spot = slots_of(local(PLAIN, 9), days)[96]
    assert kind == "forecast"
    assert spot == pytest.approx((8 + (8 + 6 * 1) / 7) / 2)


@pytest.mark.parametrize("last", [SPRING - DAY, SPRING, AUTUMN - DAY, AUTUMN])
def test_a_forecast_over_a_clock_change_keeps_local_time(last: date) -> None:
    found = curve(local(last, 14), {last: prices(last)}, hours=60)
    noon = {
        one.start.astimezone(STOCKHOLM).date(): one.spot_per_kwh
        for one in found
        if one.start.astimezone(STOCKHOLM).strftime("%H:%M") == "12:00"
    }
    assert len(noon) == 3
    assert len(set(noon.values())) == 1


@settings(max_examples=50, deadline=None)
@given(
    st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5)),  # noqa: DTZ001 (made aware below)
    st.integers(1, 168),
    st.sets(st.integers(-7, 1), min_size=1),
)
def test_the_curve_has_no_holes_and_reaches_the_horizon(
    moment: datetime, hours: int, offsets: set[int]
) -> None:
    now = moment.replace(tzinfo=UTC)
    today = now.astimezone(STOCKHOLM).date()
    days = {today + offset * DAY: prices(today + offset * DAY) for offset in offsets}
    found = curve(now, days, hours)
    assert all(after.start - before.start == SLOT for before, after in pairwise(found))
    assert found[0].start <= now
    assert found[-1].start + SLOT > now + timedelta(hours=hours) - SLOT
    published = {one.start for one in found if one.kind == "published"}
    expected = {start for day in days for start in day_slots(day, STOCKHOLM)}
    assert published == {start for start in expected if start >= found[0].start}


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (local(PLAIN, 0), local(PLAIN, 13)),
        (local(PLAIN, 12, 59), local(PLAIN, 13)),
        (local(PLAIN, 13), local(PLAIN + DAY, 0)),
        (local(SPRING - DAY, 20), local(SPRING, 0)),
        (local(SPRING, 1), local(SPRING, 13)),
        (local(AUTUMN, 1), local(AUTUMN, 13)),
    ],
)
def test_prices_change_at_one_and_at_midnight(now: datetime, then: datetime) -> None:
    assert next_publication(now, STOCKHOLM) == then
