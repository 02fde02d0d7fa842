"""The same auctions from Fraunhofer ISE's energy-charts, in euro."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from darkstar_common.slots import day_slots
from darkstar_forecaster.core.market_days import MARKET, MarketAnswer, checked, market_day
from darkstar_forecaster.core.prices import (
    Interval,
    NotYet,
    PricesRefusedError,
    Unavailable,
    by_slot,
    lengths,
)
from darkstar_forecaster.sources.prices.market import no_reply
from darkstar_forecaster.sources.prices.reading import moment, number
from darkstar_forecaster.sources.web import NoReply, Question, ask

_PATH = "/price"
_GERMANY = {"DE": "DE-LU", "GER": "DE-LU"}
_UNIT = "EUR/MWh"
_PER_MWH = 1000.0
_NOTHING_THERE = 404
_BIDDING_ZONE = "bzn"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyCharts:
    """One area's prices.

    Attributes:
        url: of the API.
        area: bidding zone, such as SE4.
        currency: that the house counts in.
        eur_rate: what a euro costs in it; None: not known.
        timeout: for each question [s].
    """

    url: str
    area: str
    currency: str
    eur_rate: float | None
    timeout: float
    name: str = "energy-charts"

    @property
    def _rate(self) -> float | None:
        """What a euro is in the house's currency; None: unknown."""
        return 1.0 if self.currency == "EUR" else self.eur_rate

    async def ask(self, day: date, now: datetime) -> MarketAnswer:
        """The prices of a day of the market; not found are those that are not out yet."""
        if self._rate is None:
            return self._useless(day)
        area = _GERMANY.get(self.area, self.area)
        params = {_BIDDING_ZONE: area, "start": day.isoformat(), "end": day.isoformat()}
        question = Question(url=f"{self.url.rstrip('/')}{_PATH}", params=params)
        said = await ask(question, timeout=self.timeout, now=now)
        if isinstance(said, NoReply):
            if said.status == _NOTHING_THERE and day > market_day(now):
                return NotYet(day=day)
            return no_reply(self.name, day, said, now)
        return self.read(said.body, day, now)

    def _useless(self, day: date) -> Unavailable:
        return Unavailable(
            day=day,
            reason=f"{self.name} knows only euro; set prices.eur_rate to what one costs in "
            f"{self.currency}, or take energy_charts out of prices.sources",
        )

    def read(self, body: Any, day: date, now: datetime) -> MarketAnswer:
        """What it answered."""
        try:
            intervals = self._intervals(body)
            wanted = set(day_slots(day, MARKET))
            spots = {at: one for at, one in by_slot(intervals).items() if at in wanted}
            if not spots and day > market_day(now):
                return NotYet(day=day)
            return checked(day, spots)
        except PricesRefusedError as error:
            reason = f"{self.name}'s answer for {day.isoformat()} cannot be used: {error}"
            return Unavailable(day=day, reason=reason)

    def _intervals(self, body: Any) -> list[Interval]:
        times, prices = _column(body, "unix_seconds"), _column(body, "price")
        unit = str(body.get("unit")).replace(" ", "")
        if unit != _UNIT:
            raise PricesRefusedError(f"its unit is {unit}, not {_UNIT}")
        if len(times) != len(prices):
            raise PricesRefusedError(f"it has {len(times)} times and {len(prices)} prices")
        starts, factor = [moment(one) for one in times], (self._rate or 1.0) / _PER_MWH
        return [
            Interval(start=start, end=start + length, per_kwh=number(price) * factor)
            for start, length, price in zip(starts, lengths(starts), prices, strict=True)
            if price is not None
        ]


def _column(body: Any, name: str) -> Sequence[Any]:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise PricesRefusedError(f"it has no list {name}")
    return found
