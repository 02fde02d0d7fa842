"""The house as it is: our units, powers non-negative and signed once for all."""

from __future__ import annotations

from datetime import datetime

from darkstar_common.config import Meter
from darkstar_common.contract import Reading
from darkstar_executor.core.ears import Ears

OUTAGE_V = 100.0
"""A grid voltage below this is none [V]."""
ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")


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
        "soc_percent": soc_percent(ears, now),
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


def soc_percent(ears: Ears, now: datetime) -> Reading:
    """The state of charge [%]; one that cannot be (a gateway's 65535) is unknown."""
    reading = ears.reading("battery_soc", now)
    if reading.value is None or 0 <= reading.value <= 100:  # noqa: PLR2004 (percent)
        return reading
    return Reading(value=None, measured_at=reading.measured_at)


def grid_available(ears: Ears, voltage_v: float | None) -> bool | None:
    """Whether the grid is there: by its status, else by its voltage [V]; None: unknown."""
    status = ears.is_on("grid_status")
    if status is not None:
        return status
    return None if voltage_v is None else voltage_v >= OUTAGE_V


def energies(ears: Ears, now: datetime) -> dict[str, Reading]:
    """The readings of an `EnergyCounters` [kWh]."""
    return {f"{name}_kwh": ears.reading(f"{name}_energy", now) for name in ENERGIES}


def counted_since(ears: Ears, since: datetime) -> bool:
    """Whether every counter of the house has spoken since then."""
    times = [
        ears.said[role].at if role in ears.said else None
        for role, binding in ears.bindings.items()
        if binding.quantity == "energy"
    ]
    return bool(times) and all(at is not None and at >= since for at in times)


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
