"""What the house does in a slot with the command it was given, to the true load and sun.

The means of a slot stand for the slot. Self-consumption is the rule: what the sun does not
cover comes from the battery and then the grid, what is left over goes into the battery and
then the grid; the command limits that, or forces a charge or an export. A battery that would
sink below its floor by standing still is held there from the AC side, as inverters do.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_common.config import Battery, Config
from darkstar_common.contract import Command
from darkstar_common.slots import SLOT_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Mean powers of one slot on the AC side [kW], and the stored energy at its end [kWh]."""

    load_kw: float
    pv_kw: float
    heater_kw: float
    import_kw: float
    export_kw: float
    charge_kw: float
    discharge_kw: float
    curtailed_kw: float
    stored_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What the battery can take and give in this slot, on the AC side [kW].

    Attributes:
        hold_kw: What must be charged for it not to sink below its floor.
    """

    charge_kw: float
    discharge_kw: float
    hold_kw: float


def run_slot(
    command: Command,
    config: Config,
    *,
    load_kw: float,
    pv_kw: float,
    heater_kw: float,
    stored_kwh: float,
) -> Flows:
    """One slot of the house.

    Args:
        command: Limits, and what is forced; as the executor gives it.
        config: The limits of battery, inverter and grid.
        load_kw: True base load [kW].
        pv_kw: What the sun offers [kW].
        heater_kw: What the water heater takes [kW].
        stored_kwh: In the battery at the start [kWh].
    """
    wanted = load_kw + heater_kw
    power = _battery_kw(command, config, wanted - pv_kw, pv_kw, stored_kwh)
    charge, discharge = max(0.0, power), max(0.0, -power)
    used_pv = min(pv_kw, config.inverter.max_ac_kw - discharge + charge)
    rest = wanted + charge - discharge - used_pv
    most = config.grid.max_export_kw
    if command.export_kw is not None:
        most = min(most, command.export_kw)
    sold = max(0.0, -rest)
    spilt = max(0.0, sold - most) if config.has_solar else 0.0
    return Flows(
        load_kw=load_kw,
        pv_kw=pv_kw,
        heater_kw=heater_kw,
        import_kw=max(0.0, rest),
        export_kw=sold - spilt,
        charge_kw=charge,
        discharge_kw=discharge,
        curtailed_kw=pv_kw - used_pv + spilt,
        stored_kwh=_stored(config.battery, stored_kwh, charge, discharge),
    )


def _stored(battery: Battery | None, before: float, charge_kw: float, discharge_kw: float) -> float:
    if battery is None:
        return 0.0
    gained = charge_kw * battery.charge_efficiency - discharge_kw / battery.discharge_efficiency
    return min(max(0.0, before + (gained - battery.standby_kw) * SLOT_HOURS), battery.capacity_kwh)


def _room(battery: Battery, stored_kwh: float, floor_kwh: float) -> _Room:
    """Limits of the slot; discharging ends at `floor_kwh`, standby included."""
    rest = stored_kwh - battery.standby_kw * SLOT_HOURS
    top = battery.capacity_kwh * battery.max_soc_percent / 100
    lowest = battery.capacity_kwh * battery.min_soc_percent / 100
    give = max(0.0, rest - floor_kwh) * battery.discharge_efficiency / SLOT_HOURS
    return _Room(
        charge_kw=min(battery.max_charge_kw, _fill_kw(battery, rest, top)),
        discharge_kw=min(battery.max_discharge_kw, give),
        hold_kw=min(battery.max_charge_kw, _fill_kw(battery, rest, min(stored_kwh, lowest))),
    )


def _fill_kw(battery: Battery, kwh: float, goal_kwh: float) -> float:
    """The charging power that takes `kwh` to `goal_kwh` in a slot [kW]."""
    return max(0.0, goal_kwh - kwh) / battery.charge_efficiency / SLOT_HOURS


def _battery_kw(
    command: Command, config: Config, net_kw: float, pv_kw: float, stored: float
) -> float:
    """Power into the battery [kW], negative out of it."""
    battery = config.battery
    if battery is None:
        return 0.0
    target = (command.soc_target_percent or 0.0) / 100 * battery.capacity_kwh
    lowest = battery.min_soc_percent / 100 * battery.capacity_kwh
    room = _room(battery, stored, max(lowest, target))
    most_in = min(room.charge_kw, _limit(command.charge_kw))
    most_out = min(room.discharge_kw, _limit(command.discharge_kw))
    if command.intent == "charge_from_grid":
        reach = _fill_kw(battery, stored - battery.standby_kw * SLOT_HOURS, target)
        power = min(most_in, max(reach, -net_kw))
    elif command.intent == "export":
        power = -most_out
    else:
        power = min(most_in, -net_kw) if net_kw < 0 else -min(most_out, net_kw)
    power = _within_limits(config, power, net_kw, pv_kw)
    return power if power < 0 else max(power, room.hold_kw)


def _within_limits(config: Config, power: float, net_kw: float, pv_kw: float) -> float:
    """`power` within the inverter's and the grid's limits [kW]."""
    ac, grid = config.inverter.max_ac_kw, config.grid
    if power > 0:
        return max(0.0, min(power, ac + pv_kw, max(grid.max_import_kw - net_kw, 0.0)))
    return min(0.0, max(power, -max(0.0, ac - pv_kw), -max(0.0, net_kw + grid.max_export_kw)))


def _limit(kw: float | None) -> float:
    return float("inf") if kw is None else kw
