"""What a slot of the schedule asks of the inverter.

A schedule holds mean powers of quarter hours that will not come true to the watt. The
translation keeps what the plan is about: energy is bought and sold as planned, the state of
charge goes where the plan takes it, and what nobody planned (a kettle, a cloud, more sun)
goes where it costs least. PV surplus is never curtailed unless the plan curtails.
"""

from __future__ import annotations

from datetime import datetime
from math import floor as rounded_down

from darkstar_common.config import Config
from darkstar_common.contract import Command, Intent, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT
from darkstar_executor.core import commands

NEGLIGIBLE_KW = 0.05
"""A planned power below this is none; solvers leave crumbs."""
_COARSE_PERCENT = 5.0
"""The floor during a PV charge rises in such steps, to spare the inverter's memory."""
_NEAR_PERCENT = 1.0


def slot_at(schedule: Schedule, now: datetime) -> int | None:
    """Number of the slot that holds `now`; None when none does."""
    number = (now - schedule.slots[0].start) // SLOT
    return number if 0 <= number < len(schedule.slots) else None


def planned(schedule: Schedule, number: int, config: Config, now: datetime) -> Command:
    """The command for slot `number` at `now`, hot water included."""
    command = _battery_command(schedule, number, config)
    return commands.heated(command, _water_c(schedule.slots[number], config, now))


def intent_of(schedule: Schedule, number: int, config: Config) -> Intent:
    """What the plan means by slot `number`."""
    slot = schedule.slots[number]
    if slot.charge_kw > NEGLIGIBLE_KW and slot.import_kw > NEGLIGIBLE_KW:
        return "charge_from_grid"
    if slot.curtailed_kw > NEGLIGIBLE_KW:
        return "curtail"
    if slot.charge_kw > NEGLIGIBLE_KW:
        return "charge_from_pv"
    if slot.discharge_kw > NEGLIGIBLE_KW:
        return "export" if slot.export_kw > NEGLIGIBLE_KW else "discharge"
    return _at_rest(slot, _entry_percent(schedule, number), config)


def _at_rest(slot: ScheduleSlot, entry: float | None, config: Config) -> Intent:
    """The plan leaves the battery alone: on purpose, or since there is nothing to do."""
    if entry is None:
        return "self_consume"
    if slot.import_kw > NEGLIGIBLE_KW and entry > commands.floor_percent(config) + _NEAR_PERCENT:
        return "hold"
    if slot.export_kw > NEGLIGIBLE_KW and entry < commands.ceiling_percent(config) - _NEAR_PERCENT:
        return "idle"
    return "self_consume"


def _battery_command(schedule: Schedule, number: int, config: Config) -> Command:
    slot = schedule.slots[number]
    intent = intent_of(schedule, number, config)
    end = _block_end_percent(schedule, number, config)
    entry = _entry_percent(schedule, number)
    export_kw = slot.export_kw if slot.curtailed_kw > NEGLIGIBLE_KW else None
    if intent == "charge_from_grid":
        return commands.charge_from_grid(
            config, charge_kw=slot.charge_kw, ceiling=end, export_kw=export_kw
        )
    if intent == "export":
        return commands.export(
            config, discharge_kw=slot.discharge_kw, floor=end, export_kw=export_kw
        )
    floors: dict[Intent, float | None] = {"discharge": end, "hold": entry, "self_consume": None}
    return commands.self_consume(
        config,
        intent=intent,
        floor=floors.get(intent, coarse(entry)),
        discharge_kw=_discharge_limit(slot, intent),
        charge_kw=_charge_limit(slot, intent),
        export_kw=export_kw,
    )


def _discharge_limit(slot: ScheduleSlot, intent: Intent) -> float | None:
    """The battery shares the load with the grid only when the plan says so."""
    if intent == "hold":
        return 0.0
    shared = intent == "discharge" and slot.import_kw > NEGLIGIBLE_KW
    return slot.discharge_kw if shared else None


def _charge_limit(slot: ScheduleSlot, intent: Intent) -> float | None:
    """PV goes past the battery, to the grid or nowhere, only when the plan says so."""
    if intent == "idle":
        return 0.0
    shared = intent == "charge_from_pv" and slot.export_kw > NEGLIGIBLE_KW
    return slot.charge_kw if shared or intent == "curtail" else None


def _entry_percent(schedule: Schedule, number: int) -> float | None:
    """Planned state of charge at the start of slot `number` [%]."""
    if number:
        return schedule.slots[number - 1].soc_percent
    return schedule.soc_percent_at_start


def _block_end_percent(schedule: Schedule, number: int, config: Config) -> float:
    """Planned state of charge when the run of slots with this intent ends [%]."""
    intent, last = intent_of(schedule, number, config), number
    while last + 1 < len(schedule.slots) and intent_of(schedule, last + 1, config) == intent:
        last += 1
    end = schedule.slots[last].soc_percent
    return commands.floor_percent(config) if end is None else end


def coarse(percent: float | None) -> float | None:
    """`percent` rounded down to steps that spare the inverter's memory."""
    return None if percent is None else rounded_down(percent / _COARSE_PERCENT) * _COARSE_PERCENT


def _water_c(slot: ScheduleSlot, config: Config, now: datetime) -> float | None:
    """Set-point [°C]: the heater is on for the share of the slot that gives the planned energy."""
    heater = config.water_heater
    if heater is None:
        return None
    if slot.water_kw <= NEGLIGIBLE_KW:
        return heater.off_c
    share = slot.water_kw / heater.power_kw
    hot = heater.normal_c if slot.water_c is None else slot.water_c
    return hot if (now - slot.start) / SLOT < share else heater.off_c
