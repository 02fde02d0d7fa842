"""The units entities declare, into the ones Darkstar thinks in, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
    "energy": {"kWh": Scale(1.0), "Wh": Scale(1e-3), "MWh": Scale(1e3), "GWh": Scale(1e6),
               "mWh": Scale(1e-6)},
    "share": {"%": Scale(1.0)},
    "power_share": {"%": Scale(1.0)},
    "duration": {"min": Scale(1.0), "s": Scale(1 / 60), "h": Scale(60.0), "d": Scale(1440.0)},
    "temperature": {"°C": Scale(1.0), "°F": Scale(5 / 9, -160 / 9), "K": Scale(1.0, -273.15)},
    "voltage": {"V": Scale(1.0), "mV": Scale(1e-3), "kV": Scale(1e3)},
    "current": {"A": Scale(1.0), "mA": Scale(1e-3)},
})  # fmt: skip
_SPELLINGS: Mapping[str, str] = MappingProxyType({
    "w": "W", "watt": "W", "watts": "W", "kw": "kW", "kilowatt": "kW", "kilowatts": "kW",
    "wh": "Wh", "kwh": "kWh", "gwh": "GWh",
    "v": "V", "volt": "V", "volts": "V", "kv": "kV",
    "a": "A", "amp": "A", "amps": "A", "ampere": "A", "amperes": "A", "ma": "mA",
    "c": "°C", "ºc": "°C", "°c": "°C", "degc": "°C", "celsius": "°C",
    "f": "°F", "ºf": "°F", "°f": "°F", "degf": "°F", "fahrenheit": "°F", "kelvin": "K",
    "percent": "%", "pct": "%",
    "minute": "min", "minutes": "min", "mins": "min", "second": "s", "seconds": "s", "sec": "s",
    "hour": "h", "hours": "h", "hr": "h", "day": "d", "days": "d",
})  # fmt: skip
"""Other ways to write them, in lower case. `mw` and `mwh` are not there: milli or mega?"""


@lru_cache(maxsize=512)
def scale(quantity: Quantity, unit: str | None) -> Scale | None:
    """How to convert `unit` [kW, kWh, %, °C, V, A or minutes on our side]; None for a wrong one."""
    known = SCALES[quantity]
    text = (unit or "").strip().replace("℃", "°C").replace("℉", "°F")
    exact = known.get(text) or known.get(text.replace(" ", ""))
    if exact is not None:
        return exact
    mega = {"MWH": "MWh", "Mwh": "MWh"}.get(text, "")
    return known.get(mega or _SPELLINGS.get(text.lower().replace(" ", ""), ""))


def units_of(quantity: Quantity) -> tuple[str, ...]:
    """Those that are understood, ours first."""
    return tuple(SCALES[quantity])
