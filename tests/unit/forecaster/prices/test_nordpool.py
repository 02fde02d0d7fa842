"""Nord Pool's data portal: what it answers, and what is made of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.fake_market import (
    HOUR,
    FakeMarket,
    fake_market,
    nordpool_body,
    starts_of,
    wavy,
)
from support.fake_web import Given

from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.market_days import MarketAnswer
from darkstar_forecaster.core.prices import DayPrices, NotYet, Unavailable
from darkstar_forecaster.sources.prices.market import Market
from darkstar_forecaster.sources.prices.nordpool import NordPool

DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = timedelta(days=1)
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 5, 5)
NOON = datetime(2026, 5, 5, 10, tzinfo=UTC)


def portal(
    url: str = "http://127.0.0.1:9",
    *,
    timeout: float = 5.0,
    area: str = "SE4",
    currency: str = "SEK",
) -> NordPool:
    return NordPool(url=url, timeout=timeout, area=area, currency=currency)


def read(
    body: Any,
    day: date = PLAIN,
    now: datetime = NOON,
    *,
    area: str = "SE4",
    currency: str = "SEK",
) -> MarketAnswer:
    source = portal(area=area, currency=currency)
    return source.read(json.loads(json.dumps(body)), day, now)


def reason(found: MarketAnswer) -> str:
    assert isinstance(found, Unavailable)
    assert found.rest is None, "the portal is well"
    return found.reason


@pytest.mark.parametrize(("day", "slots"), [(SPRING, 92), (AUTUMN, 100), (PLAIN, 96)])
@pytest.mark.parametrize("step", [SLOT, HOUR])
def test_each_day_has_its_92_96_or_100_quarters(day: date, slots: int, step: timedelta) -> None:
    found = read(nordpool_body(day, step=step), day)
    assert isinstance(found, dict)
    assert tuple(found) == day_slots(day, STOCKHOLM)
    assert len(found) == slots
    for start, price in found.items():
        whole = start if step == SLOT else start.replace(minute=0)
        assert price == pytest.approx(wavy(whole) / 1000)


def test_zero_and_negative_prices_are_taken() -> None:
    prices: dict[datetime, float | None] = dict.fromkeys(starts_of(PLAIN), 0.0)
    prices[starts_of(PLAIN)[7]] = -72.5
    found = read(nordpool_body(PLAIN, prices))
    assert isinstance(found, dict)
    assert sorted(set(found.values())) == [-0.0725, 0.0]


def test_an_area_that_is_missing_is_named_with_those_there_are() -> None:
    found = read(nordpool_body(PLAIN, area="SE3"))
    assert "has no area SE4; it has SE3" in reason(found)


def test_half_a_day_is_refused() -> None:
    prices: dict[datetime, float | None] = dict.fromkeys(starts_of(PLAIN)[:48], 1.0)
    assert "incomplete: 48 of 96 slots" in reason(read(nordpool_body(PLAIN, prices)))


def test_a_price_that_is_null_makes_the_day_incomplete() -> None:
    prices: dict[datetime, float | None] = dict.fromkeys(starts_of(PLAIN), 1.0)
    prices[starts_of(PLAIN)[3]] = None
    assert "incomplete: 95 of 96 slots" in reason(read(nordpool_body(PLAIN, prices)))


def test_another_currency_than_was_asked_for_is_refused() -> None:
    assert "its currency is EUR, not SEK" in reason(read(nordpool_body(PLAIN, currency="EUR")))


def test_another_day_than_was_asked_for_is_refused() -> None:
    assert "is another day" in reason(read(nordpool_body(PLAIN - DAY)))


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([1], "no entryPerArea"),
        ([{"entryPerArea": {"SE4": 1}}], "no time with a zone"),
        ([{"deliveryStart": "2026-05-05T00:00:00", "entryPerArea": {"SE4": 1}}], "with a zone"),
        ("soon", "no list multiAreaEntries"),
        (None, "no list multiAreaEntries"),
    ],
)
def test_what_is_no_answer_is_refused(entries: object, sentence: str) -> None:
    body = nordpool_body(PLAIN) | {"multiAreaEntries": entries}
    assert sentence in reason(read(body))


@pytest.mark.parametrize("value", ["dear", True, [1], float("nan"), float("inf")])
def test_a_price_that_is_no_number_is_refused(value: object) -> None:
    body = nordpool_body(PLAIN)
    body["multiAreaEntries"][5]["entryPerArea"]["SE4"] = value
    assert "no number" in reason(read(body))


def test_a_price_that_comes_twice_is_refused() -> None:
    body = nordpool_body(PLAIN)
    body["multiAreaEntries"].append(body["multiAreaEntries"][5])
    assert "comes twice" in reason(read(body))


@pytest.mark.parametrize("body", [None, {"multiAreaEntries": [], "currency": "SEK"}])
def test_tomorrow_without_content_is_not_there_yet(body: object) -> None:
    assert read(body, PLAIN + DAY) == NotYet(day=PLAIN + DAY)


@pytest.mark.parametrize("body", [None, {"multiAreaEntries": [], "currency": "SEK"}])
def test_today_without_content_is_refused(body: object) -> None:
    assert PLAIN.isoformat() in reason(read(body, PLAIN))


def test_preliminary_prices_of_tomorrow_are_waited_for_and_those_of_today_are_not() -> None:
    tomorrow = nordpool_body(PLAIN + DAY, state="Preliminary")
    assert read(tomorrow, PLAIN + DAY) == NotYet(day=PLAIN + DAY)
    assert isinstance(read(nordpool_body(PLAIN, state="Preliminary"), PLAIN), dict)


@pytest.mark.parametrize(
    "states",
    [5, None, "Final", [5], [{}], [{"areas": 5, "state": "Final"}], [{"areas": None}],
     [{"areas": ["SE3"], "state": "Preliminary"}]],
)  # fmt: skip
def test_what_is_said_of_other_areas_or_not_at_all_is_nothing_to_wait_for(states: object) -> None:
    body = nordpool_body(PLAIN + DAY) | {"areaStates": states}
    assert isinstance(read(body, PLAIN + DAY), dict)


def test_germany_is_asked_for_by_the_portals_name() -> None:
    found = read(nordpool_body(PLAIN, area="GER", currency="EUR"), area="DE-LU", currency="EUR")
    assert isinstance(found, dict)


@pytest.fixture
def market() -> Iterator[FakeMarket]:
    with fake_market(lambda: NOON) as found:
        yield found


async def test_the_question_is_the_portals_own(market: FakeMarket) -> None:
    found = await portal(market.url).ask(PLAIN, NOON)
    assert isinstance(found, dict)
    (asked,) = market.web.asked
    assert asked.path == "/api/DayAheadPrices"
    assert asked.query == {
        "date": "2026-05-05", "market": "DayAhead", "deliveryArea": "SE4", "currency": "SEK",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "sentence", "rest"),
    [
        (Given(status=500), "Nord Pool answered 500", timedelta(minutes=5)),
        (Given(status=429), "Nord Pool answered 429", timedelta(minutes=15)),
        (Given(status=429, headers={"Retry-After": "1800"}), "429", timedelta(minutes=30)),
        (Given(status=503, headers={"Retry-After": "7200"}), "503", timedelta(hours=2)),
        (Given(raw=b"<html>maintenance</html>"), "no JSON", timedelta(minutes=5)),
        (Given(never=True), "did not answer within 0.1 s", timedelta(minutes=5)),
    ],
)
async def test_a_service_in_trouble_is_left_alone_for_a_while(
    market: FakeMarket, given: Given, sentence: str, rest: timedelta
) -> None:
    market.refusals["nordpool"] = given
    found = await portal(market.url, timeout=0.1 if given.never else 20.0).ask(PLAIN, NOON)
    assert isinstance(found, Unavailable)
    assert sentence in found.reason
    assert found.rest == rest


@pytest.mark.parametrize(
    ("status", "days", "rests"),
    [(404, 40, False), (401, 40, False), (404, 0, True), (429, 40, True), (500, 40, True)],
)
async def test_one_that_knows_nothing_so_far_back_is_well(
    market: FakeMarket, status: int, days: int, rests: bool
) -> None:
    market.refusals["nordpool"] = Given(status=status)
    found = await portal(market.url).ask(PLAIN - days * DAY, NOON)
    assert isinstance(found, Unavailable)
    assert (found.rest is not None) is rests


async def test_nobody_there_is_said() -> None:
    found = await portal("http://127.0.0.1:9").ask(PLAIN, NOON)
    assert isinstance(found, Unavailable)
    assert "cannot be reached" in found.reason


async def test_a_finnish_day_takes_two_days_of_the_market_and_each_is_asked_for_once(
    market: FakeMarket,
) -> None:
    source, zone = Market(portal(market.url, area="FI")), ZoneInfo("Europe/Helsinki")
    for day in (PLAIN - DAY, PLAIN):
        found = await source.fetch(day, zone, NOON)
        assert isinstance(found, DayPrices)
        expected = [wavy(start) / 1000 for start in day_slots(day, zone)]
        assert list(found.spot_per_kwh) == pytest.approx(expected)
    assert [day for _, day in market.asked("nordpool")] == [PLAIN - 2 * DAY, PLAIN - DAY, PLAIN]


def real_prices(name: str, column: str) -> dict[datetime, float | None]:
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not there")
    with (DATA / name).open() as file:
        return {
            datetime.fromisoformat(row["time_utc"]): float(row[column])
            for row in csv.DictReader(file)
        }


@pytest.mark.realdata
def test_the_first_day_of_quarter_hours_is_read() -> None:
    prices = real_prices("nordpool-se3-2025-10-01-15min.csv", "se3_sek_mwh")
    day = date(2025, 10, 1)
    body = nordpool_body(day, prices, area="SE3")
    found = read(body, day, datetime(2025, 10, 1, 9, tzinfo=UTC), area="SE3")
    assert isinstance(found, dict)
    assert list(found) == list(prices)
    assert [one * 1000 for one in found.values()] == pytest.approx(list(prices.values()))
    assert len(prices) == 96


@pytest.mark.realdata
@pytest.mark.parametrize("area", ["SE3", "SE4"])
def test_real_hourly_days_are_read_each_by_itself(area: str) -> None:
    prices = real_prices("nordpool-se3-se4-2024-11-05-hourly.csv", f"{area.lower()}_sek_mwh")
    for day in sorted({start.astimezone(STOCKHOLM).date() for start in prices}):
        its = {one: prices[one] for one in starts_of(day, HOUR) if one in prices}
        body = nordpool_body(day, its, area=area, step=HOUR)
        found = read(body, day, datetime(2024, 11, 7, tzinfo=UTC), area=area)
        assert isinstance(found, dict)
        for start, price in found.items():
            assert price * 1000 == pytest.approx(prices[start.replace(minute=0)])
