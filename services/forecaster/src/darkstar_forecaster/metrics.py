"""What the forecaster counts."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

FETCHES = Counter(
    "darkstar_forecaster_price_fetches_total",
    "Days asked for at the price source, by what came of it [days]",
    ["outcome"],
)
PUBLISHED = Counter(
    "darkstar_forecaster_published_total", "Prices and forecasts published [messages]", ["topic"]
)
FORECASTS = Histogram(
    "darkstar_forecaster_forecast_seconds",
    "Time to make one forecast [s]",
    ["quantity"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
)
