"""Prices and weather of the hours ahead."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, Protocol, TypeVar

from pydantic import Field, field_validator

from darkstar_common.contract.base import Message, Moment, Part, Percent, PricePerKwh, SlotStart
from darkstar_common.slots import SLOT


class _Starts(Protocol):
    @property
    def start(self) -> Moment: ...


S = TypeVar("S", bound=_Starts)


def contiguous(slots: Sequence[S]) -> Sequence[S]:
    """`slots`, if each starts when the one before it ends.

    Raises:
        ValueError: There is a hole, an overlap or a step back; the text names the slot.
    """
    for before, after in pairwise(slots):
        if after.start - before.start != SLOT:
            raise ValueError(
                f"slot {after.start.isoformat()} does not follow {before.start.isoformat()}"
            )
    return slots


class PriceSlot(Part):
    """What a kilowatt-hour costs to import and earns on export in one slot."""

    start: SlotStart
    import_per_kwh: PricePerKwh = Field(description="Paid for import, all included [currency/kWh]")
    export_per_kwh: PricePerKwh = Field(description="Earned by export [currency/kWh]")
    spot_per_kwh: PricePerKwh = Field(description="Day-ahead price behind both [currency/kWh]")
    kind: Literal["published", "forecast"] = Field(description="By the market, or our estimate")
    spot_p10_per_kwh: PricePerKwh | None = Field(
        default=None, description="Of an estimate: nine times in ten it is more [currency/kWh]"
    )
    spot_p90_per_kwh: PricePerKwh | None = Field(
        default=None, description="Of an estimate: nine times in ten it is less [currency/kWh]"
    )


class PriceCurve(Message):
    """Import, export and spot price by slot, as known at `issued_at`."""

    issued_at: Moment
    area: str = Field(description="Bidding zone, such as SE4")
    currency: str = Field(min_length=3, max_length=3, description="ISO 4217")
    source: str = Field(description="The price source that answered")
    model_version: str = Field(default="", description="Which model made the forecast slots")
    slots: tuple[PriceSlot, ...] = Field(min_length=1, description="Contiguous, oldest first")

    _contiguous = field_validator("slots")(contiguous)


class WeatherSlot(Part):
    """Weather of one slot; what the source does not know is null."""

    start: SlotStart
    temperature_c: float | None = Field(default=None, description="Air at 2 m [°C]")
    irradiance_w_per_m2: float | None = Field(
        default=None, ge=0, description="Global horizontal irradiance, mean over the slot [W/m²]"
    )
    direct_w_per_m2: float | None = Field(
        default=None, ge=0, description="Direct normal irradiance, mean over the slot [W/m²]"
    )
    diffuse_w_per_m2: float | None = Field(
        default=None, ge=0, description="Diffuse horizontal irradiance, mean over the slot [W/m²]"
    )
    cloud_cover_percent: Percent | None = None
    wind_m_per_s: float | None = Field(default=None, ge=0, description="Wind at 10 m [m/s]")
    snow_depth_m: float | None = Field(default=None, ge=0, description="Snow on the ground [m]")


class WeatherForecast(Message):
    """Weather by slot, as known at `issued_at`."""

    issued_at: Moment
    source: str
    slots: tuple[WeatherSlot, ...] = Field(min_length=1)

    _contiguous = field_validator("slots")(contiguous)
