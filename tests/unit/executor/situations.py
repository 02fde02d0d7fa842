"""Situations to decide in, and an example for every row of the three tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from unit.executor.samples import (
    CHARGE,
    DISCHARGE,
    EXPORT,
    HOLD,
    NOON,
    PV_CHARGE,
    house,
    schedule,
)

from darkstar_common.config import Ev
from darkstar_common.contract import Override, OverrideAction, PriceCurve, Service
from darkstar_common.slots import SLOT
from darkstar_executor.core.guard import Trim
from darkstar_executor.core.legionella import LegionellaState
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.memory import Memory
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.wishes import Wishes
from darkstar_executor.profiles import load_profile

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + HOUR
HOUSE = house().model_copy(update={"evs": (Ev(),)})
ZERO_EXPORT = HOUSE.model_copy(
    update={"grid": HOUSE.grid.model_copy(update={"max_export_kw": 0.0})}
)
PV_ONLY = HOUSE.model_copy(
    update={
        "battery": HOUSE.battery and HOUSE.battery.model_copy(update={"charge_from_grid": False})
    }
)
DEYE = load_profile("deye")
BY_THE_CLOCK = Profile.model_validate({
    "name": "clock", "title": "Ends by time alone", "source": "none",
    "settings": {
        "mode": {"kind": "select", "meaning": "What it does"},
        "power": {"kind": "number", "meaning": "How much", "quantities": ["power"]},
        "minutes": {"kind": "number", "meaning": "How long", "quantities": ["duration"]},
    },
    "intents": {
        "self_consume": {"mode": "Auto"},
        "charge_from_grid": {"mode": "Charge", "power": "$charge", "minutes": "$minutes"},
        "export": {"mode": "Sell", "power": "$discharge", "minutes": "$minutes"},
    },
})  # fmt: skip
"""An inverter that knows no state of charge."""
MUTE = BY_THE_CLOCK.model_copy(
    update={"name": "mute", "intents": {"self_consume": {"mode": "Auto"}}}
)
"""One that can do nothing but look after itself."""

FULL = {"export_kw": 1.0, "soc_percent": 100.0}
IDLE = {"export_kw": 1.0, "soc_percent": 50.0}
CURTAIL = {"curtailed_kw": 2.0, "charge_kw": 1.0, "export_kw": 0.4, "soc_percent": 55.0}
NOTHING = {"soc_percent": 50.0}

_SEEN = {one.name for one in fields(Measured)}


def situation(**known: Any) -> Situation:
    """A usual one, but for what is `known`; readings by their own names."""
    seen = {"soc_percent": 50.0} | {name: known.pop(name) for name in _SEEN & known.keys()}
    profile = known.get("profile", DEYE)
    usual: dict[str, Any] = {
        "now": NOON, "config": HOUSE, "profile": profile, "measured": Measured(**seen),
        "obedient": frozenset(profile.settings),
    }  # fmt: skip
    return Situation(**usual | known)


def override(action: OverrideAction, soc: float | None = None) -> Wishes:
    """A wish for `action`, for an hour or to a state of charge [%]."""
    return Wishes(override=Override(action=action, until=LATER, soc_percent=soc))


def prices(*per_kwh: float, start: datetime = NOON, **fields: float) -> PriceCurve:
    """A curve with an import price for each slot from `start` on [currency/kWh]."""
    slot = {"export_per_kwh": 0.5, "spot_per_kwh": 1.0, "kind": "published"} | fields
    return PriceCurve.model_validate({
        "sender": Service.FORECASTER, "emitted_at": start, "issued_at": start, "area": "SE4",
        "currency": "SEK", "source": "test",
        "slots": [
            {**slot, "start": start + number * SLOT, "import_per_kwh": one}
            for number, one in enumerate(per_kwh)
        ],
    })  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A situation that a row is for, and what is commanded in it."""

    rule: str
    known: Mapping[str, Any] = field(default_factory=dict)
    commanded: Mapping[str, Any] = field(default_factory=dict)


PAUSED = Wishes(paused_until=LATER)
CHARGING, EXPORTING = schedule(CHARGE), schedule(EXPORT)
OTHER_DAY = schedule(CHARGE, start=NOON - DAY, valid_until=LATER)
SAFE = {"intent": "self_consume", "soc_target_percent": 12.0, "export_kw": 11.0}
PROTECTED = {"intent": "self_consume", "soc_target_percent": 12.0, "discharge_kw": 0.0}
RESCUED = {
    "intent": "charge_from_grid", "charge_kw": 4.8, "soc_target_percent": 17.0,
    "until": NOON + 2 * HOUR,
}  # fmt: skip
EMPTY = Memory(emergency=True, emergency_charge=True, export_guard=True)
SOLD_OUT = Memory(export_guard=True)
COLD = {"water_temperature_c": 40.0, "water_on": False}
NORMAL = {"water_temperature_c": 60.0, "water_on": True}
HOT = {"water_temperature_c": 65.0}
BOOST = {"water_temperature_c": 70.0}
HEATING = schedule(NOTHING | {"water_kw": 3.0})
DRIVING = schedule(NOTHING | {"evs": {"car": 7.0}, "ev_kw": 7.0, "import_kw": 7.5})
DUE = LegionellaState(done_at=NOON - 8 * DAY, watched_since=NOON - 30 * DAY)
SOLD_FOR_LITTLE: dict[str, Any] = {
    "export_kw": 2.5, "import_kw": 0.0, "discharge_kw": 0.0, "water_kw": 0.0,
    "water_temperature_c": 55.0, "soc_percent": 96.0, "prices": prices(1.0, export_per_kwh=0.1),
}  # fmt: skip


def _said(rule: str, commanded: Mapping[str, Any], **known: Any) -> Example:
    return Example(rule=rule, known=known, commanded=commanded)


BATTERY: tuple[Example, ...] = (
    _said("off", SAFE, wishes=Wishes(automation=False), schedule=CHARGING),
    _said("off", SAFE, automation_on=False, wishes=override("force_charge")),
    _said("pause", SAFE, wishes=PAUSED, schedule=CHARGING),
    _said("grid_outage", SAFE, grid_voltage_v=3.0, schedule=CHARGING),
    _said("grid_outage", SAFE, grid_available=False, wishes=override("force_export")),
    _said("soc_unknown", SAFE, soc_percent=None, schedule=CHARGING),
    _said("soc_unknown", SAFE, soc_percent=None, wishes=override("force_export")),
    _said("no_bounds", SAFE, obedient=frozenset({"work_mode"}), schedule=EXPORTING),
    _said("no_bounds", PROTECTED, obedient=frozenset(), schedule=CHARGING, soc_percent=8.0),
    _said("cannot_say", SAFE, profile=MUTE, schedule=CHARGING),
    _said("cannot_say", PROTECTED, profile=MUTE, soc_percent=10.0, wishes=override("force_export")),
    _said("cannot_say", SAFE | {"export_kw": 0.0}, config=ZERO_EXPORT,
          wishes=override("force_export")),
    _said("emergency_charge", RESCUED, soc_percent=8.9),
    _said("emergency_charge", RESCUED, soc_percent=8.0, schedule=schedule(DISCHARGE)),
    _said("emergency_charge", RESCUED, soc_percent=8.0, wishes=override("force_export")),
    _said("emergency_charge", RESCUED, soc_percent=13.9, memory=EMPTY),
    _said("emergency", PROTECTED, soc_percent=10.9, schedule=schedule(DISCHARGE)),
    _said("emergency", PROTECTED, soc_percent=10.9, wishes=override("force_export")),
    _said("emergency", PROTECTED, soc_percent=13.9, memory=Memory(emergency=True)),
    _said("emergency", PROTECTED, soc_percent=3.0, obedient=frozenset()),
    _said("emergency", PROTECTED, soc_percent=3.0, config=PV_ONLY),
    _said("emergency", PROTECTED, soc_percent=None, memory=EMPTY),
    _said("export_guard", SAFE, soc_percent=12.0, schedule=EXPORTING),
    _said("export_guard", SAFE, soc_percent=11.5, wishes=override("force_export")),
    _said("export_guard", SAFE, soc_percent=13.9, memory=SOLD_OUT, schedule=EXPORTING),
    _said("ceiling_reached", {"intent": "hold", "soc_target_percent": 70.0, "discharge_kw": 0.0},
          profile=BY_THE_CLOCK, soc_percent=70.0, schedule=CHARGING),
    _said("ceiling_reached", {"intent": "hold", "soc_target_percent": 70.0},
          profile=BY_THE_CLOCK, soc_percent=68.1, schedule=CHARGING,
          memory=Memory(ended="charge_from_grid 70")),
    _said("floor_reached", {"intent": "hold", "soc_target_percent": 20.0, "discharge_kw": 0.0},
          profile=BY_THE_CLOCK, soc_percent=20.0, wishes=override("force_export", 20)),
    _said("override_force_charge",
          {"intent": "charge_from_grid", "charge_kw": 4.8, "soc_target_percent": 100.0,
           "grid_kw": 4.8, "until": LATER},
          wishes=override("force_charge"), schedule=EXPORTING),
    _said("override_force_charge", {"intent": "charge_from_grid", "soc_target_percent": 80.0},
          wishes=override("force_charge", 80), soc_percent=5.0),
    _said("override_force_export",
          {"intent": "export", "discharge_kw": 4.8, "soc_target_percent": 30.0, "export_kw": 11.0,
           "grid_kw": -4.8, "until": LATER},
          wishes=override("force_export", 30)),
    _said("override_hold", {"intent": "hold", "discharge_kw": 0.0, "soc_target_percent": 50.0},
          wishes=override("hold"), soc_percent=53.0),
    _said("override_hold", {"intent": "hold", "discharge_kw": 0.0},
          wishes=override("hold"), soc_percent=5.0),
    _said("override_self_consume", SAFE, wishes=override("self_consume"), schedule=EXPORTING),
    _said("override_self_consume", PROTECTED, wishes=override("self_consume"), soc_percent=5.0),
    _said("override_stop",
          {"intent": "idle", "charge_kw": 0.0, "discharge_kw": 0.0, "soc_target_percent": 50.0,
           "water_temperature_c": 40.0, "water_on": False, "evs": {"car": 0.0}},
          wishes=override("stop"), soc_percent=53.0, schedule=CHARGING),
    _said("no_schedule", SAFE),
    _said("schedule_stale", SAFE, schedule=schedule(CHARGE, start=NOON - HOUR)),
    _said("schedule_misses_now", SAFE, schedule=OTHER_DAY),
    _said("schedule_misses_now", SAFE, schedule=schedule(CHARGE, start=LATER)),
    _said("plan_charge_from_grid",
          {"intent": "charge_from_grid", "charge_kw": 3.0, "soc_target_percent": 90.0,
           "export_kw": 11.0, "grid_kw": 3.5, "until": NOON + 2 * SLOT},
          schedule=schedule(CHARGE, CHARGE | {"soc_percent": 90}, EXPORT)),
    _said("plan_curtail", {"intent": "curtail", "export_kw": 0.4, "charge_kw": 1.0},
          schedule=schedule(CURTAIL)),
    _said("plan_charge_from_pv",
          {"intent": "charge_from_pv", "charge_kw": 4.8, "soc_target_percent": 50.0,
           "export_kw": 11.0, "grid_kw": None, "until": None},
          schedule=schedule(PV_CHARGE)),
    _said("plan_charge_from_pv", {"intent": "charge_from_pv", "charge_kw": 2.0, "export_kw": 11.0},
          schedule=schedule(PV_CHARGE | {"export_kw": 1.0})),
    _said("plan_export",
          {"intent": "export", "discharge_kw": 4.0, "soc_target_percent": 20.0, "export_kw": 11.0,
           "grid_kw": -3.5, "until": NOON + 2 * SLOT},
          schedule=schedule(EXPORT, EXPORT | {"soc_percent": 20})),
    _said("plan_discharge",
          {"intent": "discharge", "discharge_kw": 4.8, "soc_target_percent": 35.0},
          schedule=schedule(DISCHARGE, DISCHARGE | {"soc_percent": 35}, HOLD)),
    _said("plan_discharge", {"intent": "discharge", "soc_target_percent": 30.0},
          schedule=schedule(DISCHARGE, DISCHARGE | {"soc_percent": 35}, EXPORT, HOLD)),
    _said("plan_discharge", {"intent": "discharge", "soc_target_percent": 35.0},
          schedule=schedule(DISCHARGE, DISCHARGE | {"soc_percent": 35},
                            EXPORT | {"export_per_kwh": 2.5})),
    _said("plan_discharge",
          {"intent": "discharge", "discharge_kw": 0.5, "soc_target_percent": 40.0},
          schedule=schedule(DISCHARGE | {"import_kw": 1.0})),
    _said("plan_hold",
          {"intent": "hold", "discharge_kw": 0.0, "charge_kw": 4.8, "soc_target_percent": 50.0},
          schedule=schedule(HOLD)),
    _said("plan_idle",
          {"intent": "idle", "charge_kw": 0.0, "export_kw": 11.0, "soc_target_percent": 50.0},
          schedule=schedule(IDLE)),
    _said("plan_self_consume", SAFE, schedule=schedule(NOTHING)),
    _said("plan_self_consume", SAFE, schedule=schedule(FULL, soc_percent_at_start=100.0)),
    _said("plan_self_consume", SAFE, schedule=schedule(HOLD, soc_percent_at_start=12.5)),
)  # fmt: skip

WATER: tuple[Example, ...] = (
    _said("off", NORMAL, wishes=Wishes(automation=False, water_boost_until=LATER)),
    _said("pause", NORMAL, wishes=PAUSED, schedule=schedule(NOTHING)),
    _said("grid_outage", COLD, grid_voltage_v=0.0, wishes=Wishes(water_boost_until=LATER)),
    _said("override_stop", COLD, wishes=override("stop")),
    _said("peak_guard", COLD, trim=Trim(heat=False), wishes=override("force_heat")),
    _said("override_force_heat", BOOST, wishes=override("force_heat")),
    _said("water_boost", BOOST, wishes=Wishes(water_boost_until=LATER), schedule=HEATING),
    _said("legionella", HOT, water_temperature_c=58.0, legionella=DUE, schedule=HEATING),
    _said("legionella", HOT, water_temperature_c=58.0, legionella=DUE, schedule=schedule(NOTHING),
          memory=Memory(legionella_since=NOON - HOUR)),
    _said("surplus", {"water_temperature_c": 85.0, "water_on": True}, **SOLD_FOR_LITTLE,
          memory=Memory(surplus_since=NOON - timedelta(minutes=3))),
    _said("surplus", {"water_temperature_c": 85.0},
          **SOLD_FOR_LITTLE | {"export_kw": 0.0, "import_kw": 0.2, "water_kw": 3.0},
          memory=Memory(surplus_heating=True)),
    _said("plan", NORMAL, schedule=HEATING),
    _said("plan", HOT, schedule=schedule(NOTHING | {"water_kw": 3.0, "water_c": 65.0})),
    _said("plan", COLD, schedule=schedule(NOTHING | {"water_c": 65.0})),
    _said("no_plan", NORMAL),
)  # fmt: skip

EVS: tuple[Example, ...] = (
    _said("off", {"evs": {"car": 0.0}}, wishes=Wishes(automation=False), schedule=DRIVING),
    _said("pause", {"evs": {}}, wishes=PAUSED, schedule=DRIVING),
    _said("grid_outage", {"evs": {"car": 0.0}}, grid_available=False, schedule=DRIVING),
    _said("override_stop", {"evs": {"car": 0.0}}, wishes=override("stop"), schedule=DRIVING),
    _said("peak_guard", {"evs": {"car": 3.0}}, trim=Trim(evs={"car": 3.0}), schedule=DRIVING),
    _said("peak_guard", {"evs": {"car": 0.0}}, trim=Trim(evs={"car": 1.0}), schedule=DRIVING),
    _said("peak_guard", {"evs": {"car": 3.0}}, trim=Trim(evs={"car": 3.0})),
    _said("plan", {"evs": {"car": 7.0}}, schedule=DRIVING),
    _said("plan", {"evs": {"car": 0.0}}, schedule=schedule(NOTHING | {"evs": {"car": 0.0}})),
    _said("plan", {"evs": {"car": 0.0}}, schedule=schedule(NOTHING | {"evs": {"car": 1.0}})),
    _said("given_back", {"evs": {"car": 11.0}}, memory=Memory(evs_cut={"car": None})),
    _said("no_plan", {"evs": {}}, schedule=schedule(NOTHING)),
    _said("no_plan", {"evs": {}}, schedule=schedule(NOTHING | {"evs": {"other": 7.0}})),
    _said("no_plan", {"evs": {}}, memory=Memory(evs_cut={"car": NOON - SLOT})),
)
