"""The price forecast."""

from __future__ import annotations

from darkstar_forecaster.core.method import Method
from darkstar_forecaster.core.price.method import LEARNED_DAYS, Price

PRICE: Method = Price()
__all__ = ["LEARNED_DAYS", "PRICE"]
