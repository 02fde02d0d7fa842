"""What the planner's neighbours say, with everything filled in except what a test is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from darkstar_common.config import Config
from darkstar_common.config.model import Planner
from darkstar_common.contract import (
    EnergyCounters,
    HouseState,
    PriceCurve,
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    Reading,
    Service,
)
from darkstar_common.slots import SLOT

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUSE = Config(planner=Planner(scenarios=1))
"""The default house, planned for one future: several take their time."""
PLAIN = HOUSE.model_copy(update={"water_heater": None})
"""The default house without a water heater."""


def two_prices(start: datetime) -> float:
    """Dear in even hours, cheap in odd ones."""
    return 3.0 if start.hour % 2 == 0 else 1.0


def prices(
    *,
    start: datetime = NOON,
    count: int = 96,
    of: Callable[[datetime], float] = two_prices,
    kind: str = "published",
    at: datetime = NOON,
) -> PriceCurve:
    return PriceCurve(
        sender=Service.FORECASTER,
        emitted_at=at,
        issued_at=at,
        area="SE4",
        currency="SEK",
        source="test",
        slots=tuple(
            PriceSlot(
                start=start + number * SLOT,
                import_per_kwh=of(start + number * SLOT),
                export_per_kwh=0.1,
                spot_per_kwh=0.1,
                kind=kind,
            )
            for number in range(count)
        ),
    )


def forecast(
    quantity: str, kw: float, *, start: datetime = NOON, count: int = 192, at: datetime = NOON
) -> QuantileForecast:
    return QuantileForecast(
        sender=Service.FORECASTER,
        emitted_at=at,
        quantity=quantity,
        issued_at=at,
        model_version="test",
        level="test",
        slots=tuple(
            QuantileSlot(start=start + number * SLOT, p10_kw=kw / 2, p50_kw=kw, p90_kw=kw * 1.5)
            for number in range(count)
        ),
    )


def house(soc_percent: float | None, *, at: datetime = NOON) -> HouseState:
    return HouseState(
        sender=Service.EXECUTOR,
        emitted_at=at,
        soc_percent=Reading(value=soc_percent, measured_at=at),
    )


def counted(water_kwh: float | None, *, at: datetime) -> EnergyCounters:
    return EnergyCounters(
        sender=Service.EXECUTOR,
        emitted_at=at,
        water_kwh=Reading(value=water_kwh, measured_at=at),
    )


def slots_of(values: Sequence[float]) -> list[datetime]:
    return [NOON + number * SLOT for number in range(len(values))]
