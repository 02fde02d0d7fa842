"""What the entities say, into the house as it is: in our units, signed once, aged.

A reading that is `unavailable`, not a number or too old becomes null and keeps the time of
the last value. A counter that arrives retained is an old message of unknown age: it is no
measurement of now, so it does not count until a live one comes. A state that arrives retained
(a mode, a state of charge) is taken as of its arrival: the broker keeps the latest one, and
the age limit is what protects against a gateway that died.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from darkstar_common.config import Meter
from darkstar_common.contract import UNKNOWN, Reading
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.units import scale

ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")


@dataclass(frozen=True, slots=True)
class Heard:
    """What one entity said last.

    Attributes:
        text: Its state; None when it said that there is none.
        at: When the last state that was one arrived.
        live: Whether that arrived as it was sent, not from the broker's memory.
    """

    text: str | None = None
    at: datetime | None = None
    live: bool = False


NOTHING = Heard()


def heard(before: Heard, text: str | None, at: datetime, *, live: bool) -> Heard:
    """What is known after an entity said `text`; None keeps the time of the last value."""
    return Heard(None, before.at, before.live) if text is None else Heard(text, at, live)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """All that was heard, by role, and how to read it.

    Attributes:
        bindings: Who plays which role.
        said: What each role's entity said last.
        unavailable: Roles whose entity says it cannot be reached.
        max_age: An older reading is unknown.
    """

    bindings: Mapping[str, Binding]
    said: Mapping[str, Heard]
    unavailable: frozenset[str]
    max_age: timedelta

    def reading(self, role: str, now: datetime) -> Reading:
        """The measured value in role [kW, kWh, %, °C or V]."""
        said = self.said.get(role, NOTHING)
        binding = self.bindings.get(role)
        entity = binding.entity if binding else None
        if binding is None or entity is None or binding.quantity is None or said.at is None:
            return UNKNOWN
        lost = Reading(value=None, measured_at=said.at)
        limit = min(self.max_age, entity.expire_after or self.max_age)
        if said.text is None or role in self.unavailable or now - said.at > limit:
            return lost
        value = number(said.text)
        conversion = scale(binding.quantity, entity.unit)
        if value is None or conversion is None:
            return lost
        return Reading(value=conversion.ours(value), measured_at=said.at)

    def setting(self, role: str) -> Heard:
        """What the entity in role says its own setting is, in its own unit and words."""
        return NOTHING if role in self.unavailable else self.said.get(role, NOTHING)


def number(text: str) -> float | None:
    """`text` as a finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def states(ears: Ears, meter: Meter, now: datetime) -> dict[str, Reading]:
    """The readings of a `HouseState`: non-negative powers, SoC, temperatures."""
    battery = ears.reading("battery_power", now)
    discharge, charge = _split(battery, positive_first=meter.battery_discharge_positive)
    if meter.grid == "net":
        grid = ears.reading("grid_power", now)
        imported, exported = _split(grid, positive_first=meter.grid_import_positive)
    else:
        imported = _not_negative(ears.reading("import_power", now))
        exported = _not_negative(ears.reading("export_power", now))
    return {
        "soc_percent": _within(ears.reading("battery_soc", now), 0.0, 100.0),
        "pv_kw": _not_negative(ears.reading("pv_power", now)),
        "load_kw": _not_negative(ears.reading("load_power", now)),
        "import_kw": imported,
        "export_kw": exported,
        "charge_kw": charge,
        "discharge_kw": discharge,
        "water_kw": _not_negative(ears.reading("water_power", now)),
        "water_temperature_c": ears.reading("water_temperature", now),
        "grid_voltage_v": ears.reading("grid_voltage", now),
    }


def energies(ears: Ears, now: datetime) -> dict[str, Reading]:
    """The readings of an `EnergyCounters`; only live ones count."""
    return {
        f"{name}_kwh": ears.reading(f"{name}_energy", now)
        if ears.said.get(f"{name}_energy", NOTHING).live
        else UNKNOWN
        for name in ENERGIES
    }


def _split(signed: Reading, *, positive_first: bool) -> tuple[Reading, Reading]:
    if signed.value is None:
        return signed, signed
    value = signed.value if positive_first else -signed.value
    return (
        Reading(value=max(0.0, value), measured_at=signed.measured_at),
        Reading(value=max(0.0, -value), measured_at=signed.measured_at),
    )


def _not_negative(reading: Reading) -> Reading:
    """A sensor's noise below zero is zero."""
    if reading.value is None or reading.value >= 0:
        return reading
    return Reading(value=0.0, measured_at=reading.measured_at)


def _within(reading: Reading, low: float, high: float) -> Reading:
    """A value that cannot be (a gateway's 65535) is unknown."""
    if reading.value is None or low <= reading.value <= high:
        return reading
    return Reading(value=None, measured_at=reading.measured_at)
