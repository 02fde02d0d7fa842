"""What the forecaster counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

FETCHES = Counter(
    "darkstar_forecaster_price_fetches_total",
    "Days asked for at the price source, by what came of it [days]",
    ["outcome"],
)
WEATHER_FETCHES = Counter(
    "darkstar_forecaster_weather_fetches_total",
    "Questions to weather sources, by what came of them [questions]",
    ["source", "outcome"],
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
_OF_POWER, _OF_PRICE = ["quantity", "lead"], ["lead"]
POWER_ERRORS = (
    Gauge("darkstar_forecaster_mae_kw", "Mean absolute error, by hours from issue [kW]", _OF_POWER),
    Gauge(
        "darkstar_forecaster_bias_kw",
        "Mean of forecast minus actual, by hours from issue [kW]",
        _OF_POWER,
    ),
    Gauge(
        "darkstar_forecaster_pinball_kw", "Mean pinball loss, by hours from issue [kW]", _OF_POWER
    ),
)
PRICE_ERRORS = (
    Gauge(
        "darkstar_forecaster_price_mae_per_kwh",
        "Mean absolute error of prices, by hours from issue [currency/kWh]",
        _OF_PRICE,
    ),
    Gauge(
        "darkstar_forecaster_price_bias_per_kwh",
        "Mean of forecast minus actual price, by hours from issue [currency/kWh]",
        _OF_PRICE,
    ),
    Gauge(
        "darkstar_forecaster_price_pinball_per_kwh",
        "Mean pinball loss of prices, by hours from issue [currency/kWh]",
        _OF_PRICE,
    ),
)
COVERAGE = Gauge(
    "darkstar_forecaster_coverage_ratio",
    "Share of what came between p10 and p90, by hours from issue; 0.8 is meant [1]",
    _OF_POWER,
)
SKILL = Gauge(
    "darkstar_forecaster_skill_ratio",
    "1 - error / error of the best naive forecast, by hours from issue [1]",
    _OF_POWER,
)
BASELINE = Gauge(
    "darkstar_forecaster_baseline_mae_kw",
    "Mean absolute error of the best naive forecast, by hours from issue [kW]",
    _OF_POWER,
)
DAY_ERROR = Gauge(
    "darkstar_forecaster_day_mae_kw",
    "Mean absolute error over the last 24 hours, of all hours from issue, where every naive "
    "forecast knew something; NaN: that is less than 72 slots [kW]",
    ["quantity"],
)
DAY_BASELINE = Gauge(
    "darkstar_forecaster_day_baseline_mae_kw",
    "Mean absolute error of the best naive forecast of the same slots; NaN as there [kW]",
    ["quantity"],
)
SCORES = (*POWER_ERRORS, *PRICE_ERRORS, COVERAGE, SKILL, BASELINE)
"""What is set anew with every scoring."""
TRAININGS = Counter(
    "darkstar_forecaster_trainings_total",
    "Models that were to be trained, by what came of it [trainings]",
    ["quantity", "outcome"],
)
TRAINING_SECONDS = Histogram(
    "darkstar_forecaster_training_seconds",
    "Time to train and judge one model [s]",
    ["quantity"],
    buckets=(1, 2, 5, 10, 20, 60, 120, 300, 600),
)
LOOKS = Counter(
    "darkstar_forecaster_reflex_looks_total",
    "Looks at the evidence of what drifts, by whether the recorder told it [looks]",
    ["outcome"],
)
FIGURES_CHANGED = Counter(
    "darkstar_forecaster_figures_changed_total",
    "Learned figures put in force or taken back [changes]",
    ["parameter"],
)
FORECAST_POWER = Gauge(
    "darkstar_forecast_power_kw",
    "What is forecast for this slot, by quantity and quantile, as published last; load without "
    "heater and vehicles, PV before curtailment; NaN: this slot is not in it [kW]",
    ["what", "quantile"],
)
