"""GoodWe hybrids, as the experimental GoodWe integration shows them: the EMS mode commands.

*auto*: PV serves the house, then the battery, then the grid; the battery serves the house.
*charge_battery*: the battery is charged with the EMS power, PV first, the grid for what lacks.
*discharge_battery*: the battery gives the EMS power to house and grid.
*battery_standby*: the battery neither charges nor discharges.
*conserve*: PV charges the battery; it discharges only when the grid is gone.
*charge_pv*: the battery is charged from PV; with an EMS power above 0 the grid helps with it.
*buy_power* and *sell_power* steer the meter to the EMS power. Of the others the battery rests. The
battery is charged up to the SoC upper limit and, while there is a grid, discharged down to what
the depth of discharge leaves. The export limit holds: its switch was left on.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import BatteryServes, Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_FULL_PERCENT = 100.0
_MODES = (
    "auto", "charge_pv", "discharge_pv", "import_ac", "export_ac", "conserve", "off_grid",
    "battery_standby", "buy_power", "sell_power", "charge_battery", "discharge_battery",
)  # fmt: skip
_TAKES = frozenset({"auto", "charge_pv", "conserve", "buy_power", "sell_power", "charge_battery"})
_SERVES: dict[str, BatteryServes] = {
    "auto": "house", "buy_power": "house", "sell_power": "grid", "discharge_battery": "grid",
}  # fmt: skip


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_settings(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    """What the settings make the inverter do."""
    mode, told_kw = str(values["ems_mode"]), float(values["ems_power_limit"]) / _KILO
    cell, most = parameters.battery, float(values["soc_upper_limit"])
    exactly = mode in {"charge_battery", "discharge_battery"}
    return Control(
        battery_serves=_SERVES.get(mode, "nobody"),
        grid_charging=mode in {"charge_battery", "buy_power"}
        or (mode == "charge_pv" and told_kw > 0),
        charge_kw=(told_kw if exactly else cell.max_charge_kw) if mode in _TAKES else 0.0,
        discharge_kw=(told_kw if exactly else cell.max_discharge_kw) if mode in _SERVES else 0.0,
        export_kw=float(values["grid_export_limit"]) / _KILO,
        floor_percent=_FULL_PERCENT - float(values["battery_discharge_depth"]),
        ceiling_percent=most,
        full_percent=most,
        grid_setpoint_kw={"buy_power": told_kw, "sell_power": -told_kw}.get(mode),
    )


def _power(key: str, name: str, reads: str, *, factor: float = _KILO) -> Entity:
    return power(Device.INVERTER, key, name, reads, factor=factor, named=f"goodwe_{key}")


def _energy(key: str, name: str, reads: str) -> Entity:
    return energy(Device.INVERTER, key, name, reads, named=f"goodwe_{key}")


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="battery_state_of_charge",
        named="goodwe_battery_state_of_charge", component="sensor", name="Battery State of Charge",
        unit="%", device_class="battery", state_class="measurement", decimals=1,
        reads="soc_percent",
    ),
    _power("battery_power", "Battery Power", "battery_kw", factor=-_KILO),
    _power("pv_power", "PV Power", "pv_kw"),
    _power("house_consumption", "House Consumption", "load_kw"),
    _power("active_power", "Active Power", "grid_kw", factor=-_KILO),
    Entity(
        device=Device.INVERTER, key="on_grid_l1_voltage", named="goodwe_on_grid_l1_voltage",
        component="sensor", name="On-grid L1 Voltage", unit="V", device_class="voltage",
        state_class="measurement", decimals=1, reads="voltage_v",
    ),
    _energy("total_load", "Total Load", "load_kwh"),
    _energy("total_pv_generation", "Total PV Generation", "pv_kwh"),
    _energy("meter_total_energy_import", "Meter Total Energy (import)", "import_kwh"),
    _energy("meter_total_energy_export", "Meter Total Energy (export)", "export_kwh"),
    _energy("total_battery_charge", "Total Battery Charge", "charge_kwh"),
    _energy("total_battery_discharge", "Total Battery Discharge", "discharge_kwh"),
)  # fmt: skip


def _settings(parameters: HouseParameters) -> tuple[Entity, ...]:
    twice_rated = 2 * parameters.inverter.ac_limit_kw * _KILO
    return (
        Entity(
            device=Device.INVERTER, key="ems_mode", named="goodwe_ems_mode", component="select",
            name="EMS mode", options=_MODES, default="auto",
        ),
        Entity(
            device=Device.INVERTER, key="ems_power_limit", named="goodwe_ems_power_limit",
            component="number", name="EMS power limit", unit="W", device_class="power",
            maximum=twice_rated, step=100, default=0.0,
        ),
        Entity(
            device=Device.INVERTER, key="grid_export_limit", named="goodwe_grid_export_limit",
            component="number", name="Grid export limit", unit="W", device_class="power",
            maximum=twice_rated, step=100, default=twice_rated,
        ),
        Entity(
            device=Device.INVERTER, key="battery_discharge_depth",
            named="goodwe_depth_of_discharge_on_grid", component="number",
            name="Depth of discharge (on-grid)", unit="%", maximum=99, default=80.0,
        ),
        Entity(
            device=Device.INVERTER, key="soc_upper_limit", named="goodwe_soc_upper_limit",
            component="number", name="SoC upper limit", unit="%", maximum=100, default=100.0,
        ),
    )  # fmt: skip


GOODWE = Dialect(name="goodwe", entities=_entities, control=_control)
