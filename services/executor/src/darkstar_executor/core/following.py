"""What a slot of the schedule asks of the house.

A schedule holds mean powers of quarter hours that will not come true to the watt. The
translation keeps what the plan is about: energy is bought and sold as planned, the state of
charge goes where the plan takes it, and what nobody planned goes where the plan itself puts the
last kilowatt-hour of that slot:

- A slot that charges from PV and sells next to nothing values storing above selling: more sun is
  stored. One that also sells on purpose sells more sun too, unless the battery is behind the plan.
- A slot that discharges and buys next to nothing covers a kettle from the battery as well, with
  energy that was to be sold right after it too, if that earns less than buying costs now. One that
  also buys on purpose leaves the kettle to the grid.
- A slot at rest that buys keeps the battery for later, so a kettle is bought; one at rest that
  sells has no use for more in the battery, so more sun is sold.
- PV is thrown away only in a slot that throws some away.

A twentieth of the power beside it is no purpose: a plan with constant powers leaves such
remainders where load and sun were forecast to waver. Nothing is limited for them, and they are
bought or sold only when the battery has drifted away from the plan by more than a point.
"""

from __future__ import annotations

from datetime import datetime
from math import floor as rounded_down
from typing import Literal

from darkstar_common.config import Config
from darkstar_common.contract import Command, Intent, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT
from darkstar_executor.core import commands

NEGLIGIBLE_KW = 0.05
"""A planned power below this is none; solvers leave crumbs."""
REMAINDER_SHARE = 0.05
"""A power up to this share of the one beside it is a remainder, no purpose."""
DRIFT_PERCENT = 1.0
"""So far away from the plan the battery is to be brought back to it."""
Drift = Literal["behind", "none", "ahead"]
"""Where the battery is, by the plan."""
_COARSE_PERCENT = 5.0
"""The floor during a PV charge rises in such steps, to spare the inverter's memory."""
_NEAR_PERCENT = 1.0


def slot_at(schedule: Schedule, now: datetime) -> int | None:
    """Number of the slot that holds `now`; None when none does."""
    for number, slot in enumerate(schedule.slots):
        if slot.start <= now < slot.start + SLOT:
            return number
    return None


def planned(
    schedule: Schedule, number: int, config: Config, now: datetime, drift: Drift = "none"
) -> Command:
    """The command for slot `number` at `now`, hot water and vehicles included."""
    slot = schedule.slots[number]
    command = _battery_command(schedule, number, config, drift)
    warm = commands.heated(command, _water_c(slot, config, now), config)
    return commands.driven(warm, _evs(slot, config), config)


def intent_of(schedule: Schedule, number: int, config: Config) -> Intent:
    """What the plan means by slot `number`."""
    slot, battery = schedule.slots[number], config.battery
    if battery is None:
        return "curtail" if _curtails(slot) else "self_consume"
    buys = battery.charge_from_grid and _meant(slot.import_kw, beside=slot.charge_kw)
    if _noted(slot.charge_kw) and buys:
        return "charge_from_grid"
    if _curtails(slot):
        return "curtail"
    if _noted(slot.charge_kw):
        return "charge_from_pv"
    if _noted(slot.discharge_kw):
        sells = battery.discharge_to_grid and _meant(slot.export_kw, beside=slot.discharge_kw)
        return "export" if sells else "discharge"
    return _at_rest(slot, _entry_percent(schedule, number), config)


def _brought_back(intent: Intent, slot: ScheduleSlot, config: Config, drift: Drift) -> Intent:
    """Remainders count while they would bring the battery back to the plan."""
    battery = config.battery
    if battery is None:
        return intent
    if intent == "charge_from_pv" and drift == "behind" and _noted(slot.import_kw):
        return "charge_from_grid" if battery.charge_from_grid else intent
    if intent == "discharge" and drift == "ahead" and _noted(slot.export_kw):
        return "export" if battery.discharge_to_grid else intent
    return intent


def planned_percent(schedule: Schedule, number: int, now: datetime) -> float | None:
    """Where the plan has the battery at `now`, within slot `number` [%]."""
    slot = schedule.slots[number]
    entry, end = _entry_percent(schedule, number), slot.soc_percent
    if entry is None or end is None:
        return None
    return entry + (end - entry) * ((now - slot.start) / SLOT)


def coarse(percent: float | None) -> float | None:
    """`percent` rounded down to steps that spare the inverter's memory."""
    return None if percent is None else rounded_down(percent / _COARSE_PERCENT) * _COARSE_PERCENT


def _noted(power_kw: float) -> bool:
    return power_kw > NEGLIGIBLE_KW


def _meant(power_kw: float, *, beside: float) -> bool:
    return power_kw > max(NEGLIGIBLE_KW, REMAINDER_SHARE * beside)


def _curtails(slot: ScheduleSlot) -> bool:
    return _meant(slot.curtailed_kw, beside=slot.export_kw)


def _at_rest(slot: ScheduleSlot, entry: float | None, config: Config) -> Intent:
    """The plan leaves the battery alone: on purpose, or since there is nothing to do."""
    if entry is None:
        return "self_consume"
    if _noted(slot.import_kw) and entry > commands.floor_percent(config) + _NEAR_PERCENT:
        return "hold"
    if _noted(slot.export_kw) and entry < commands.ceiling_percent(config) - _NEAR_PERCENT:
        return "idle"
    return "self_consume"


def _battery_command(schedule: Schedule, number: int, config: Config, drift: Drift) -> Command:
    slot = schedule.slots[number]
    intent = _brought_back(intent_of(schedule, number, config), slot, config, drift)
    last = _block_end(schedule, number, config)
    end = commands.floor_percent(config) if last.soc_percent is None else last.soc_percent
    entry = _entry_percent(schedule, number)
    export_kw = slot.export_kw if _curtails(slot) else None
    grid_kw, until = slot.import_kw - slot.export_kw, last.start + SLOT
    if intent == "charge_from_grid":
        return commands.charge_from_grid(
            config,
            charge_kw=slot.charge_kw,
            ceiling=end,
            export_kw=export_kw,
            grid_kw=grid_kw,
            until=until,
        )
    if intent == "export":
        return commands.export(
            config,
            discharge_kw=slot.discharge_kw,
            floor=end,
            export_kw=export_kw,
            grid_kw=grid_kw,
            until=until,
        )
    served = _serving_end_percent(schedule, number, config)
    floors: dict[Intent, float | None] = {"discharge": served, "hold": entry, "self_consume": None}
    return commands.self_consume(
        config,
        intent=intent,
        floor=floors.get(intent, coarse(entry)),
        discharge_kw=_discharge_limit(slot, intent),
        charge_kw=_charge_limit(slot, intent, drift),
        export_kw=export_kw,
    )


def _discharge_limit(slot: ScheduleSlot, intent: Intent) -> float | None:
    """The battery shares the load with the grid only when the plan says so."""
    if intent == "hold":
        return 0.0
    shared = intent == "discharge" and _meant(slot.import_kw, beside=slot.discharge_kw)
    return slot.discharge_kw if shared else None


def _charge_limit(slot: ScheduleSlot, intent: Intent, drift: Drift) -> float | None:
    """PV goes past the battery, to the grid or nowhere, only when the plan says so."""
    if intent == "idle":
        return 0.0
    elsewhere = slot.export_kw + slot.curtailed_kw
    shared = intent in {"charge_from_pv", "curtail"} and _meant(elsewhere, beside=slot.charge_kw)
    return slot.charge_kw if shared and drift != "behind" else None


def _entry_percent(schedule: Schedule, number: int) -> float | None:
    """Planned state of charge at the start of slot `number` [%]."""
    if number:
        return schedule.slots[number - 1].soc_percent
    return schedule.soc_percent_at_start


def _block_end(schedule: Schedule, number: int, config: Config) -> ScheduleSlot:
    """The last of the slots from `number` on that mean the same."""
    intent, last = intent_of(schedule, number, config), number
    while last + 1 < len(schedule.slots) and intent_of(schedule, last + 1, config) == intent:
        last += 1
    return schedule.slots[last]


def _serving_end_percent(schedule: Schedule, number: int, config: Config) -> float | None:
    """Down to where a slot that discharges may cover the house [%].

    That is what is planned to be left when the battery has been used for less than energy from
    the grid costs now: by the house, or by selling.
    """
    cost, last = schedule.slots[number].import_per_kwh, number
    for later in range(number + 1, len(schedule.slots)):
        intent = intent_of(schedule, later, config)
        sold = intent == "export" and schedule.slots[later].export_per_kwh < cost
        if intent != "discharge" and not sold:
            break
        last = later
    return schedule.slots[last].soc_percent


def _water_c(slot: ScheduleSlot, config: Config, now: datetime) -> float | None:
    """Set-point [°C]: the heater is on for the share of the slot that gives the planned energy."""
    heater = config.water_heater
    if heater is None:
        return None
    if not _noted(slot.water_kw):
        return heater.off_c
    share = slot.water_kw / heater.power_kw
    hot = heater.normal_c if slot.water_c is None else slot.water_c
    return hot if (now - slot.start) / SLOT < share else heater.off_c


def _evs(slot: ScheduleSlot, config: Config) -> dict[str, float | None]:
    """What each vehicle of the plan is to have [kW]; less than its charger can give is none."""
    return {
        ev.id: kw if _noted(kw) and kw >= ev.min_charge_kw - NEGLIGIBLE_KW else 0.0
        for ev in config.evs
        if (kw := slot.evs.get(ev.id)) is not None
    }
