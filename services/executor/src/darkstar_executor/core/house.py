"""The house as it is: our units, powers non-negative and signed once for all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from darkstar_common.config import Config, Ev, Meter
from darkstar_common.contract import UNKNOWN, EvReading, Reading
from darkstar_executor.core.ears import Ears

ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
OUTAGE_V = 100.0
"""A grid voltage below this is none [V]."""
_THERE = frozenset({
    "1", "available", "connected", "grid", "grid connected", "normal", "ok", "on", "on grid",
    "on grid mode", "online", "ongrid", "present", "true", "yes",
})  # fmt: skip
_GONE = frozenset({
    "0", "absent", "backup", "disconnected", "eps", "false", "fault", "island", "islanded",
    "lost", "no", "no grid", "off", "off grid", "off grid mode", "offgrid", "offline", "outage",
    "unavailable",
})  # fmt: skip
_ARMED = frozenset({"armed_away", "armed_vacation", "pending"})
"""Words of an alarm panel while nobody is in; `pending`: somebody has come, and not told it yet."""
_DISARMED = frozenset({"disarmed", "armed_home", "armed_night", "arming"})
"""Words of one while people are, or are leaving."""
_UPSIDE_DOWN = frozenset({"problem", "safety"})
"""Device classes of a binary sensor whose on is the outage."""


def states(ears: Ears, meter: Meter, now: datetime) -> dict[str, Reading]:
    """The measured figures of a `HouseState`: non-negative powers, SoC, temperatures."""
    charge, discharge = _battery(ears, meter, now)
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


def house_state(ears: Ears, config: Config, now: datetime) -> dict[str, Any]:
    """All fields of a `HouseState`."""
    measured = states(ears, config.executor.meter, now)
    cars = {ev.id: vehicle(ears, ev, now) for ev in config.evs}
    return {
        **measured,
        "grid_available": grid_available(ears, measured["grid_voltage_v"].value, now),
        "alarm_armed": alarm_armed(ears, now),
        "ev_kw": _all_vehicles(ears, cars, now),
        "evs": cars,
        "work_mode": ears.shows("work_mode"),
    }


def soc_percent(ears: Ears, now: datetime) -> Reading:
    """The state of charge [%]; one that cannot be (a gateway's 65535) is unknown."""
    return _percent(ears.reading("battery_soc", now))


def grid_available(ears: Ears, voltage_v: float | None, now: datetime) -> bool | None:
    """Whether the grid is there: by its status, else by its voltage [V]; None: unknown."""
    status = _status(ears, now)
    if status is not None:
        return status
    return None if voltage_v is None else voltage_v >= OUTAGE_V


def alarm_armed(ears: Ears, now: datetime) -> bool | None:
    """Whether the alarm guards a house that was left; None: unknown, or there is no alarm."""
    word, on = ears.word("alarm", now), ears.is_on("alarm", now)
    if word is None or on is not None:
        return on
    plain = word.lower()
    return True if plain in _ARMED else False if plain in _DISARMED else None


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


def _battery(ears: Ears, meter: Meter, now: datetime) -> tuple[Reading, Reading]:
    """Power into and out of the battery, from one signed sensor or from two."""
    two = ("battery_charge_power", "battery_discharge_power")
    if any(_is_played(ears, role) for role in two):
        charge, discharge = (_not_negative(ears.reading(role, now)) for role in two)
        return charge, discharge
    signed = ears.reading("battery_power", now)
    discharge, charge = _split(signed, positive_first=meter.battery_discharge_positive)
    return charge, discharge


def _is_played(ears: Ears, role: str) -> bool:
    return role in ears.bindings and ears.bindings[role].entity is not None


def _status(ears: Ears, now: datetime) -> bool | None:
    """What the grid's own status says; None for a word that is not understood."""
    word, binding = ears.word("grid_status", now), ears.bindings.get("grid_status")
    if word is None or binding is None or binding.entity is None:
        return None
    if binding.entity.component != "sensor":
        on = binding.entity.is_on(word)
        inverted = binding.entity.device_class in _UPSIDE_DOWN
        return None if on is None else on is not inverted
    plain = " ".join(word.lower().replace("-", " ").replace("_", " ").split())
    return True if plain in _THERE else False if plain in _GONE else None


def vehicle(ears: Ears, ev: Ev, now: datetime) -> EvReading:
    """A vehicle as its charger shows it."""
    return EvReading(
        connected=ears.is_on(f"{ev.id}/connected", now),
        charging=ears.is_on(f"{ev.id}/charging", now),
        current_a=_current(ears, ev, now),
        power_kw=_not_negative(ears.reading(f"{ev.id}/power", now)),
        soc_percent=_percent(ears.reading(f"{ev.id}/soc", now)),
    )


def _current(ears: Ears, ev: Ev, now: datetime) -> Reading:
    """What the charger may give [A], where it says that in a power too."""
    role = f"{ev.id}/current"
    reading, binding = ears.reading(role, now), ears.bindings.get(role)
    if reading.value is None or binding is None or binding.quantity == "current":
        return reading
    amperes = reading.value * 1000 / (ev.voltage_v * ev.phases)
    return Reading(value=amperes, measured_at=reading.measured_at)


def _all_vehicles(ears: Ears, cars: dict[str, EvReading], now: datetime) -> Reading:
    """By the sensor of all of them, else their sum; unknown while one of them is."""
    if _is_played(ears, "ev_power"):
        return _not_negative(ears.reading("ev_power", now))
    powers = [car.power_kw for car in cars.values()]
    values = [one.value for one in powers if one.value is not None]
    times = [one.measured_at for one in powers if one.measured_at is not None]
    if not powers or not times:
        return UNKNOWN
    known = len(values) == len(powers)
    return Reading(value=sum(values) if known else None, measured_at=min(times))


def _percent(reading: Reading) -> Reading:
    if reading.value is None or 0 <= reading.value <= 100:  # noqa: PLR2004 (percent)
        return reading
    return Reading(value=None, measured_at=reading.measured_at)


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
