"""What every price source can do, and which one the config asks for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from darkstar_common.config import Config
from darkstar_forecaster.core.prices import Answer
from darkstar_forecaster.sources.csv import CsvPrices
from darkstar_forecaster.sources.generated import GeneratedPrices


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


def price_source(config: Config) -> PriceSource:
    """The source in `config`."""
    if config.prices.csv_path is not None and "csv" in config.prices.sources:
        return CsvPrices(config.prices.csv_path)
    return GeneratedPrices(config.prices.seed)
