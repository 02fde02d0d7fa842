"""Solis hybrids with time of use V2, as the Solis Modbus integration shows them, in self-use.

*Self-use*: PV serves the house, then the battery, then the grid; the battery serves the house.
Both maximum currents hold, here and in the slots.
*Charging slot*: while it is on and its window holds now, the battery is charged with its current
up to its cut-off SoC, and not discharged; the grid helps if it is allowed to charge the battery.
*Discharging slot*: likewise the battery gives its current to house and grid, down to its cut-off
SoC. The battery is never discharged below the over-discharge SoC, nor below the backup SoC while
reserve mode is on. A window that ends at 23:59 leaves the last minute of the day out.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_MOST_A = 300.0
_MOST_FED_W = 16000.0


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_SWITCHES, *_SLOTS, *_limits(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:
    """What the settings make the inverter do at `now`."""
    charging, selling = _slot(values, "charge", now), _slot(values, "discharge", now)
    cell = parameters.battery
    charge_a = float(values["battery_max_charge_current"])
    discharge_a = float(values["battery_max_discharge_current"])
    floor = float(values["overdischarge_soc"])
    full = 100.0
    if values["reserve_battery_mode"]:
        floor = max(floor, float(values["backup_soc"]))
    if charging:
        charge_a = min(charge_a, float(values["charge_current_slot_1"]))
        full = float(values["charge_soc_slot_1"])
    elif selling:
        discharge_a = min(discharge_a, float(values["discharge_current_slot_1"]))
        floor = max(floor, float(values["discharge_soc_slot_1"]))
    limited = bool(values["grid_feed_in_power_limit_switch"])
    return Control(
        battery_serves="nobody" if charging else "grid" if selling else "house",
        grid_charging=charging and bool(values["allow_grid_to_charge_the_battery"]),
        charge_kw=cell.kilowatts(charge_a),
        discharge_kw=cell.kilowatts(discharge_a),
        export_kw=float(values["backflow_power"]) / _KILO
        if limited
        else parameters.inverter.fuse_kw,
        floor_percent=floor,
        ceiling_percent=full,
        full_percent=full,
    )


def _slot(values: Values, which: str, now: datetime) -> bool:
    """Whether slot 1 of `which` is on and holds `now`; it may run over midnight."""
    start, end = str(values[f"{which}_start_slot_1"]), str(values[f"{which}_end_slot_1"])
    clock = f"{now:%H:%M}"
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    return bool(values[f"{which}_period_1"]) and inside


def _power(key: str, name: str, reads: str, *, factor: float = _KILO) -> Entity:
    return power(Device.INVERTER, key, name, reads, factor=factor, named=f"solis_{key}")


def _energy(key: str, name: str, reads: str) -> Entity:
    return energy(Device.INVERTER, key, name, reads, named=f"solis_{key}")


def _switch(key: str, named: str, name: str, *, default: bool) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=named, component="switch", name=name,
        default=default,
    )  # fmt: skip


def _number(
    key: str, named: str, name: str, unit: str, *, most: float, step: float, default: float
) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=f"solis_{named}", component="number", name=name,
        unit=unit, maximum=most, step=step, default=default,
    )  # fmt: skip


def _time(key: str, named: str, name: str, default: str) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=f"solis_{named}", component="time", name=name,
        default=default,
    )  # fmt: skip


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="battery_soc", named="solis_battery_soc", component="sensor",
        name="Battery SOC", unit="%", device_class="battery", state_class="measurement",
        decimals=1, reads="soc_percent",
    ),
    _power("battery_charge_power", "Battery Charge Power", "charge_kw"),
    _power("battery_discharge_power", "Battery Discharge Power", "discharge_kw"),
    _power("total_pv_power", "Total PV Power", "pv_kw"),
    _power("household_load_power", "Household load power", "load_kw"),
    _power("meter_total_active_power", "Meter Total Active Power", "grid_kw", factor=-_KILO),
    Entity(
        device=Device.INVERTER, key="a_phase_voltage", named="solis_a_phase_voltage",
        component="sensor", name="A Phase Voltage", unit="V", device_class="voltage",
        state_class="measurement", decimals=1, reads="voltage_v",
    ),
    _energy("household_load_total_energy", "Household Load Total Energy", "load_kwh"),
    _energy("meter_total_active_energy_from_grid", "Meter Total Active Energy From Grid",
            "import_kwh"),
    _energy("meter_total_active_energy_to_grid", "Meter Total Active Energy To Grid",
            "export_kwh"),
    _energy("total_battery_charge_energy", "Total Battery Charge Energy", "charge_kwh"),
    _energy("total_battery_discharge_energy", "Total Battery Discharge Energy", "discharge_kwh"),
)  # fmt: skip

_SWITCHES = (
    _switch("charge_period_1", "grid_time_of_use_charging_period_1",
            "Grid Time of Use Charging Period 1", default=False),
    _switch("discharge_period_1", "grid_time_of_use_discharge_period_1",
            "Grid Time of Use Discharge Period 1", default=False),
    _switch("allow_grid_to_charge_the_battery", "allow_grid_to_charge_the_battery",
            "Allow Grid to Charge the Battery", default=True),
    _switch("reserve_battery_mode", "reserve_battery_mode", "Reserve Battery Mode", default=False),
    _switch("grid_feed_in_power_limit_switch", "grid_feed_in_power_limit_switch",
            "Grid feed in power limit switch", default=False),
)  # fmt: skip

_SLOTS = (
    _time("charge_start_slot_1", "grid_time_of_use_charge_start_slot_1",
          "Grid Time of Use Charge Start (Slot 1)", "00:00"),
    _time("charge_end_slot_1", "grid_time_of_use_charge_end_slot_1",
          "Grid Time of Use Charge End (Slot 1)", "00:00"),
    _number("charge_soc_slot_1", "grid_time_of_use_charge_cut_off_soc_slot_1",
            "Grid Time of Use Charge cut off SOC (Slot 1)", "%", most=100, step=1, default=100.0),
    _number("charge_current_slot_1", "grid_time_of_use_charge_battery_current_slot_1",
            "Grid Time of Use Charge battery current (Slot 1)", "A", most=_MOST_A, step=0.1,
            default=0.0),
    _time("discharge_start_slot_1", "grid_time_of_use_discharge_start_slot_1",
          "Grid Time of Use Discharge Start (Slot 1)", "00:00"),
    _time("discharge_end_slot_1", "grid_time_of_use_discharge_end_slot_1",
          "Grid Time of Use Discharge End (Slot 1)", "00:00"),
    _number("discharge_soc_slot_1", "grid_time_of_use_discharge_cut_off_soc_slot_1",
            "Grid Time of Use Discharge cut off SOC (Slot 1)", "%", most=100, step=1,
            default=20.0),
    _number("discharge_current_slot_1", "grid_time_of_use_discharge_battery_current_slot_1",
            "Grid Time of Use Discharge battery current (Slot 1)", "A", most=_MOST_A, step=0.1,
            default=0.0),
)  # fmt: skip


def _limits(parameters: HouseParameters) -> tuple[Entity, ...]:
    most_a = parameters.inverter.max_current_a
    return (
        _number("battery_max_charge_current", "battery_max_charge_current",
                "Battery Max Charge Current", "A", most=most_a, step=0.1, default=most_a),
        _number("battery_max_discharge_current", "battery_max_discharge_current",
                "Battery Max Discharge Current", "A", most=most_a, step=0.1, default=most_a),
        _number("backflow_power", "backflow_power", "Backflow Power", "W", most=_MOST_FED_W,
                step=100, default=_MOST_FED_W),
        _number("backup_soc", "backup_soc", "Backup SOC", "%", most=100, step=1, default=80.0),
        _number("overdischarge_soc", "overdischarge_soc", "Overdischarge SOC", "%", most=40,
                step=1, default=10.0),
    )  # fmt: skip


SOLIS = Dialect(name="solis", entities=_entities, control=_control, timed=True)
