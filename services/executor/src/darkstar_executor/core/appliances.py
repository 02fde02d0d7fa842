"""A command's water heater and vehicles in settings; they have no profile, only roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from darkstar_common.config import Config, Ev
from darkstar_common.contract import Command
from darkstar_executor.core.figures import amperes, scaled
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.setting import STARTING, STOPPING, Setting


def appliances(
    command: Command, config: Config, bindings: Mapping[str, Binding]
) -> Iterator[Setting]:
    """What heater and vehicles are to be set to; a vehicle that is not in the command is not."""
    if config.water_heater is not None:
        yield from _water(command, bindings)
    for ev in config.evs:
        if ev.id in command.evs:
            yield from _vehicle(command.evs[ev.id], ev, bindings)


def _water(command: Command, bindings: Mapping[str, Binding]) -> Iterator[Setting]:
    if command.water_temperature_c is not None:
        hot = scaled(command.water_temperature_c, bindings.get("water_setpoint"))
        if hot is not None:
            yield Setting(role="water_setpoint", value=hot, exact=True)
    if command.water_on is not None:
        yield _switch("water_switch", command.water_on)


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
        exact = power_kw in {0.0, ev.max_charge_kw}
        yield Setting(role=role, value=value, exact=exact, sense="limit")


def _switch(role: str, on: bool) -> Setting:
    return Setting(role=role, value=on, exact=True, stage=STARTING if on else STOPPING, calm=not on)
