"""The sources that the config asks for."""

from __future__ import annotations

from datetime import time

from darkstar_common.runtime import Context
from darkstar_forecaster.sources.prices.csv import CsvPrices
from darkstar_forecaster.sources.prices.generated import GeneratedPrices
from darkstar_forecaster.sources.prices.port import PriceSource


def price_source(context: Context) -> PriceSource:
    """The source in the config of `context`."""
    prices = context.config.prices
    published_at = time.fromisoformat(prices.published_at)
    if prices.csv_path is not None and "csv" in prices.sources:
        return CsvPrices(prices.csv_path, published_at)
    return GeneratedPrices(prices.seed, published_at)
