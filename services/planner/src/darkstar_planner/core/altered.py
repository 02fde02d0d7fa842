"""Prices and forecasts as they would be on another tariff, roof or household."""

from __future__ import annotations

from darkstar_common.contract import PriceCurve, QuantileForecast


def dearer(curve: PriceCurve, *, import_by: float, export_by: float) -> PriceCurve:
    """`curve` with so much more paid for import and earned by export [currency/kWh]."""
    slots = (
        one.model_copy(
            update={
                "import_per_kwh": one.import_per_kwh + import_by,
                "export_per_kwh": one.export_per_kwh + export_by,
            }
        )
        for one in curve.slots
    )
    return curve.model_copy(update={"slots": tuple(slots)})


def scaled(forecast: QuantileForecast, factor: float) -> QuantileForecast:
    """`forecast` with all powers `factor` times as high."""
    names = ("p10_kw", "p50_kw", "p90_kw", "mean_kw")
    slots = (
        one.model_copy(
            update={
                name: value * factor for name in names if (value := getattr(one, name)) is not None
            }
        )
        for one in forecast.slots
    )
    return forecast.model_copy(update={"slots": tuple(slots)})
