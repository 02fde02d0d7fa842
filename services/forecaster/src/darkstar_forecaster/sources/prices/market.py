"""An auction's service that many houses ask: few questions, and each day but once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.market_days import (
    MarketAnswer,
    Spots,
    assembled,
    market_day,
    market_days,
)
from darkstar_forecaster.core.prices import Answer, NotYet, Unavailable
from darkstar_forecaster.core.publication import PAST_DAYS
from darkstar_forecaster.sources.web import NoReply

A_DAY = 100
"""Most questions in a day (UTC)."""
FOR_THE_PAST = 60
"""Of which so many may be about days that are only of use to learn from."""
_KEPT = 16
_PAST = timedelta(days=PAST_DAYS + 1)
_REST = timedelta(minutes=5)
_TOO_MANY = timedelta(minutes=15)
_REFUSALS, _TOO_MANY_REQUESTS, _FAILURES = 400, 429, 500


class Auction(Protocol):
    """A service that knows the prices of one bidding zone by the market's own days."""

    @property
    def name(self) -> str:
        """Of the service, for people."""

    async def ask(self, day: date, now: datetime) -> MarketAnswer:
        """Ask once for the market's `day`."""


class Market:
    """Local days from an auction's service."""

    def __init__(self, auction: Auction) -> None:
        self._auction = auction
        self._days: dict[date, Spots] = {}
        self._counted_on, self._asked, self._asked_past = date.min, 0, 0

    @property
    def name(self) -> str:
        """The service's."""
        return self._auction.name

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`; each day of the market is asked for once."""
        answers = []
        for one in market_days(day, zone):
            answers.append(await self._day(one, now))
            if not isinstance(answers[-1], dict):
                break
        return assembled(day, zone, answers)

    async def _day(self, day: date, now: datetime) -> MarketAnswer:
        if day in self._days:
            return self._days[day]
        past = day < market_day(now) - _PAST
        if not self._may_ask(past=past, now=now):
            return Unavailable(
                day=day,
                reason=f"{self.name} was asked often enough today; it is asked again tomorrow",
                rest=None if past else _TOO_MANY,
            )
        found = await self._auction.ask(day, now)
        if not isinstance(found, NotYet | Unavailable):
            self._days = {one: self._days[one] for one in sorted(self._days)[1 - _KEPT :]}
            self._days[day] = dict(found)
            return self._days[day]
        return found

    def _may_ask(self, *, past: bool, now: datetime) -> bool:
        if now.date() != self._counted_on:
            self._counted_on, self._asked, self._asked_past = now.date(), 0, 0
        if self._asked >= A_DAY or (past and self._asked_past >= FOR_THE_PAST):
            return False
        self._asked += 1
        self._asked_past += past
        return True


def no_reply(name: str, day: date, said: NoReply, now: datetime) -> Unavailable:
    """What a service that did not answer is worth: nothing, and a rest.

    One that knows nothing so far back is well.
    """
    status = said.status or 0
    refused = _REFUSALS <= status < _FAILURES and status != _TOO_MANY_REQUESTS
    rest = _TOO_MANY if status == _TOO_MANY_REQUESTS else _REST
    far_back = refused and day < market_day(now) - _PAST
    return Unavailable(
        day=day,
        reason=f"{name} {said.reason}",
        rest=None if far_back else max(said.retry_after or rest, timedelta(minutes=1)),
    )
