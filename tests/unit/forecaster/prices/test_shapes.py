"""Prices as the integrations of Home Assistant and people's own topics tell them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.prices import PricesRefusedError
from darkstar_forecaster.sources.prices.reading import moment, number
from darkstar_forecaster.sources.prices.shapes import told_spots
from darkstar_forecaster.sources.prices.units import per_kwh

STOCKHOLM = ZoneInfo("Europe/Stockholm")
PLAIN, AUTUMN, SPRING = date(2026, 5, 5), date(2026, 10, 25), date(2026, 3, 29)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hours(day: date) -> list[datetime]:
    return [one.astimezone(STOCKHOLM) for one in day_slots(day, STOCKHOLM)[::4]]


def quarters(day: date) -> list[datetime]:
    return [one.astimezone(STOCKHOLM) for one in day_slots(day, STOCKHOLM)]


def spot(start: datetime) -> float:
    return start.hour / 10


def rows(
    starts: list[datetime], start: str, value: str, end: str = "", times: float = 1.0
) -> list[dict[str, Any]]:
    step = starts[1].astimezone(UTC) - starts[0].astimezone(UTC)
    return [
        {start: one.isoformat(), value: spot(one) * times}
        | ({end: (one.astimezone(UTC) + step).isoformat()} if end else {})
        for one in starts
    ]


NORDPOOL = {
    "raw_today": rows(quarters(PLAIN), "start", "value", "end"),
    "raw_tomorrow": rows(quarters(PLAIN + DAY), "start", "value", "end"),
    "today": [0.0] * 96,
    "tomorrow_valid": True,
    "currency": "SEK",
    "unit": "kWh",
    "price_in_cents": False,
    "unit_of_measurement": "SEK/kWh",
}
"""The nordpool integration's sensor."""
ENTSO_E = {
    "prices_today": rows(hours(PLAIN), "time", "price", times=1000),
    "prices_tomorrow": [],
    "prices": rows(hours(PLAIN), "time", "price"),
    "unit_of_measurement": "SEK/MWh",
}
"""The ENTSO-e integration's, per MWh."""
ENERGI_DATA_SERVICE = {
    "raw_today": rows(hours(PLAIN), "hour", "price"),
    "raw_tomorrow": None,
    "currency": "SEK",
    "unit": "kWh",
    "unit_of_measurement": "kr/kWh",
}
EPEX = {
    "data": rows(hours(PLAIN), "start_time", "price_per_kwh", "end_time"),
    "unit_of_measurement": "SEK/kWh",
}
TIBBER = {
    "today": [
        {"startsAt": one.isoformat(), "energy": spot(one), "total": 9.0} for one in hours(PLAIN)
    ],
    "tomorrow": [],
    "currency": "SEK",
    "unit": "kWh",
}
CENTS = NORDPOOL | {
    "raw_today": rows(quarters(PLAIN), "start", "value", "end", times=100),
    "raw_tomorrow": [],
    "unit_of_measurement": "öre/kWh",
}
CENTS_SAID_OTHERWISE = CENTS | {"unit_of_measurement": "SEK/kWh", "price_in_cents": True}


@pytest.mark.parametrize(
    ("told", "days"),
    [
        (NORDPOOL, 2), (ENTSO_E, 1), (ENERGI_DATA_SERVICE, 1), (EPEX, 1), (TIBBER, 1),
        (CENTS, 1), (CENTS_SAID_OTHERWISE, 1),
    ],
    ids=["nordpool", "entso-e", "energi data service", "epex", "tibber", "öre", "cents"],
)  # fmt: skip
def test_the_common_sensors_are_understood(told: dict[str, Any], days: int) -> None:
    found = told_spots(told, "SEK", STOCKHOLM, needs_unit=True)
    expected = [one for number in range(days) for one in quarters(PLAIN + number * DAY)]
    assert list(found) == [one.astimezone(UTC) for one in expected]
    assert list(found.values()) == pytest.approx([spot(one) for one in expected])


@pytest.mark.parametrize(
    "told",
    [
        rows(quarters(PLAIN), "start", "value"),
        rows(quarters(PLAIN), "start", "spot_per_kwh"),
        {"prices": rows(hours(PLAIN), "start", "price")},
        {"slots": rows(hours(PLAIN), "start", "spot_per_kwh"), "currency": "SEK"},
        {"prices": rows(hours(PLAIN), "start", "price", times=1000), "unit": "SEK/MWh"},
        [{"start": one.timestamp(), "value": spot(one)} for one in hours(PLAIN)],
        [{"start": one.timestamp() * 1000, "value": str(spot(one))} for one in hours(PLAIN)],
    ],
)
def test_a_message_may_be_a_plain_list_or_have_one(told: object) -> None:
    found = told_spots(told, "SEK", STOCKHOLM, needs_unit=False)
    assert list(found.values()) == pytest.approx([spot(one) for one in quarters(PLAIN)])


@pytest.mark.parametrize("day", [PLAIN, SPRING, AUTUMN])
@pytest.mark.parametrize("step", [SLOT, HOUR])
def test_times_without_a_zone_are_local_also_when_an_hour_comes_twice(
    day: date, step: timedelta
) -> None:
    starts = (quarters if step == SLOT else hours)(day)
    told = [
        {"start": one.replace(tzinfo=None).isoformat(), "value": number}
        for number, one in enumerate(starts)
    ]
    found = told_spots(told, "SEK", STOCKHOLM, needs_unit=False)
    assert tuple(found) == day_slots(day, STOCKHOLM)
    assert list(found.values()) == [
        number for number in range(len(starts)) for _ in range(step // SLOT)
    ]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, "no list of prices with times"),
        (5, "no list of prices with times"),
        ([], "no list of prices with times"),
        ({"today": [1.0, 2.0]}, "come without times"),
        ([1.0, 2.0], "come without times"),
        ([{"start": "2026-05-05T00:00:00Z"}], "has no price, only start"),
        ([{"value": 1.0}], "has no start, only value"),
        ([{"start": "soon", "value": 1.0}], "no time with a zone"),
        ([{"start": "2026-05-05T00:07:00Z", "value": 1.0}], "no whole quarter hours"),
        ([{"start": "2026-05-05T00:00:00Z", "value": "dear"}], "no number"),
        ([{"start": "2026-05-05T00:00:00Z", "value": 1.0}] * 2, "no whole quarter hours"),
        ({"prices": rows(hours(PLAIN), "start", "price"), "unit": "EUR/kWh"}, "in EUR, not in SEK"),
        ({"prices": rows(hours(PLAIN), "start", "price"), "currency": "EUR"}, "in EUR, not in SEK"),
        (
            {"slots": rows(hours(PLAIN), "start", "spot_per_kwh"), "currency": "EUR"},
            "in EUR, not in SEK",
        ),
        (
            {"slots": rows(hours(PLAIN), "start", "spot_per_kwh"), "currency": []},
            "not in SEK",
        ),
        ({"prices": rows(hours(PLAIN), "start", "price"), "unit": ["kWh"]}, "not in SEK|no unit"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(told: object, sentence: str) -> None:
    with pytest.raises(PricesRefusedError, match=sentence):
        told_spots(told, "SEK", STOCKHOLM, needs_unit=False)


def test_a_sentence_stays_one_however_long_what_it_is_about() -> None:
    told = {"slots": rows(hours(PLAIN), "start", "spot_per_kwh"), "currency": "E" * 100_000}
    with pytest.raises(PricesRefusedError) as refused:
        told_spots(told, "SEK", STOCKHOLM, needs_unit=False)
    assert len(str(refused.value)) == 300


def test_a_sensor_without_a_unit_is_refused() -> None:
    told = {"raw_today": rows(hours(PLAIN), "start", "value")}
    with pytest.raises(PricesRefusedError, match="no unit is told"):
        told_spots(told, "SEK", STOCKHOLM, needs_unit=True)


@pytest.mark.parametrize("step", [SLOT, HOUR])
@pytest.mark.parametrize("place", [0, 3, -1])
@pytest.mark.parametrize("null", [True, False])
def test_no_price_reaches_over_the_hole_of_one_that_is_null_or_missing(
    step: timedelta, place: int, null: bool
) -> None:
    told = rows((quarters if step == SLOT else hours)(PLAIN), "start", "value")
    hole = told[place]["start"]
    if null:
        told[place]["value"] = None
    else:
        del told[place]
    found = told_spots(told, "SEK", STOCKHOLM, needs_unit=False)
    assert len(found) == 96 - step // SLOT
    assert moment(hole) not in found


@pytest.mark.parametrize(
    ("unit", "currency", "factor"),
    [
        ("SEK/kWh", "SEK", 1.0), ("SEK/MWh", "SEK", 0.001), ("kr/kWh", "DKK", 1.0),
        ("öre/kWh", "SEK", 0.01), ("øre/kWh", "NOK", 0.01), ("€/kWh", "EUR", 1.0),
        ("EUR/MWh", "EUR", 0.001), ("ct/kWh", "EUR", 0.01), ("c/kWh", "EUR", 0.01),
        ("snt/kWh", "EUR", 0.01), ("p/kWh", "GBP", 0.01), ("zł/kWh", "PLN", 1.0),
        ("EUR/Wh", "EUR", 1000.0), (" eur / kwh ", "EUR", 1.0),
    ],
)  # fmt: skip
def test_units_are_read_as_people_write_them(unit: str, currency: str, factor: float) -> None:
    assert per_kwh({"unit_of_measurement": unit}, currency) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("told", "currency"),
    [
        ({"unit_of_measurement": "EUR/kWh"}, "SEK"),
        ({"unit_of_measurement": "öre/kWh"}, "EUR"),
        ({"unit_of_measurement": "kr/kWh"}, "EUR"),
        ({"unit_of_measurement": "SEK/h"}, "SEK"),
        ({"unit_of_measurement": "SEK"}, "SEK"),
        ({"unit": "kWh"}, "SEK"),
        ({"currency": "SEK"}, "SEK"),
        ({"unit_of_measurement": 5}, "SEK"),
        ({}, "SEK"),
    ],
)
def test_a_unit_of_another_money_or_none_is_refused(told: dict[str, Any], currency: str) -> None:
    with pytest.raises(PricesRefusedError):
        per_kwh(told, currency)


NAMES = (
    "prices", "raw_today", "start", "value", "unit", "end", "data", "currency", "spot_per_kwh",
    "unit_of_measurement", "price_in_cents",
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=12) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(json_values)
def test_any_json_is_prices_or_refused(told: object) -> None:
    try:
        found = told_spots(told, "SEK", STOCKHOLM, needs_unit=False)
    except PricesRefusedError:
        return
    assert all(isinstance(one, float) for one in found.values())


@settings(max_examples=50, deadline=None)
@given(st.none() | st.booleans() | st.floats() | st.text(max_size=30) | st.integers())
def test_any_value_is_a_time_a_number_or_refused(value: object) -> None:
    for read, kind in ((moment, datetime), (number, float)):
        try:
            found = read(value)
        except PricesRefusedError:
            continue
        assert isinstance(found, kind)
