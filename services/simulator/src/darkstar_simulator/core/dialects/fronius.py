"""Fronius GEN24, as Fronius Modbus shows it: the storage control mode says which control counts.

*auto*: PV serves the house, then the battery, then the grid; the battery serves the house. The
limits of *pv_charge_limit*, *discharge_limit* and of both are what they say. *charge_from_grid*
charges with the grid charge power, PV first; *discharge_to_grid* gives the grid discharge power to
house and grid. *block_discharging* leaves PV to charge within its limit, *block_charging* leaves
the battery to serve the house within its own. The SOC maximum ends charging in every mode, the
minimum reserve discharging in all but *auto*. A change of mode sets limits to the most and grid
powers to 0; a control of another mode is unavailable, and a command to it comes to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from darkstar_simulator.core.control import BatteryServes, Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, Value, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_LEAST = 5.0
"""The reserve of the inverter's own management [% SoC]."""
_MODES = (
    "auto", "pv_charge_limit", "discharge_limit", "pv_charge_and_discharge_limit",
    "charge_from_grid", "discharge_to_grid", "block_discharging", "block_charging",
)  # fmt: skip
_MODE, _CHARGE, _DISCHARGE = "ext_control_mode", "charge_limit", "discharge_limit"
_BUY, _SELL = "grid_charge_power", "grid_discharge_power"
_USED: Mapping[str, frozenset[str]] = {
    _CHARGE: frozenset({"pv_charge_limit", "pv_charge_and_discharge_limit", "block_discharging"}),
    _DISCHARGE: frozenset({"discharge_limit", "pv_charge_and_discharge_limit", "block_charging"}),
    _BUY: frozenset({"charge_from_grid"}),
    _SELL: frozenset({"discharge_to_grid"}),
}
"""In which modes a control counts."""


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_settings(parameters))


def _take(values: Values, key: str, value: Value, now: datetime) -> Values:  # noqa: ARG001 (of its kind)
    """The settings after a command: a new mode brings its own powers.

    The most of a limit is what it was before any mode took one.
    """
    if key == _MODE and value != values[_MODE]:
        most = {f"_{one}": values.get(f"_{one}", values[one]) for one in (_CHARGE, _DISCHARGE)}
        full = {one: most[f"_{one}"] for one in (_CHARGE, _DISCHARGE)}
        return {**values, **most, **full, _MODE: value, _BUY: 0.0, _SELL: 0.0}
    if key in _USED and values[_MODE] not in _USED[key]:
        return values
    return {**values, key: value}


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    """What the settings make the inverter do."""
    mode, cell = str(values[_MODE]), parameters.battery
    serves: dict[str, BatteryServes] = {
        "charge_from_grid": "nobody", "block_discharging": "nobody", "discharge_to_grid": "grid",
    }  # fmt: skip
    limit = {key: float(values[key]) / _KILO for key, modes in _USED.items() if mode in modes}
    takes = mode not in {"block_charging", "discharge_to_grid"}
    most = float(values["api_soc_max"])
    return Control(
        battery_serves=serves.get(mode, "house"),
        grid_charging=mode == "charge_from_grid",
        charge_kw=limit.get(_BUY, limit.get(_CHARGE, cell.max_charge_kw)) if takes else 0.0,
        discharge_kw=limit.get(_SELL, limit.get(_DISCHARGE, cell.max_discharge_kw)),
        export_kw=parameters.inverter.fuse_kw,
        floor_percent=_LEAST if mode == "auto" else float(values["minimum_reserve"]),
        ceiling_percent=most,
        full_percent=most,
    )


def _power(key: str, name: str, reads: str, *, factor: float = _KILO) -> Entity:
    return power(Device.INVERTER, key, name, reads, factor=factor, named=f"fm_{key}")


def _energy(key: str, name: str, reads: str) -> Entity:
    return energy(
        Device.INVERTER, key, name, reads, factor=_KILO, unit="Wh", decimals=0, named=f"fm_{key}"
    )


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="soc", named="fm_soc", component="sensor",
        name="State of charge", unit="%", device_class="battery", state_class="measurement",
        decimals=1, reads="soc_percent",
    ),
    _power("storage_power", "Storage power", "battery_kw", factor=-_KILO),
    _power("pv_power", "PV power", "pv_kw"),
    _power("load", "Load", "load_kw"),
    _power("power", "Power", "grid_kw"),
    Entity(
        device=Device.INVERTER, key="phvpha", named="fm_phvpha", component="sensor",
        name="AC voltage L1-N", unit="V", device_class="voltage", state_class="measurement",
        decimals=1, reads="voltage_v",
    ),
    _energy("imported", "Imported", "import_kwh"),
    _energy("exported", "Exported", "export_kwh"),
    _energy("storage_charge_lfte", "Storage charging lifetime energy", "charge_kwh"),
    _energy("storage_discharge_lfte", "Storage discharging lifetime energy", "discharge_kwh"),
)  # fmt: skip


def _settings(parameters: HouseParameters) -> tuple[Entity, ...]:
    def watts(key: str, name: str, most_kw: float, *, full: bool) -> Entity:
        most = round(most_kw * _KILO, -1)
        return Entity(
            device=Device.INVERTER, key=key, named=f"fm_{key}", component="number", name=name,
            unit="W", device_class="power", maximum=most, step=10, default=most if full else 0.0,
        )  # fmt: skip

    def share(key: str, name: str, least: float, percent: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=f"fm_{key}", component="number", name=name,
            unit="%", minimum=least, maximum=100, default=percent,
        )  # fmt: skip

    cell = parameters.battery
    return (
        Entity(
            device=Device.INVERTER, key=_MODE, named=f"fm_{_MODE}", component="select",
            name="Storage control mode", options=_MODES, default="auto",
        ),
        watts(_CHARGE, "PV charge limit", cell.max_charge_kw, full=True),
        watts(_DISCHARGE, "Discharge limit", cell.max_discharge_kw, full=True),
        watts(_BUY, "Grid charge power", cell.max_charge_kw, full=False),
        watts(_SELL, "Grid discharge power", cell.max_discharge_kw, full=False),
        share("minimum_reserve", "Minimum reserve", 5.0, 7.0),
        share("api_soc_max", "SOC maximum", 0.0, 100.0),
    )  # fmt: skip


FRONIUS = Dialect(name="fronius", entities=_entities, control=_control, take=_take)
