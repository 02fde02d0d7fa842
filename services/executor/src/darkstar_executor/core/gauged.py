"""The house and its plan as bare figures of this moment, as gauges show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from darkstar_common.config import Config
from darkstar_common.contract import PriceCurve, PriceSlot, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT
from darkstar_executor.core import following, house
from darkstar_executor.core.ears import Ears

FLOWS = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")


def sensors(ears: Ears) -> tuple[str, ...]:
    """Roles that an entity measures: not those that are set, nor those that say a word."""
    return tuple(
        role
        for role, binding in ears.bindings.items()
        if binding.entity is not None and binding.quantity is not None and not binding.setting
    )


def ages(ears: Ears, now: datetime) -> dict[str, float | None]:
    """How old the last value of each sensor is, by role; None: there never was one [s]."""
    times = {role: ears.reading(role, now).measured_at for role in sensors(ears)}
    return {role: (now - at).total_seconds() if at else None for role, at in times.items()}


def known(ears: Ears, now: datetime) -> dict[str, bool]:
    """Whether the value of each sensor is known now, by role: there, fresh, and a number."""
    return {role: ears.reading(role, now).value is not None for role in sensors(ears)}


def powers(ears: Ears, config: Config, now: datetime) -> dict[str, float | None]:
    """What flows, by flow; None: not known [kW]."""
    state = house.house_state(ears, config, now)
    return {flow: state[f"{flow}_kw"].value for flow in FLOWS}


def planned_slot(schedule: Schedule | None, now: datetime) -> ScheduleSlot | None:
    """The slot of `schedule` that is to be followed at `now`; None: there is none."""
    if schedule is None or schedule.valid_until <= now:
        return None
    number = following.slot_at(schedule, now)
    return None if number is None else schedule.slots[number]


def planned_powers(slot: ScheduleSlot | None) -> dict[str, float | None]:
    """What is to flow in `slot`, measured as the house is: load with all, PV after curtailment.

    None: there is no such slot [kW].
    """
    if slot is None:
        return dict.fromkeys(FLOWS)
    return {
        "load": slot.load_kw + slot.water_kw + slot.ev_kw,
        "pv": max(0.0, slot.pv_kw - slot.curtailed_kw),
        "import": slot.import_kw,
        "export": slot.export_kw,
        "charge": slot.charge_kw,
        "discharge": slot.discharge_kw,
        "water": slot.water_kw,
        "ev": slot.ev_kw,
    }


def planned_percent(schedule: Schedule | None, now: datetime) -> float | None:
    """Where `schedule` has the battery at `now`; None: it says nothing of it [%]."""
    if schedule is None or schedule.valid_until <= now:
        return None
    number = following.slot_at(schedule, now)
    return None if number is None else following.planned_percent(schedule, number, now)


def prices(curve: PriceCurve | None, now: datetime) -> Mapping[str, float | None]:
    """What a kWh costs, and earns, at `now`; None: not known [currency/kWh]."""
    slot = _priced(curve, now)
    return {
        "import": slot.import_per_kwh if slot else None,
        "export": slot.export_per_kwh if slot else None,
    }


def published(curve: PriceCurve | None, now: datetime) -> bool:
    """Whether the market has published the price of this slot; an estimate fills its place."""
    slot = _priced(curve, now)
    return slot is not None and slot.kind == "published"


def schedule_age(schedule: Schedule | None, now: datetime) -> float | None:
    """How long ago `schedule` was made; None: there is none [s]."""
    return (now - schedule.issued_at).total_seconds() if schedule else None


def _priced(curve: PriceCurve | None, now: datetime) -> PriceSlot | None:
    slots = curve.slots if curve else ()
    return next((one for one in slots if one.start <= now < one.start + SLOT), None)
