"""The units entities declare, into the ones Darkstar thinks in, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Quantity = Literal[
    "power", "energy", "share", "power_share", "temperature", "voltage", "current", "duration"
]
"""A `power_share` is a power too, in percent of what its profile says."""


@dataclass(frozen=True, slots=True)
class Scale:
    """ours = declared × factor + offset."""

    factor: float
    offset: float = 0.0

    def ours(self, value: float) -> float:
        """`value` of the entity in our unit."""
        return value * self.factor + self.offset

    def theirs(self, value: float) -> float:
        """`value` in our unit as the entity wants it."""
        return (value - self.offset) / self.factor


SCALES: Mapping[Quantity, Mapping[str, Scale]] = MappingProxyType({
    "power": {"kW": Scale(1.0), "W": Scale(1e-3), "MW": Scale(1e3), "mW": Scale(1e-6)},
    "energy": {"kWh": Scale(1.0), "Wh": Scale(1e-3), "MWh": Scale(1e3)},
    "share": {"%": Scale(1.0)},
    "power_share": {"%": Scale(1.0)},
    "duration": {"min": Scale(1.0), "s": Scale(1 / 60), "h": Scale(60.0), "d": Scale(1440.0)},
    "temperature": {"°C": Scale(1.0), "°F": Scale(5 / 9, -160 / 9), "K": Scale(1.0, -273.15)},
    "voltage": {"V": Scale(1.0), "mV": Scale(1e-3), "kV": Scale(1e3)},
    "current": {"A": Scale(1.0), "mA": Scale(1e-3)},
})  # fmt: skip


def scale(quantity: Quantity, unit: str | None) -> Scale | None:
    """How to convert `unit` [kW, kWh, %, °C, V, A or minutes on our side]; None for a wrong one."""
    return SCALES[quantity].get(unit or "")
