"""Where day-ahead prices come from: one interface, one module for each source."""

from darkstar_forecaster.sources.prices.csv import CsvPrices
from darkstar_forecaster.sources.prices.failover import Failover
from darkstar_forecaster.sources.prices.generated import GeneratedPrices
from darkstar_forecaster.sources.prices.port import Listens, PriceSource
from darkstar_forecaster.sources.prices.selection import price_source, sources

__all__ = [
    "CsvPrices",
    "Failover",
    "GeneratedPrices",
    "Listens",
    "PriceSource",
    "price_source",
    "sources",
]
