from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.quantiles import (
    Forecast,
    NoForecast,
    Quantity,
    forecast,
    level,
    model_version,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 6, 3, 9, 7, tzinfo=UTC)
TWO_DAYS = timedelta(days=2)


def past(days: float, power: object = 1.0, until: datetime = NOW) -> dict[datetime, float]:
    end = until.replace(minute=0, second=0)
    starts = [end - number * SLOT for number in range(1, int(days * 96) + 1)]
    return {start: power(start) if callable(power) else float(power) for start in starts}  # type: ignore[arg-type]


def made(quantity: Quantity, history: dict[datetime, float], now: datetime = NOW) -> Forecast:
    found = forecast(quantity, history, now, TWO_DAYS, STOCKHOLM)
    assert isinstance(found, Forecast), found
    return found


def sun(start: datetime) -> float:
    hour = start.hour + start.minute / 60
    return max(0.0, 5 * math.sin((hour - 4) / 16 * math.pi)) if 4 < hour < 20 else 0.0


def test_it_begins_with_the_present_slot_and_reaches_the_horizon() -> None:
    found = made("load", past(28)).slots
    assert found[0].start == datetime(2026, 6, 3, 9, 0, tzinfo=UTC)
    assert len(found) == 192
    assert all(after.start - before.start == SLOT for before, after in pairwise(found))


def test_a_constant_house_stays_constant() -> None:
    for one in made("load", past(28, 0.7)).slots:
        assert (one.p10_kw, one.p50_kw, one.p90_kw) == (0.7, 0.7, 0.7)


def test_the_time_of_day_comes_through() -> None:
    found = made("load", past(28, lambda start: start.hour))
    for one in found.slots:
        if one.start.minute in {15, 30}:
            assert one.p50_kw == one.start.hour


def test_weekends_are_their_own() -> None:
    def lazy(start: datetime) -> float:
        return 3.0 if start.astimezone(STOCKHOLM).weekday() >= 5 else 1.0

    friday = datetime(2026, 6, 5, 9, tzinfo=UTC)
    by_day = {
        one.start.astimezone(STOCKHOLM).date(): one.p50_kw
        for one in made("load", past(28, lazy, friday), friday).slots
    }
    assert list(by_day.values()) == [1.0, 3.0, 3.0]


def test_recent_days_count_more_than_old_ones() -> None:
    def grown(start: datetime) -> float:
        return 2.0 if start > NOW - timedelta(days=11) else 1.0

    assert {one.p50_kw for one in made("pv", past(28, grown)).slots} == {2.0}


def test_the_spread_is_that_of_the_past() -> None:
    def noisy(start: datetime) -> float:
        return 1 + (start.toordinal() % 28) / 28

    found = made("load", past(28, noisy)).slots[0]
    assert 1.0 <= found.p10_kw < 1.3 < found.p50_kw < 1.75 < found.p90_kw <= 2.0


def test_the_sun_does_not_shine_where_it_never_did() -> None:
    for one in made("pv", past(28, sun)).slots:
        assert (one.p90_kw == 0.0) == (sun(one.start) == 0.0)


@pytest.mark.parametrize("quantity", ["load", "pv"])
def test_people_change_their_clocks_and_the_sun_does_not(quantity: Quantity) -> None:
    zone, change = STOCKHOLM, datetime(2026, 3, 29, 1, tzinfo=UTC)

    def at_noon(start: datetime) -> float:
        clock = start.astimezone(zone if quantity == "load" else UTC)
        return 2.0 if clock.hour == 12 else 0.0

    after = change + timedelta(hours=2)
    found = made(quantity, past(14, at_noon, change), after).slots
    high = {one.start.hour for one in found if one.p50_kw == 2.0}
    assert high == ({10} if quantity == "load" else {12})


@pytest.mark.parametrize(
    ("days", "word", "version"),
    [
        (1, "infant", "same-slot-past-days-1"),
        (3.9, "infant", "same-slot-past-days-1"),
        (4, "statistician", "same-slot-past-days-1"),
        (7, "statistician", "same-slot-past-weeks-1"),
        (13.9, "statistician", "same-slot-past-weeks-1"),
        (14, "graduate", "same-slot-past-weeks-1"),
        (365, "graduate", "same-slot-past-weeks-1"),
    ],
)
def test_the_steps_have_names(days: float, word: str, version: str) -> None:
    assert (level(days), model_version(days)) == (word, version)


def test_the_forecast_says_which_step_it_is_on() -> None:
    found = made("load", past(5))
    assert (found.level, found.model_version) == ("statistician", "same-slot-past-days-1")


@pytest.mark.parametrize("quantity", ["load", "pv"])
def test_no_history_is_no_forecast(quantity: Quantity) -> None:
    found = forecast(quantity, {}, NOW, TWO_DAYS, STOCKHOLM)
    assert found == NoForecast(
        reason=f"no {quantity} forecast yet: the history covers 0 of 96 quarter hours of the day"
    )


def test_half_a_day_of_history_is_no_forecast() -> None:
    found = forecast("load", past(0.5), NOW, TWO_DAYS, STOCKHOLM)
    assert isinstance(found, NoForecast)
    assert "covers 56 of 96" in found.reason  # an hour further on both sides


def test_an_hour_that_was_never_seen_is_taken_from_its_neighbours() -> None:
    history = {start: kw for start, kw in past(28, lambda s: s.hour).items() if start.hour != 15}
    found = {one.start.hour: one.p50_kw for one in made("load", history).slots}
    assert found[15] in {14, 16}


def test_nothing_after_the_issue_time_is_used() -> None:
    future = slots(NOW + SLOT, 4 * 96)
    assert made("load", past(2) | dict.fromkeys(future, 1e6)).slots == made("load", past(2)).slots


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0, 20), min_size=96 * 2, max_size=96 * 2),
    st.sets(st.integers(0, 191), max_size=60),
    st.sampled_from(["load", "pv"]),
)
def test_quantiles_never_cross_and_stay_within_the_past(
    values: list[float], holes: set[int], quantity: Quantity
) -> None:
    starts = list(past(2))
    history = {
        start: kw
        for number, (start, kw) in enumerate(zip(starts, values, strict=True))
        if number not in holes
    }
    found = forecast(quantity, history, NOW, TWO_DAYS, STOCKHOLM)
    if isinstance(found, NoForecast):
        return
    for one in found.slots:
        assert 0 <= one.p10_kw <= one.p50_kw <= one.p90_kw <= max(values) + 1e-4
