"""A command's water heater and vehicles in settings; they have no profile, only roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from darkstar_common.config import Config, Ev, WaterHeater
from darkstar_common.contract import Command
from darkstar_executor.core.clamping import clamped, unfit
from darkstar_executor.core.figures import amperes, scaled
from darkstar_executor.core.legionella import NEAR_C
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.setting import STARTING, STOPPING, Setting


def appliances(
    command: Command, config: Config, bindings: Mapping[str, Binding]
) -> Iterator[Setting]:
    """What heater and vehicles are to be set to; a vehicle that is not in the command is not."""
    if config.water_heater is not None:
        yield from _water(command, config.water_heater, bindings)
    for ev in config.evs:
        if ev.id in command.evs:
            yield from _vehicle(command.evs[ev.id], ev, bindings)


def _water(
    command: Command, heater: WaterHeater, bindings: Mapping[str, Binding]
) -> Iterator[Setting]:
    if command.water_temperature_c is not None:
        hot = _set_point(command.water_temperature_c, heater, bindings.get("water_setpoint"))
        if hot is not None:
            yield Setting(role="water_setpoint", value=hot, exact=True)
    if command.water_on is not None:
        yield _switch("water_switch", command.water_on)


def _set_point(hot_c: float, heater: WaterHeater, binding: Binding | None) -> float | None:
    """`hot_c` on the steps of the entity, in its unit; None for a wrong one.

    The step below, that nothing is hotter than it may be; the one above where the tank would else
    not be heated, or not be rid of legionella, if it may be so hot.
    """
    hot, most = scaled(hot_c, binding), scaled(heater.max_c, binding)
    entity = binding.entity if binding else None
    if entity is None or hot is None or most is None or unfit(hot, entity):
        return hot
    below, above = clamped(hot, entity, "ceiling"), clamped(hot, entity, "floor")
    off, kills = scaled(heater.off_c, binding), scaled(heater.legionella_c - NEAR_C, binding)
    cold = hot_c > heater.off_c and off is not None and below <= off
    mild = hot_c >= heater.legionella_c and kills is not None and below < kills
    return above if (cold or mild) and above <= most else below


def _vehicle(power_kw: float, ev: Ev, bindings: Mapping[str, Binding]) -> Iterator[Setting]:
    """Its switch, and its current or power; that stays as it is while the switch is off."""
    switch, role = f"{ev.id}/charging", f"{ev.id}/current"
    yield _switch(switch, power_kw > 0)
    binding = bindings.get(role)
    if binding is None or (power_kw == 0 and switch in bindings):
        return
    most = power_kw
    if binding.quantity == "current":
        most = amperes(power_kw, voltage_v=ev.voltage_v, phases=ev.phases)
    value = scaled(most, binding)
    if value is not None:
        value = _enough(value, power_kw, ev, binding)
        exact = power_kw in {0.0, ev.max_charge_kw}
        yield Setting(role=role, value=value, exact=exact, sense="limit")


def _enough(value: float, power_kw: float, ev: Ev, binding: Binding) -> float:
    """`value`, or the nearest step where the one below is less than the vehicle charges with."""
    entity = binding.entity
    if entity is None or not 0 < ev.min_charge_kw <= power_kw or unfit(value, entity):
        return value
    least = value * ev.min_charge_kw / power_kw
    return clamped(value, entity) if clamped(value, entity, "limit") < least else value


def _switch(role: str, on: bool) -> Setting:
    return Setting(role=role, value=on, exact=True, stage=STARTING if on else STOPPING, calm=not on)
