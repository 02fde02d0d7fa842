"""energy-charts: the same auctions in euro, and what they are in the house's money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.fake_market import (
    HOUR,
    FakeMarket,
    energy_charts_body,
    fake_market,
    starts_of,
    wavy,
)
from support.fake_web import Given

from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.market_days import MarketAnswer
from darkstar_forecaster.core.prices import NotYet, Unavailable
from darkstar_forecaster.sources.prices.energy_charts import EnergyCharts

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = timedelta(days=1)
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 5, 5)
NOON = datetime(2026, 5, 5, 10, tzinfo=UTC)


def charts(
    url: str = "http://127.0.0.1:9",
    *,
    area: str = "SE4",
    currency: str = "SEK",
    eur_rate: float | None = 11.4,
) -> EnergyCharts:
    return EnergyCharts(url=url, area=area, currency=currency, eur_rate=eur_rate, timeout=20.0)


def read(body: Any, day: date = PLAIN) -> MarketAnswer:
    return charts().read(body, day, NOON)


def reason(found: MarketAnswer) -> str:
    assert isinstance(found, Unavailable)
    return found.reason


@pytest.mark.parametrize(("day", "slots"), [(SPRING, 92), (AUTUMN, 100), (PLAIN, 96)])
@pytest.mark.parametrize("step", [SLOT, HOUR])
def test_each_day_has_its_92_96_or_100_quarters(day: date, slots: int, step: timedelta) -> None:
    found = read(energy_charts_body(day, step=step), day)
    assert isinstance(found, dict)
    assert len(found) == slots
    assert tuple(found) == day_slots(day, STOCKHOLM)
    last = starts_of(day, step)[-1]
    assert found[last + step - SLOT] == pytest.approx(wavy(last) / 10 / 1000 * 11.4)


@pytest.mark.parametrize(
    ("currency", "rate", "factor"), [("EUR", None, 1.0), ("EUR", 9.0, 1.0), ("SEK", 10.0, 10.0)]
)
def test_a_euro_is_what_the_config_says_it_costs(
    currency: str, rate: float | None, factor: float
) -> None:
    prices: dict[datetime, float | None] = dict.fromkeys(starts_of(PLAIN), -50.0)
    source = charts(currency=currency, eur_rate=rate)
    found = source.read(energy_charts_body(PLAIN, prices), PLAIN, NOON)
    assert isinstance(found, dict)
    assert list(found.values()) == pytest.approx([-0.05 * factor] * 96)


async def test_without_a_rate_it_is_of_no_use_to_another_currency_and_is_not_asked() -> None:
    found = await charts(eur_rate=None).ask(PLAIN, NOON)
    assert "set prices.eur_rate to what one costs in SEK" in reason(found)


@pytest.mark.parametrize("price", [None, "dear", float("nan")])
def test_a_day_with_a_poisoned_price_is_refused(price: Any) -> None:
    body = energy_charts_body(PLAIN)
    body["price"][5] = price
    assert "cannot be used" in reason(read(body))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unit": "EUR / kWh"}, "its unit is EUR/kWh, not EUR/MWh"),
        ({"unit": None}, "its unit is"),
        ({"price": [1.0]}, "96 times and 1 prices"),
        ({"price": "none"}, "no list price"),
        ({"unix_seconds": None}, "no list unix_seconds"),
        ({"unix_seconds": ["soon"] * 96}, "no time with a zone"),
    ],
)
def test_what_is_no_answer_is_refused(change: dict[str, Any], sentence: str) -> None:
    assert sentence in reason(read(energy_charts_body(PLAIN) | change))


@pytest.mark.parametrize("body", [None, [], "no"])
def test_something_else_is_refused(body: Any) -> None:
    assert "no list unix_seconds" in reason(read(body))


def test_half_a_day_is_refused() -> None:
    prices: dict[datetime, float | None] = dict.fromkeys(starts_of(PLAIN)[:48], 1.0)
    assert "48 of 96" in reason(read(energy_charts_body(PLAIN, prices)))


def test_a_day_that_is_ahead_and_empty_is_not_there_yet() -> None:
    body = energy_charts_body(PLAIN)
    assert read(body, PLAIN + DAY) == NotYet(day=PLAIN + DAY)
    nothing = body | {"unix_seconds": [], "price": []}
    assert read(nothing, PLAIN + DAY) == NotYet(day=PLAIN + DAY)
    assert "0 of 96" in reason(read(nothing, PLAIN))


@pytest.fixture
def market() -> Iterator[FakeMarket]:
    with fake_market(lambda: NOON) as found:
        yield found


async def test_the_question_names_zone_and_day(market: FakeMarket) -> None:
    found = await charts(market.url, area="GER").ask(PLAIN, NOON)
    assert isinstance(found, dict)
    (asked,) = market.web.asked
    assert asked.path == "/price"
    assert asked.query == {"bzn": "DE-LU", "start": "2026-05-05", "end": "2026-05-05"}


async def test_tomorrow_that_is_not_found_is_not_there_yet(market: FakeMarket) -> None:
    assert await charts(market.url).ask(PLAIN + DAY, NOON) == NotYet(day=PLAIN + DAY)
    market.refusals["energy"] = Given(status=404)
    assert "answered 404" in reason(await charts(market.url).ask(PLAIN, NOON))


async def test_a_service_in_trouble_is_left_alone_for_a_while(market: FakeMarket) -> None:
    market.refusals["energy"] = Given(status=429, headers={"Retry-After": "3600"})
    found = await charts(market.url).ask(PLAIN, NOON)
    assert isinstance(found, Unavailable)
    assert found.rest == HOUR
