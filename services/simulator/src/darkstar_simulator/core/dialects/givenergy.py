"""GivEnergy inverters, as GivTCP announces them on MQTT; SA1234G567 stands for the serial number.

*Eco*: PV serves the house, then the battery, then the grid; the battery serves the house down to
the reserve. *Eco (Paused)*: the battery does not discharge. *Timed Demand*: the battery serves the
house in the discharge slot alone. *Timed Export*: in the discharge slot it gives the discharge rate
to house and grid, down to the reserve; both slots only while their schedule is enabled. While the
charge schedule is enabled, and in its slot, the battery is charged with the charge rate, PV first,
up to the target SoC, in any mode; at the target it is held. The owner has set both slots to the
whole day.
"""

from __future__ import annotations

from datetime import datetime

from darkstar_simulator.core.control import BatteryServes, Control
from darkstar_simulator.core.dialects.dialect import Dialect, Values
from darkstar_simulator.core.entities import Device, Entity, energy, power
from darkstar_simulator.core.parameters import HouseParameters

_KILO = 1000.0
_MODES = ("Eco", "Eco (Paused)", "Timed Demand", "Timed Export")
_SERIAL = "givtcp_sa1234g567"


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    return (*_SENSORS, *_settings(parameters))


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:  # noqa: ARG001 (of its kind)
    """What the settings make the inverter do."""
    slot = bool(values["enable_discharge_schedule"])
    serves: dict[str, BatteryServes] = {
        "Eco": "house",
        "Timed Demand": "house" if slot else "nobody",
        "Timed Export": "grid" if slot else "nobody",
    }
    return Control(
        battery_serves=serves.get(str(values["mode"]), "nobody"),
        grid_charging=bool(values["enable_charge_schedule"]),
        charge_kw=float(values["battery_charge_rate"]) / _KILO,
        discharge_kw=float(values["battery_discharge_rate"]) / _KILO,
        export_kw=parameters.inverter.fuse_kw,
        floor_percent=float(values["battery_power_reserve"]),
        ceiling_percent=float(values["target_soc"]),
    )


def _named(key: str) -> str:
    return f"{_SERIAL}_{key}"


def _power(key: str, name: str, reads: str, *, factor: float = _KILO) -> Entity:
    return power(Device.INVERTER, key, name, reads, factor=factor, named=_named(key))


def _energy(key: str, name: str, reads: str) -> Entity:
    return energy(Device.INVERTER, key, name, reads, decimals=1, named=_named(key))


_SENSORS = (
    Entity(
        device=Device.INVERTER, key="soc", named=_named("soc"), component="sensor", name="SOC",
        unit="%", device_class="battery", state_class="measurement", decimals=1,
        reads="soc_percent",
    ),
    _power("battery_power", "Battery Power", "battery_kw", factor=-_KILO),
    _power("pv_power", "PV Power", "pv_kw"),
    _power("load_power", "Load Power", "load_kw"),
    _power("import_power", "Import Power", "import_kw"),
    _power("export_power", "Export Power", "export_kw"),
    Entity(
        device=Device.INVERTER, key="grid_voltage", named=_named("grid_voltage"),
        component="sensor", name="Grid Voltage", unit="V", device_class="voltage",
        state_class="measurement", decimals=1, reads="voltage_v",
    ),
    _energy("load_energy_total_kwh", "Load Energy Total kWh", "load_kwh"),
    _energy("pv_energy_total_kwh", "PV Energy Total kWh", "pv_kwh"),
    _energy("import_energy_total_kwh", "Import Energy Total kWh", "import_kwh"),
    _energy("export_energy_total_kwh", "Export Energy Total kWh", "export_kwh"),
    _energy("battery_charge_energy_total_kwh", "Battery Charge Energy Total kWh", "charge_kwh"),
    _energy("battery_discharge_energy_total_kwh", "Battery Discharge Energy Total kWh",
            "discharge_kwh"),
)  # fmt: skip


def _settings(parameters: HouseParameters) -> tuple[Entity, ...]:
    def rate(key: str, name: str, kilowatts: float) -> Entity:
        watts = float(round(kilowatts * _KILO))
        return Entity(
            device=Device.INVERTER, key=key, named=_named(key), component="number", name=name,
            unit="W", device_class="power", maximum=watts, default=watts,
        )  # fmt: skip

    def share(key: str, name: str, percent: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=_named(key), component="number", name=name,
            unit="%", minimum=4, maximum=100, default=percent,
        )  # fmt: skip

    def switch(key: str, name: str) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, named=_named(key), component="switch", name=name,
            default=False,
        )  # fmt: skip

    cell = parameters.battery
    return (
        Entity(
            device=Device.INVERTER, key="mode", named=_named("mode"), component="select",
            name="Mode", options=_MODES, default="Eco",
        ),
        switch("enable_charge_schedule", "Enable Charge Schedule"),
        switch("enable_discharge_schedule", "Enable Discharge Schedule"),
        share("target_soc", "Target SOC", 100.0),
        share("battery_power_reserve", "Battery Power Reserve", 4.0),
        rate("battery_charge_rate", "Battery Charge Rate", cell.max_charge_kw),
        rate("battery_discharge_rate", "Battery Discharge Rate", cell.max_discharge_kw),
    )  # fmt: skip


GIVENERGY = Dialect(name="givenergy", entities=_entities, control=_control)
