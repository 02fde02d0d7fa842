"""Nord Pool's day-ahead market, by its data portal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from darkstar_forecaster.core.market_days import MarketAnswer, checked, market_day
from darkstar_forecaster.core.prices import (
    Interval,
    NotYet,
    PricesRefusedError,
    Unavailable,
    by_slot,
)
from darkstar_forecaster.sources.prices.market import no_reply
from darkstar_forecaster.sources.prices.reading import moment, number
from darkstar_forecaster.sources.web import NoReply, Question, ask

_PATH = "/api/DayAheadPrices"
_GERMANY = {"DE": "GER", "DE-LU": "GER"}
"""What the portal calls the areas that others call otherwise."""
_PER_MWH = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NordPool:
    """One area's prices in one currency.

    Attributes:
        url: of the portal.
        area: bidding zone, such as SE4.
        currency: that the prices are asked for in.
        timeout: for each question [s].
    """

    url: str
    area: str
    currency: str
    timeout: float
    name: str = "Nord Pool"

    async def ask(self, day: date, now: datetime) -> MarketAnswer:
        """The prices of a day of the market; it has no content where they are not out yet."""
        params = {
            "date": day.isoformat(),
            "market": "DayAhead",
            "deliveryArea": self._area,
            "currency": self.currency,
        }
        question = Question(url=f"{self.url.rstrip('/')}{_PATH}", params=params)
        said = await ask(question, timeout=self.timeout, now=now)
        if isinstance(said, NoReply):
            return no_reply(self.name, day, said, now)
        return self.read(said.body, day, now)

    @property
    def _area(self) -> str:
        return _GERMANY.get(self.area, self.area)

    def read(self, body: Any, day: date, now: datetime) -> MarketAnswer:
        """What the portal answered."""
        ahead = day > market_day(now)
        if body is None:
            return NotYet(day=day) if ahead else self._refused(day, "has no such day")
        try:
            return self._prices(body, day, ahead=ahead)
        except PricesRefusedError as error:
            return self._refused(day, f"cannot be used: {error}")

    def _refused(self, day: date, why: str) -> Unavailable:
        return Unavailable(day=day, reason=f"{self.name}'s answer for {day.isoformat()} {why}")

    def _prices(self, body: Any, day: date, *, ahead: bool) -> MarketAnswer:
        if not isinstance(body, dict) or not isinstance(body.get("multiAreaEntries"), list):
            raise PricesRefusedError("it has no list multiAreaEntries")
        if body.get("currency") != self.currency:
            raise PricesRefusedError(f"its currency is {body.get('currency')}, not {self.currency}")
        entries = body["multiAreaEntries"]
        if ahead and (not entries or self._state(body) == "Preliminary"):
            return NotYet(day=day)
        return checked(day, by_slot(self._intervals(entries)))

    def _state(self, body: Mapping[str, Any]) -> str | None:
        """Whether the prices of the area are final; None: it is not said."""
        states = body.get("areaStates")
        for one in states if isinstance(states, list) else ():
            areas = one.get("areas") if isinstance(one, dict) else None
            if isinstance(areas, list) and self._area in areas:
                return str(one.get("state"))
        return None

    def _intervals(self, entries: list[Any]) -> Iterator[Interval]:
        for one in entries:
            prices = one.get("entryPerArea") if isinstance(one, dict) else None
            if not isinstance(prices, dict):
                raise PricesRefusedError("an entry has no entryPerArea")
            if self._area not in prices:
                there = ", ".join(sorted(prices)) or "none"
                raise PricesRefusedError(f"it has no area {self._area}; it has {there}")
            if prices[self._area] is not None:
                yield Interval(
                    start=moment(one.get("deliveryStart")),
                    end=moment(one.get("deliveryEnd")),
                    per_kwh=number(prices[self._area]) / _PER_MWH,
                )
