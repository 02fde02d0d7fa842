"""The best that was possible: one solve over the whole stretch, knowing everything."""

from __future__ import annotations

from collections.abc import Sequence

from darkstar_common.config import Battery as BatterySection
from darkstar_common.config import Config
from darkstar_common.slots import SLOT_HOURS
from darkstar_lab.errors import LabError
from darkstar_lab.inverter import Flows
from darkstar_lab.ledger import Ledger
from darkstar_lab.replay import Stretch, closed, entry
from darkstar_planner.core.devices import Battery, Heater
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Grid, Inverter, Options, Problem
from darkstar_planner.core.solution import SlotPlan

BATTERY, HEATER = "battery", "water_heater"
GAP, HEATED_GAP = 0.001, 0.05
"""The best is proven to so much [currency], if the time allows; with a heater to the second."""


def perfect_foresight(stretch: Stretch, *, seconds: float = 120.0) -> Ledger:
    """The cheapest way through `stretch`, its end valued as for all.

    The heater only has its daily need to meet: its comfort rules cost no money.

    Raises:
        LabError: The solver found no plan within `seconds`.
    """
    made = plan(whole_problem(stretch, seconds=seconds))
    if made.status == "fallback":
        raise LabError(f"perfect foresight found no plan: {made.reason}")
    truth = stretch.truth
    flows = [
        _flows(one, truth.load_kw[number], truth.pv_kw[number])
        for number, one in zip(stretch.slots, made.slots, strict=True)
    ]
    entries = [
        entry(stretch, number, one) for number, one in zip(stretch.slots, flows, strict=True)
    ]
    return closed(stretch, entries, stretch.config)


def whole_problem(stretch: Stretch, *, seconds: float) -> Problem:
    """The stretch as one problem."""
    truth, config, slots = stretch.truth, stretch.config, stretch.slots
    return Problem(
        start=stretch.start,
        slot_hours=SLOT_HOURS,
        timezone=config.timezone,
        currency=config.tariff.currency,
        import_price=truth.import_price(slots, config),
        export_price=truth.export_price(slots, config),
        load_kw=_part(truth.load_kw, slots),
        pv_kw=_part(truth.pv_kw, slots),
        grid=Grid(max_import_kw=config.grid.max_import_kw, max_export_kw=config.grid.max_export_kw),
        inverter=Inverter(max_ac_kw=config.inverter.max_ac_kw),
        batteries=(_battery(config.battery, stretch),) if config.battery else (),
        heaters=_heaters(config),
        options=Options(
            time_limit_seconds=seconds, absolute_gap=HEATED_GAP if config.water_heater else GAP
        ),
    )


def _part(values: Sequence[float], slots: range) -> tuple[float, ...]:
    return tuple(values[slots.start : slots.stop])


def _battery(battery: BatterySection, stretch: Stretch) -> Battery:
    percent = battery.capacity_kwh / 100
    return Battery(
        id=BATTERY,
        capacity_kwh=battery.capacity_kwh,
        stored_kwh=stretch.stored_kwh,
        min_kwh=battery.min_soc_percent * percent,
        max_kwh=battery.max_soc_percent * percent,
        max_charge_kw=battery.max_charge_kw,
        max_discharge_kw=battery.max_discharge_kw,
        charge_efficiency=battery.charge_efficiency,
        discharge_efficiency=battery.discharge_efficiency,
        wear_cost_per_kwh=battery.wear_cost_per_kwh,
        standby_kw=battery.standby_kw,
        terminal_value_curve=stretch.leftover,
    )


def _heaters(config: Config) -> tuple[Heater, ...]:
    heater = config.water_heater
    if heater is None:
        return ()
    return (
        Heater(
            id=HEATER,
            power_kw=heater.power_kw,
            daily_min_kwh=heater.daily_min_kwh,
            defer_hours=heater.defer_hours,
        ),
    )


def _flows(one: SlotPlan, load_kw: float, pv_kw: float) -> Flows:
    battery = one.batteries.get(BATTERY)
    return Flows(
        load_kw=load_kw,
        pv_kw=pv_kw,
        heater_kw=one.heaters.get(HEATER, 0.0),
        import_kw=one.import_kw,
        export_kw=one.export_kw,
        charge_kw=battery.charge_kw if battery else 0.0,
        discharge_kw=battery.discharge_kw if battery else 0.0,
        curtailed_kw=one.curtailed_kw,
        stored_kwh=battery.stored_kwh if battery else 0.0,
    )
