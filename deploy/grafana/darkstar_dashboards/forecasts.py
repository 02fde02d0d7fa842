"""What was forecast, how wide, how good, and from what."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat

from darkstar_dashboards.board import Board, Group
from darkstar_dashboards.looks import BAD, GOOD, WARNING, thresholds
from darkstar_dashboards.panels import Line, graph, number
from darkstar_dashboards.queries import counted, of, quantile

FORECAST = "darkstar_forecast_power_kw"
MADE_OF = {"load": "What the house uses", "pv": "What the sun gives"}


def _band(what: str) -> list[Line]:
    """What came, within what was forecast for the slot."""
    low, middle, high = (of(FORECAST, what=what, quantile=it) for it in ("0.1", "0.5", "0.9"))
    actual = of("darkstar_executor_power_kw", flow=what)
    return [
        Line(expr=high, name="p90", look="light-purple", stepped=True, band_to="p10"),
        Line(expr=middle, name="p50", look="light-purple", stepped=True, planned=True),
        Line(expr=low, name="p10", look="light-purple", stepped=True),
        Line(expr=actual, name="actual", look=what),
    ]


def _skill(quantity: str) -> stat.Panel:
    return number(
        f"{MADE_OF[quantity]}: better than naive by",
        of("darkstar_forecaster_skill_ratio", quantity=quantity, lead="all"),
        unit="percentunit",
        about="Error saved against the best naive forecast, over all lead times. Below zero it is "
        "worse than yesterday or last week repeated.",
        steps=thresholds((-0.1, WARNING), (0, GOOD), below=BAD),
        decimals=0,
        span=6,
    )


def _coverage(quantity: str) -> stat.Panel:
    return number(
        f"{MADE_OF[quantity]}: came within the band",
        of("darkstar_forecaster_coverage_ratio", quantity=quantity, lead="all"),
        unit="percentunit",
        about="Share of what came between p10 and p90, over all lead times; 80 % is meant.",
        steps=thresholds((0.6, WARNING), (0.7, GOOD), (0.95, WARNING), below=BAD),
        decimals=0,
        span=6,
    )


def _by_lead(metric: str) -> list[Line]:
    """A score of use and sun, a line for each band of lead times."""
    return [
        Line(expr=of(metric, quantity=quantity), name=f"{what}, {{{{lead}}}}", stepped=True)
        for quantity, what in (("load", "use"), ("pv", "sun"))
    ]


def _naive() -> list[Line]:
    """What the plainest forecast would have been wrong by."""
    metric = "darkstar_forecaster_baseline_mae_kw"
    return [
        Line(expr=of(metric, quantity=it, lead="all"), name=f"naive {what}", planned=True)
        for it, what in (("load", "use"), ("pv", "sun"))
    ]


_BANDS = Group(
    title="Forecast for the present slot, and what came",
    panels=tuple(
        graph(
            title,
            *_band(what),
            unit="kwatt",
            about="The mean over a slot should lie within the band in 8 slots of 10; the actual "
            "line is power as it is, which swings more than its mean.",
            low=0,
        )
        for what, title in MADE_OF.items()
    ),
)

_NOW = Group(
    title="How good, over the scored past",
    panels=(_skill("load"), _coverage("load"), _skill("pv"), _coverage("pv")),
)

_SCORES = Group(
    title="How good, by hours from issue",
    panels=(
        graph(
            "Mean absolute error",
            *_by_lead("darkstar_forecaster_mae_kw"),
            *_naive(),
            unit="kwatt",
            about="Of the p50 against the slot's mean, by hours from the forecast's issue to the "
            'slot; "all" is over all of them. Dashed: the best naive one.',
            low=0,
        ),
        graph(
            "Bias",
            *_by_lead("darkstar_forecaster_bias_kw"),
            unit="kwatt",
            about="Mean of forecast less actual: above zero too much is forecast.",
        ),
        graph(
            "Pinball loss",
            *_by_lead("darkstar_forecaster_pinball_kw"),
            unit="kwatt",
            about="Of the three quantiles together: error and width of the band in one figure.",
            low=0,
        ),
        graph(
            "Coverage",
            *_by_lead("darkstar_forecaster_coverage_ratio"),
            unit="percentunit",
            about="Share of what came between p10 and p90; the line is the 80 % that is meant.",
            low=0,
            high=1,
            limit=thresholds((0.8, GOOD), below="transparent"),
        ),
    ),
)

_SOURCES = Group(
    title="Where they come from",
    panels=(
        graph(
            "Days asked for at the price source",
            Line(
                expr=counted(
                    "darkstar_forecaster_price_fetches_total", "outcome", service="forecaster"
                ),
                name="{{outcome}}",
            ),
            unit="short",
            about="By what came of it: prices, not yet published, or a fault of the source.",
            bars=True,
            span=6,
        ),
        graph(
            "Questions to weather sources",
            Line(
                expr=counted(
                    "darkstar_forecaster_weather_fetches_total",
                    "source",
                    "outcome",
                    service="forecaster",
                ),
                name="{{source}}: {{outcome}}",
            ),
            unit="short",
            about="Where none answers, forecasts are made without weather and are wider.",
            bars=True,
            span=6,
        ),
        graph(
            "Models trained",
            Line(
                expr=counted(
                    "darkstar_forecaster_trainings_total",
                    "quantity",
                    "outcome",
                    service="forecaster",
                ),
                name="{{quantity}}: {{outcome}}",
            ),
            unit="short",
            about="Each night: a model takes over only when it is better on days it has not seen.",
            bars=True,
            span=6,
        ),
        graph(
            "Time to make a forecast",
            Line(
                expr=quantile(0.95, "darkstar_forecaster_forecast_seconds", "quantity"),
                name="{{quantity}}",
            ),
            unit="s",
            about="Nineteen of twenty are quicker.",
            low=0,
            span=6,
        ),
    ),
)

FORECASTS = Board(
    name="forecasts",
    title="forecasts",
    about="What was forecast for use and sun, how good that was, and where it came from.",
    groups=(_BANDS, _NOW, _SCORES, _SOURCES),
)
