"""Huawei SUN2000 with LUNA2000 batteries, as the Huawei Solar integration shows them.

*maximise_self_consumption*: PV serves the house, then the battery, then the grid; the battery
serves the house.
*time_of_use_luna2000* goes by the battery's periods, of which this one has a single charge period,
all of every day: the battery is charged and not discharged. PV that the house does not need goes
where `Excess PV energy use in TOU` says. The grid charges only here, only while `Charge from grid`
is on, with the grid charge maximum power at most, and up to the grid charge cutoff.
*fully_fed_to_grid*: PV goes to the grid, and the battery adds to it what it may. In every mode the
maximum charging and discharging powers hold, and the battery is discharged down to the end of
discharge (0 to 20 %). In other modes the battery rests.
The limit of what is fed in is a service of the integration; the number here is the template number
that its owner has made of it.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import BatteryServes, Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_SELF, _PERIODS = "maximise_self_consumption", "time_of_use_luna2000"
_SELLING = "fully_fed_to_grid"
_SERVES: dict[str, BatteryServes] = {_SELF: "house", _SELLING: "grid"}


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_SELECTS, *_numbers(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    """What the settings make the inverter do."""
    mode = values["working_mode"]
    by_period = mode == _PERIODS
    grid_charging = by_period and bool(values["charge_from_grid"])
    surplus_sold = by_period and values["excess_pv_energy_use_in_tou"] == "fed_to_grid"
    most_kw = _kw(values, "maximum_charging_power")
    grid_kw = min(most_kw, _kw(values, "grid_charge_maximum_power"))
    return Control(
        pv_to="grid" if surplus_sold or mode == _SELLING else "battery",
        battery_serves=_SERVES.get(str(mode), "nobody"),
        grid_charging=grid_charging,
        charge_kw=(grid_kw if grid_charging else most_kw) if mode in {_SELF, _PERIODS} else 0.0,
        discharge_kw=_kw(values, "maximum_discharging_power") if mode in _SERVES else 0.0,
        export_kw=_kw(values, "maximum_feed_grid_power"),
        floor_percent=float(values["end_of_discharge_soc"]),
        ceiling_percent=float(values["grid_charge_cutoff_soc"]),
        full_percent=float(values["end_of_charge_soc"]),
    )


def _kw(values: Values, key: str) -> float:
    return float(values[key]) / _KILO


def _sensor(key: str, named: str, name: str, reads: str, *, sign: float = 1.0) -> Entity:
    return power(Device.INVERTER, key, name, reads, factor=sign * _KILO, named=named)


def _counter(key: str, named: str, name: str, reads: str) -> Entity:
    return energy(Device.INVERTER, key, name, reads, decimals=2, named=named)


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="state_of_capacity", named="batteries_state_of_capacity",
        component="sensor", name="State of capacity", unit="%", device_class="battery",
        state_class="measurement", decimals=1, reads="soc_percent",
    ),
    _sensor("charge_discharge_power", "batteries_charge_discharge_power",
            "Charge/Discharge power", "battery_kw"),
    _sensor("input_power", "inverter_input_power", "Input power", "pv_kw"),
    _sensor("meter_active_power", "power_meter_active_power", "Active power", "grid_kw", sign=-1.0),
    Entity(
        device=Device.INVERTER, key="phase_a_voltage", named="power_meter_phase_a_voltage",
        component="sensor", name="Phase A voltage", unit="V", device_class="voltage",
        state_class="measurement", decimals=1, reads="voltage_v",
    ),
    _counter("total_dc_input_energy", "inverter_total_dc_input_energy", "Total DC input energy",
             "pv_kwh"),
    _counter("consumption", "power_meter_consumption", "Consumption", "import_kwh"),
    _counter("exported", "power_meter_exported", "Exported", "export_kwh"),
    _counter("total_charge", "batteries_total_charge", "Total charge", "charge_kwh"),
    _counter("total_discharge", "batteries_total_discharge", "Total discharge", "discharge_kwh"),
)  # fmt: skip

_SELECTS = (
    Entity(
        device=Device.INVERTER, key="working_mode", named="batteries_working_mode",
        component="select", name="Working mode",
        options=("adaptive", "fixed_charge_discharge", _SELF, _SELLING, _PERIODS), default=_SELF,
    ),
    Entity(
        device=Device.INVERTER, key="excess_pv_energy_use_in_tou",
        named="batteries_excess_pv_energy_use_in_tou", component="select",
        name="Excess PV energy use in TOU", options=("fed_to_grid", "charge"),
        default="fed_to_grid",
    ),
    Entity(
        device=Device.INVERTER, key="charge_from_grid", named="batteries_charge_from_grid",
        component="switch", name="Charge from grid", default=False,
    ),
)  # fmt: skip


def _numbers(parameters: HouseParameters) -> tuple[Entity, ...]:
    cell, inverter = parameters.battery, parameters.inverter
    return (
        _watts("maximum_charging_power", "Maximum charging power", cell.max_charge_kw),
        _watts("maximum_discharging_power", "Maximum discharging power", cell.max_discharge_kw),
        _watts("grid_charge_maximum_power", "Grid charge maximum power", inverter.ac_limit_kw),
        Entity(
            device=Device.INVERTER, key="maximum_feed_grid_power",
            named="huawei_maximum_feed_grid_power", component="number",
            name="Maximum feed grid power", unit="W", device_class="power",
            maximum=inverter.fuse_kw * _KILO, default=inverter.fuse_kw * _KILO,
        ),
        _share("end_of_charge_soc", "End-of-charge SOC", 90, 100, default=100.0),
        _share("end_of_discharge_soc", "End-of-discharge SOC", 0, 20, default=12.0),
        _share("grid_charge_cutoff_soc", "Grid charge cutoff SOC", 20, 100, default=50.0),
    )  # fmt: skip


def _watts(key: str, name: str, most_kw: float) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=f"batteries_{key}", component="number", name=name,
        unit="W", device_class="power", maximum=most_kw * _KILO, default=most_kw * _KILO,
    )  # fmt: skip


def _share(key: str, name: str, least: float, most: float, *, default: float) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=f"batteries_{key}", component="number", name=name,
        unit="%", minimum=least, maximum=most, step=0.1, default=default,
    )  # fmt: skip


HUAWEI = Dialect(name="huawei", entities=_entities, control=_control)
