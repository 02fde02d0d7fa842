"""Sungrow SH hybrids, as the modbus YAML package of the community shows them.

*Self-consumption mode*: PV serves the house, then the battery, then the grid up to the export
limit; the battery serves the house.
*Forced mode* does with the battery what the forced command says, with the forced power and never
more than the maximum charge and discharge powers: `Forced charge` (the grid helps) up to the
maximum SoC, `Forced discharge` into house and grid down to the minimum SoC, `Stop` nothing at all.
The minimum SoC takes 0 to 50 %, the maximum SoC 50 to 100 %, and both hold in every mode. The
export limit holds as well: its switch was left on.
*External EMS* and *VPP* wait for somebody else: the battery rests.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_SELF = "Self-consumption mode (default)"
_FORCED = "Forced mode"
_STOP, _CHARGE, _DISCHARGE = "Stop (default)", "Forced charge", "Forced discharge"


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_selects(), *_numbers(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    """What the settings make the inverter do."""
    forced = values["ems_mode"] == _FORCED
    following = values["ems_mode"] == _SELF
    told = values["battery_forced_charge_discharge"] if forced else _STOP
    power_kw = _kw(values, "battery_forced_charge_discharge_power") if forced else float("inf")
    charging, selling = told == _CHARGE, told == _DISCHARGE
    most = float(values["battery_max_soc"])
    charge_kw = min(_kw(values, "battery_max_charge_power"), power_kw)
    discharge_kw = min(_kw(values, "battery_max_discharge_power"), power_kw)
    return Control(
        battery_serves="house" if following else "grid" if selling else "nobody",
        grid_charging=charging,
        charge_kw=charge_kw if following or charging else 0.0,
        discharge_kw=discharge_kw if following or selling else 0.0,
        export_kw=_kw(values, "export_power_limit"),
        floor_percent=float(values["battery_min_soc"]),
        ceiling_percent=most,
        full_percent=most,
    )


def _kw(values: Values, key: str) -> float:
    return float(values[key]) / _KILO


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="battery_level", named="battery_level", component="sensor",
        name="Battery level", unit="%", device_class="battery", state_class="measurement",
        decimals=1, reads="soc_percent",
    ),
    power(Device.INVERTER, "battery_charging_power", "Battery charging power", "charge_kw",
          named="battery_charging_power"),
    power(Device.INVERTER, "battery_discharging_power", "Battery discharging power",
          "discharge_kw", named="battery_discharging_power"),
    power(Device.INVERTER, "battery_power", "Battery power", "battery_kw", factor=-_KILO,
          named="battery_power"),
    power(Device.INVERTER, "total_dc_power", "Total DC power", "pv_kw", named="total_dc_power"),
    power(Device.INVERTER, "load_power", "Load power", "load_kw", named="load_power"),
    power(Device.INVERTER, "import_power", "Import power", "import_kw", named="import_power"),
    power(Device.INVERTER, "export_power", "Export power", "export_kw", named="export_power"),
    power(Device.INVERTER, "export_power_raw", "Export power raw", "grid_kw", factor=-_KILO,
          named="export_power_raw"),
    Entity(
        device=Device.INVERTER, key="phase_a_voltage", named="phase_a_voltage",
        component="sensor", name="Phase A voltage", unit="V", device_class="voltage",
        state_class="measurement", decimals=1, reads="voltage_v",
    ),
    energy(Device.INVERTER, "total_pv_generation", "Total PV generation", "pv_kwh", decimals=1,
           named="total_pv_generation"),
    energy(Device.INVERTER, "total_imported_energy", "Total imported energy", "import_kwh",
           decimals=1, named="total_imported_energy"),
    energy(Device.INVERTER, "total_exported_energy", "Total exported energy", "export_kwh",
           decimals=1, named="total_exported_energy"),
    energy(Device.INVERTER, "total_battery_charge", "Total battery charge", "charge_kwh",
           decimals=1, named="total_battery_charge"),
    energy(Device.INVERTER, "total_battery_discharge", "Total battery discharge", "discharge_kwh",
           decimals=1, named="total_battery_discharge"),
)  # fmt: skip


def _selects() -> tuple[Entity, ...]:
    return (
        Entity(
            device=Device.INVERTER, key="ems_mode", named="ems_mode", component="select",
            name="EMS mode", options=(_SELF, _FORCED, "External EMS", "VPP"), default=_SELF,
        ),
        Entity(
            device=Device.INVERTER, key="battery_forced_charge_discharge",
            named="battery_forced_charge_discharge", component="select",
            name="Battery forced charge discharge", options=(_STOP, _CHARGE, _DISCHARGE),
            default=_STOP,
        ),
    )  # fmt: skip


def _numbers(parameters: HouseParameters) -> tuple[Entity, ...]:
    charge, discharge = parameters.battery.max_charge_kw, parameters.battery.max_discharge_kw
    return (
        _watts("battery_forced_charge_discharge_power", "Battery forced charge discharge power",
               least=0, most=max(charge, discharge), default=0.0),
        _watts("battery_max_charge_power", "Battery max charge power", least=10, most=charge,
               default=charge),
        _watts("battery_max_discharge_power", "Battery max discharge power", least=10,
               most=discharge, default=discharge),
        _watts("export_power_limit", "Export power limit", least=0,
               most=parameters.inverter.fuse_kw, default=parameters.inverter.fuse_kw),
        _share("battery_min_soc", "Battery Min Soc", 0, 50, default=10.0),
        _share("battery_max_soc", "Battery Max Soc", 50, 100, default=100.0),
    )  # fmt: skip


def _watts(key: str, name: str, *, least: float, most: float, default: float) -> Entity:
    """A power [W] from `least` [W] to `most` [kW]."""
    return Entity(
        device=Device.INVERTER, key=key, named=key, component="number", name=name, unit="W",
        device_class="power", minimum=least, maximum=most * _KILO, step=100,
        default=default * _KILO,
    )  # fmt: skip


def _share(key: str, name: str, least: float, most: float, *, default: float) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, named=key, component="number", name=name, unit="%",
        minimum=least, maximum=most, step=1, default=default,
    )  # fmt: skip


SUNGROW = Dialect(name="sungrow", entities=_entities, control=_control)
