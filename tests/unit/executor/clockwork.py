"""A brand that there is not, with all that is awkward about real ones, and its profile.

It is forced by windows of the clock that come again every day, which hold once a button was
pressed; the power has a sign and is forgotten after some minutes; no state of charge ends a charge.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ruamel.yaml import YAML

from darkstar_executor.core.profile import Profile
from darkstar_simulator.core.control import Control
from darkstar_simulator.core.dialects import Dialect, Values, plainly
from darkstar_simulator.core.entities import Device, Entity, Value, power
from darkstar_simulator.core.parameters import HouseParameters

FORGETS = timedelta(minutes=10)
STAGED = ("mode", "starts", "ends")
_PROFILE = """
name: clockwork
title: Windows, a button, and a short memory
source: tests
settings:
  mode: {kind: select, meaning: Mode}
  reserve: {kind: number, meaning: Not discharged below, quantities: [share]}
  charge_amps: {kind: number, meaning: Most into the battery, quantities: [current]}
  discharge_amps: {kind: number, meaning: Most out of it, quantities: [current]}
  export_limit: {kind: number, meaning: Most into the grid, quantities: [power], part: grid}
  setpoint: {kind: number, meaning: Forced power, quantities: [power], refresh_seconds: 300}
  starts: {kind: time, meaning: The window begins}
  ends: {kind: time, meaning: The window ends}
  apply: {kind: button, meaning: Makes the window valid, press_after: [mode, starts, ends]}
always:
  mode: Self-use
  reserve: $floor
  charge_amps: $charge
  discharge_amps: $discharge
  export_limit: $export
  setpoint: 0
  starts: '00:00'
  ends: '00:00'
intents:
  self_consume:
  charge_from_grid: {mode: Timed, setpoint: $charge, starts: $from, ends: $until}
  export: {mode: Timed, setpoint: -$discharge, starts: $from, ends: $until}
entities:
  mode: select.inverter_mode
  reserve: number.inverter_reserve
  charge_amps: number.inverter_charge_amps
  discharge_amps: number.inverter_discharge_amps
  export_limit: number.inverter_export_limit
  setpoint: number.inverter_setpoint
  starts: text.inverter_starts
  ends: text.inverter_ends
  apply: button.inverter_apply
  battery_soc: sensor.inverter_battery_soc
  battery_power: sensor.inverter_battery_power
  pv_power: sensor.inverter_pv_power
  load_power: sensor.inverter_load_power
  grid_power: sensor.inverter_grid_power
"""


def profile(**setpoint: Any) -> Profile:
    """The brand's profile, with other keys of its set-point if that is asked for."""
    raw = YAML(typ="safe").load(_PROFILE)
    raw["settings"]["setpoint"] |= setpoint
    return Profile.model_validate(raw)


def _entities(parameters: HouseParameters) -> tuple[Entity, ...]:
    most, amps = parameters.battery.max_charge_kw * 1000, parameters.inverter.max_current_a

    def number(key: str, unit: str, low: float, high: float, default: float) -> Entity:
        return Entity(
            device=Device.INVERTER, key=key, component="number", name=key, unit=unit,
            minimum=low, maximum=high, step=1, default=default,
        )  # fmt: skip

    return (
        Entity(
            device=Device.INVERTER, key="battery_soc", component="sensor", name="SoC", unit="%",
            decimals=1, reads="soc_percent",
        ),
        power(Device.INVERTER, "battery_power", "Battery", "battery_kw", factor=-1000.0),
        power(Device.INVERTER, "pv_power", "PV", "pv_kw"),
        power(Device.INVERTER, "load_power", "Load", "load_kw"),
        power(Device.INVERTER, "grid_power", "Grid", "grid_kw"),
        Entity(
            device=Device.INVERTER, key="mode", component="select", name="Mode",
            options=("Self-use", "Timed"), default="Self-use",
        ),
        number("reserve", "%", 5, 100, 10),
        number("charge_amps", "A", 0, amps, amps),
        number("discharge_amps", "A", 0, amps, amps),
        number("export_limit", "W", 0, 20_000, 20_000),
        number("setpoint", "W", -most, most, 0),
        Entity(device=Device.INVERTER, key="starts", component="time", name="S", default="00:00"),
        Entity(device=Device.INVERTER, key="ends", component="time", name="E", default="00:00"),
        Entity(device=Device.INVERTER, key="apply", component="button", name="Apply"),
    )  # fmt: skip


def _take(values: Values, key: str, value: Value, now: datetime) -> Values:
    taken = plainly(values, key, value, now)
    if key == "apply":
        return {**values, **{f"_{one}": values[one] for one in STAGED}}
    return {**taken, "_known_until": (now + FORGETS).isoformat()} if key == "setpoint" else taken


def _control(values: Values, parameters: HouseParameters, now: datetime) -> Control:
    begin, end = str(values.get("_starts", "00:00")), str(values.get("_ends", "00:00"))
    clock = f"{now:%H:%M}"
    inside = begin <= clock < end if begin <= end else clock >= begin or clock < end
    known = "_known_until" in values and now < datetime.fromisoformat(str(values["_known_until"]))
    forced = inside and known and values.get("_mode") == "Timed"
    asked = float(values["setpoint"]) / 1000 if forced else 0.0
    cell = parameters.battery
    return Control(
        battery_serves="grid" if asked < 0 else "house",
        grid_charging=asked > 0,
        charge_kw=asked if asked > 0 else cell.kilowatts(float(values["charge_amps"])),
        discharge_kw=-asked if asked < 0 else cell.kilowatts(float(values["discharge_amps"])),
        export_kw=float(values["export_limit"]) / 1000,
        floor_percent=float(values["reserve"]),
        ceiling_percent=100.0,
    )


CLOCKWORK = Dialect(name="clockwork", entities=_entities, control=_control, take=_take, timed=True)
