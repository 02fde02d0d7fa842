"""Where day-ahead prices come from: one interface, one module for each source."""

from darkstar_forecaster.sources.csv import CsvPrices
from darkstar_forecaster.sources.generated import GeneratedPrices
from darkstar_forecaster.sources.port import PriceSource, price_source

__all__ = ["CsvPrices", "GeneratedPrices", "PriceSource", "price_source"]
