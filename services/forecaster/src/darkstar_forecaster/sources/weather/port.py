"""What every weather source can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeAlias

import polars as pl

from darkstar_forecaster.core.weather.table import Issued

Heard: TypeAlias = "Callable[[], Awaitable[None]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """There is no weather to be had now.

    Attributes:
        reason: a sentence that names the source and what is wrong.
        retry_after: how long the source wants to be left alone; None: it did not say.
    """

    reason: str
    retry_after: timedelta | None = None


Answer: TypeAlias = "Issued | Unavailable"


class WeatherSource(Protocol):
    """Somebody who forecasts the weather here."""

    @property
    def name(self) -> str:
        """What the published weather says about where it comes from."""

    async def fetch(self, now: datetime) -> Answer:
        """The weather as the source knows it at `now`.

        What goes wrong is an answer too. It is whole: what is poisoned or half is refused.
        """

    async def listen(self, heard: Heard) -> None:
        """Call `heard` whenever there is something new; sources that are asked return at once."""


class PastWeather(Protocol):
    """Somebody who knows how the weather was."""

    @property
    def name(self) -> str:
        """Who."""

    async def past(self, first: date, last: date, now: datetime) -> pl.DataFrame | Unavailable:
        """The UTC days from `first` to `last` as WEATHER, as far as they are known."""
