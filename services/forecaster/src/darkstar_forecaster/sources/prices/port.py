"""What every price source can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.prices import Answer


class PriceSource(Protocol):
    """A market, or something that plays one."""

    @property
    def name(self) -> str:
        """What the price curve says about where it comes from."""

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The spot prices of the local `day`, as the market knows them at `now`.

        What can go wrong is an answer too: a day that is not out yet, or one that cannot be
        had whole, with a sentence that says why.
        """


@runtime_checkable
class Listens(Protocol):
    """A source that is told prices, beside being asked."""

    async def listen(self, heard: Callable[[], None]) -> None:
        """Listen until cancelled; `heard` is called when something new came."""
