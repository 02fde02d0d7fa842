"""The grid, the battery and the water heater of this house as they stand at this moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from darkstar_common.contract import HouseState, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT, slot_start
from darkstar_planner.core.devices import Battery, Heater
from darkstar_planner.core.problem import Grid, Peak
from darkstar_planner.core.strategy import View
from darkstar_planner.core.water import Water

if TYPE_CHECKING:
    from darkstar_planner.core.inputs import Inputs

BATTERY, HEATER = "battery", "water_heater"
# a charge so near to where the schedule has it follows the schedule [percentage points]
FOLLOWED_PERCENT = 2.0


def grid(inputs: Inputs, view: View, now: datetime) -> Grid:
    """The connection, with what a tariff on power has seen of this month."""
    config = inputs.config.grid
    peak, limit = config.peak, config.import_limit_kw
    return Grid(
        max_import_kw=config.max_import_kw,
        max_export_kw=config.max_export_kw if view.export_enabled else 0.0,
        import_limit_kw=limit,
        import_limit_penalty_per_kwh=(
            None if limit is None else config.import_limit_penalty_per_kwh
        ),
        peak=None
        if peak is None
        else Peak(
            price_per_kw=peak.price_per_kw,
            already_kw=inputs.imports.highest(peak, inputs.config.zone, now),
            hours=peak.hours,
            weekdays_only=peak.weekdays_only,
            top_n=peak.top_n,
        ),
    )


def batteries(inputs: Inputs, view: View, now: datetime) -> tuple[Battery, ...]:
    """The battery, if there is one and its charge is known."""
    battery, soc = inputs.config.battery, soc_at_slot(inputs, now)
    if battery is None or soc is None:
        return ()
    percent = battery.capacity_kwh / 100
    return (
        Battery(
            id=BATTERY,
            capacity_kwh=battery.capacity_kwh,
            stored_kwh=soc * percent,
            min_kwh=battery.min_soc_percent * percent,
            max_kwh=battery.max_soc_percent * percent,
            max_charge_kw=battery.max_charge_kw,
            min_charge_kw=battery.min_charge_kw,
            max_discharge_kw=battery.max_discharge_kw,
            charge_efficiency=battery.charge_efficiency,
            discharge_efficiency=battery.discharge_efficiency,
            charge_taper=tuple((soc * percent, most) for soc, most in battery.charge_taper),
            charge_from_grid=battery.charge_from_grid,
            discharge_to_grid=battery.discharge_to_grid,
            wear_cost_per_kwh=view.wear_cost_per_kwh,
            standby_kw=battery.standby_kw,
            terminal_value_curve=view.terminal_value_curve,
            target_kwh=view.target_kwh,
            target_penalty_per_kwh=view.target_penalty_per_kwh,
        ),
    )


def heaters(inputs: Inputs, heated: Water, view: View) -> tuple[Heater, ...]:
    """The water heater, if there is one.

    While the house is left alone a run against legionella is planned as a load of its
    own. The same heater is not there twice then, unless a person wants it on.
    """
    heater = inputs.config.water_heater
    asked = any(block.action == "heat" for block in inputs.blocks)
    if heater is None or (view.legionella is not None and not asked):
        return ()
    return (
        Heater(
            id=HEATER,
            power_kw=heater.power_kw,
            daily_min_kwh=view.daily_min_kwh,
            heated_today_kwh=heated.heated_today_kwh,
            defer_hours=heater.defer_hours,
            max_gap_hours=view.max_gap_hours,
            gap_penalty_per_hour=view.gap_penalty_per_hour,
            min_spacing_hours=heater.min_spacing_hours,
            start_penalty=view.start_penalty,
            on_before_slots=heated.on_before_slots,
            off_before_slots=heated.off_before_slots,
            locked_on=heated.locked_on,
        ),
    )


def soc_at_slot(inputs: Inputs, now: datetime) -> float | None:
    """The battery's charge at the beginning of the slot that holds `now` [%].

    A problem's first slot is a whole one. What a battery that follows its schedule has
    taken or given since the slot began is put back, or it would be planned twice. One
    that does not follow is planned as it is now; what it does until the slot ends comes
    on top then, and the plan after that knows it.
    """
    if inputs.soc_percent is not None:
        return inputs.soc_percent
    measured = _measured(inputs.house)
    slot = scheduled(inputs.schedule, slot_start(now))
    if measured is None or slot is None or slot.soc_percent is None:
        return measured
    begin = soc_before(inputs.schedule, slot.start)
    if begin is None:
        return measured
    since = (now - slot.start) / SLOT * (slot.soc_percent - begin)
    if abs(measured - begin - since) > FOLLOWED_PERCENT:
        return measured
    return min(100.0, max(0.0, measured - since))


def power_before(inputs: Inputs, now: datetime) -> float:
    """The battery's power in the slot before the one that holds `now`, charging positive [kW].

    As it was scheduled, or else as it is measured now; 0 where neither is known.
    """
    slot = scheduled(inputs.schedule, slot_start(now) - SLOT)
    if slot is not None:
        return slot.charge_kw - slot.discharge_kw
    house = inputs.house
    if house is None:
        return 0.0
    return (house.charge_kw.value or 0.0) - (house.discharge_kw.value or 0.0)


def scheduled(schedule: Schedule | None, start: datetime) -> ScheduleSlot | None:
    """The slot of `schedule` that begins at `start`; None when it has no such slot."""
    if schedule is None:
        return None
    number = (start - schedule.slots[0].start) // SLOT
    return schedule.slots[number] if 0 <= number < len(schedule.slots) else None


def soc_before(schedule: Schedule | None, start: datetime) -> float | None:
    """Where `schedule` has the battery as the slot at `start` begins [%]; None: it does not say."""
    if schedule is not None and start == schedule.slots[0].start:
        return schedule.soc_percent_at_start
    slot = scheduled(schedule, start - SLOT)
    return None if slot is None else slot.soc_percent


def _measured(house: HouseState | None) -> float | None:
    return None if house is None else house.soc_percent.value
