"""Nord Pool's data portal and energy-charts as they answer, with prices that a test makes up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from support.fake_web import Asked, FakeWeb, Given, fake_web

from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.market_days import MARKET

HOUR = timedelta(hours=1)


def wavy(start: datetime) -> float:
    """A price per MWh that differs from slot to slot."""
    return round(400 + 3.25 * (start.hour * 4 + start.minute // 15) + start.day, 2)


def stamp(moment: datetime) -> str:
    """As the portal writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def starts_of(day: date, step: timedelta = SLOT) -> list[datetime]:
    """When each price of the market's `day` begins."""
    return list(day_slots(day, MARKET))[:: step // SLOT]


def nordpool_body(
    day: date,
    prices: Mapping[datetime, float | None] | None = None,
    *,
    area: str = "SE4",
    currency: str = "SEK",
    step: timedelta = SLOT,
    state: str = "Final",
) -> dict[str, Any]:
    """The portal's answer for `day`, prices per MWh."""
    found = prices or {start: wavy(start) for start in starts_of(day, step)}
    return {
        "deliveryDateCET": day.isoformat(),
        "version": 3,
        "updatedAt": f"{(day - timedelta(days=1)).isoformat()}T10:57:31.1234567Z",
        "deliveryAreas": [area],
        "market": "DayAhead",
        "multiAreaEntries": [
            {
                "deliveryStart": stamp(start),
                "deliveryEnd": stamp(start + step),
                "entryPerArea": {area: price},
            }
            for start, price in found.items()
        ],
        "blockPriceAggregates": [
            {
                "blockName": "Peak",
                "deliveryStart": stamp(min(found)),
                "deliveryEnd": stamp(max(found)),
                "averagePricePerArea": {area: {"average": 500.0, "min": 1.0, "max": 900.0}},
            }
        ],
        "currency": currency,
        "exchangeRate": 11.4,
        "areaStates": [{"state": state, "areas": [area]}],
        "areaAverages": [{"areaCode": area, "price": 500.0}],
    }


def energy_charts_body(
    day: date, prices: Mapping[datetime, float | None] | None = None, *, step: timedelta = SLOT
) -> dict[str, Any]:
    """What energy-charts answers for `day`, prices in EUR/MWh."""
    found = prices or {start: wavy(start) / 10 for start in starts_of(day, step)}
    return {
        "license_info": "CC BY 4.0 (creativecommons.org/licenses/by/4.0) from somebody",
        "unix_seconds": [int(start.timestamp()) for start in found],
        "price": list(found.values()),
        "unit": "EUR / MWh",
        "deprecated": False,
    }


@dataclass
class FakeMarket:
    """Publishes each day at `publishes_at` (of the market's time) the day before.

    Attributes:
        now: What time it is there.
        refusals: What is answered in place of prices, by service.
    """

    now: Callable[[], datetime]
    publishes_at: timedelta = timedelta(hours=12, minutes=57)
    refusals: dict[str, Given] = field(default_factory=dict)
    web: FakeWeb = field(default_factory=FakeWeb)
    times: list[tuple[datetime, str, date]] = field(default_factory=list)
    """When who was asked for which day."""

    @property
    def url(self) -> str:
        """Of both."""
        return self.web.url

    def answer(self, asked: Asked) -> Given:
        """Either service's answer."""
        service, key = (
            ("nordpool", "date") if asked.path == "/api/DayAheadPrices" else ("energy", "start")
        )
        day = date.fromisoformat(asked.query[key])
        self.times.append((self.now(), service, day))
        if service in self.refusals:
            return self.refusals[service]
        eve = datetime.combine(day - timedelta(days=1), datetime.min.time(), tzinfo=MARKET)
        if self.now() < eve + self.publishes_at:
            return Given(status=204) if service == "nordpool" else Given(status=404)
        if service == "nordpool":
            area, currency = asked.query["deliveryArea"], asked.query["currency"]
            return Given(body=nordpool_body(day, area=area, currency=currency))
        return Given(body=energy_charts_body(day))

    def asked(self, service: str) -> list[tuple[datetime, date]]:
        """When one of them was asked, and for which day."""
        return [(when, day) for when, who, day in self.times if who == service]


@contextmanager
def fake_market(now: Callable[[], datetime]) -> Iterator[FakeMarket]:
    """Both services, for as long as the block lasts."""
    market = FakeMarket(now=now)
    with fake_web(market.answer) as web:
        market.web = web
        yield market
