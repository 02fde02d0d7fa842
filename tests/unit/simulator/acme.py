"""A brand that there is not, with every kind of setting: a clock, a button and a countdown."""

from __future__ import annotations

from datetime import datetime, timedelta

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects import Dialect, Values, plainly
from darkstar_simulator.core.entities import Component, Device, Entity, Value, energy, power
from darkstar_simulator.core.parameters import HouseParameters


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    most = parameters.battery.max_charge_kw * 1000
    return (
        Entity(
            device=Device.INVERTER, key="soc", named="acme_battery_level", component="sensor",
            name="Battery level", unit="%", device_class="battery", state_class="measurement",
            reads="soc_percent",
        ),
        power(Device.INVERTER, "battery", "Battery power", "battery_kw"),
        power(
            Device.INVERTER, "grid", "Grid power", "grid_kw", factor=-1.0, unit="kW", decimals=3
        ),
        energy(
            Device.INVERTER, "bought", "Bought", "import_kwh", factor=1000.0, unit="Wh", decimals=0
        ),
        _setting("mode", "select", "Self-use", options=("Self-use", "Feed in")),
        _setting("power", "number", 0.0, unit="W", minimum=-most, maximum=most, step=10),
        _setting("start", "time", "00:00"),
        _setting("end", "time", "00:00"),
        _setting("label", "text", "home", maximum=8),
        _setting("go", "button", None),
        _setting("minutes", "number", 0.0, unit="min", maximum=240),
    )  # fmt: skip


def _setting(
    key: str,
    component: Component,
    default: Value | None,
    *,
    unit: str | None = None,
    minimum: float = 0.0,
    maximum: float = 0.0,
    step: float = 1.0,
    options: tuple[str, ...] = (),
) -> Entity:
    return Entity(
        device=Device.INVERTER, key=key, component=component, name=key.title(), unit=unit,
        minimum=minimum, maximum=maximum, step=step, options=options, default=default,
    )  # fmt: skip


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:
    asked = float(values["power"]) / 1000
    in_window = str(values["start"]) <= f"{now:%H:%M}" < str(values["end"])
    until = values.get("_until")
    counting = until is not None and now < datetime.fromisoformat(str(until))
    forced = in_window or counting
    cell = parameters.battery
    return Control(
        battery_serves="grid" if values["mode"] == "Feed in" or (forced and asked < 0) else "house",
        grid_charging=forced and asked > 0,
        charge_kw=asked if forced and asked > 0 else cell.max_charge_kw,
        discharge_kw=-asked if forced and asked < 0 else cell.max_discharge_kw,
        export_kw=parameters.inverter.fuse_kw,
        floor_percent=10.0,
        ceiling_percent=100.0,
    )


def _take(values: Values, key: str, value: Value, now: datetime) -> Values:
    if key == "go":
        end = now + timedelta(minutes=float(values["minutes"]))
        return {**values, "_until": end.isoformat()}
    return plainly(values, key, value, now)


ACME = Dialect(name="acme", entities=_entities, control=_control, take=_take, timed=True)
