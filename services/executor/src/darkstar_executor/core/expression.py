"""A command in the settings of one house: words from its profile, units from its entities.

Written in an order in which no new flow runs under old bounds: what stops a flow first, then
bounds, then what starts one, then the buttons that make it all valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from darkstar_common.config import Config, Ev
from darkstar_common.contract import Command
from darkstar_executor.core.commands import FORCED
from darkstar_executor.core.profile import Profile, SettingRole
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.setting import PRESSING, STARTING, STOPPING, Sense, Setting, Value
from darkstar_executor.core.terms import TERMS, Moment, name_of, value
from darkstar_executor.core.units import scale

_WATTS_PER_KW = 1000.0


def settings(
    command: Command,
    profile: Profile,
    config: Config,
    bindings: Mapping[str, Binding],
    now: datetime,
) -> tuple[Setting, ...]:
    """What the roles are to be set to, in the order of writing.

    Roles that the house neither has nor needs nor was given are left out. A forced flow that nothing would end
    (its end is not known) is said as self-consumption.

    Args:
        command: What is to be done.
        profile: The inverter's words.
        config: Powers, voltages and limits.
        bindings: Who plays which role, and in which unit.
        now: The moment, for the terms of the clock.
    """
    moment = Moment(command=_ended(command, profile, config, now), config=config, now=now)
    made = [
        *_inverter(moment, profile, bindings),
        *_water(command, bindings, config),
        *(one for ev in config.evs for one in _vehicle(command, ev, bindings)),
    ]
    there = [setting for setting in made if _is_there(bindings.get(setting.role))]
    return tuple(sorted(there, key=lambda setting: setting.stage))


def _is_there(binding: Binding | None) -> bool:
    return binding is not None and (binding.entity is not None or not binding.optional)


def _ended(command: Command, profile: Profile, config: Config, now: datetime) -> Command:
    """`command`, or self-consumption within its limits if nothing would end what it forces."""
    if command.intent not in FORCED or config.battery is None:
        return command
    moment = Moment(command=command, config=config, now=now)
    said = profile.said(command.intent)
    ends = profile.ending(command.intent)
    if profile.says(command.intent) and all(
        value(said[role], moment)[0] is not None for role in ends
    ):
        return command
    floor = config.battery.min_soc_percent
    return command.model_copy(update={"intent": "self_consume", "soc_target_percent": floor})


def _inverter(
    moment: Moment, profile: Profile, bindings: Mapping[str, Binding]
) -> Iterator[Setting]:
    intent = moment.command.intent
    ends = profile.ending(intent) if intent in FORCED else frozenset[str]()
    for role, word in profile.said(intent).items():
        setting = profile.settings[role]
        if moment.config.battery is None and setting.part == "battery":
            continue
        found, exact = value(word, moment)
        own = (
            None if found is None else _own(found, word, setting, bindings.get(role), moment.config)
        )
        if own is None:
            continue
        stage = profile.stage(role, word)
        yield Setting(
            role=role,
            value=own,
            exact=exact,
            stage=stage,
            calm=stage == STOPPING,
            refresh=setting.refresh,
            sense=_sense(word, moment.command),
            bounds=role in ends,
        )
    for role, setting in profile.settings.items():
        if setting.kind == "button":
            yield Setting(
                role=role, value=True, exact=True, stage=PRESSING, after=setting.press_after
            )


def _sense(word: Value, command: Command) -> Sense | None:
    """Which way the figure behind `word` is the safer; a planned grid power is a target."""
    name = name_of(word)
    if name is None or name == "$grid":
        return None
    match TERMS[name].nature:
        case "power":
            return "limit"
        case "share" if name in {"$ceiling", "$depth"}:
            return "ceiling"
        case "share" if name == "$target" and command.intent == "charge_from_grid":
            return "ceiling"
        case "share":
            return "floor"
        case _:
            return None


def _water(command: Command, bindings: Mapping[str, Binding], config: Config) -> Iterator[Setting]:
    hot = command.water_temperature_c
    if hot is not None:
        binding = bindings.get("water_setpoint")
        own = _scaled(hot, binding)
        if own is not None:
            yield Setting(role="water_setpoint", value=own, exact=True)
    if command.water_on is not None and config.water_heater is not None:
        yield _switch("water_switch", command.water_on)


def _vehicle(command: Command, ev: Ev, bindings: Mapping[str, Binding]) -> Iterator[Setting]:
    power = command.evs.get(ev.id)
    if power is None:
        return
    yield _switch(f"{ev.id}/charging", power > 0)
    binding = bindings.get(f"{ev.id}/current")
    if binding is not None and (power > 0 or f"{ev.id}/charging" not in bindings):
        per_ampere = ev.voltage_v * ev.phases / _WATTS_PER_KW
        own = power / per_ampere if binding.quantity == "current" else power
        limits = {0.0, ev.max_charge_kw}
        scaled = _scaled(own, binding)
        if scaled is not None:
            yield Setting(
                role=f"{ev.id}/current", value=scaled, exact=power in limits, sense="limit"
            )


def _switch(role: str, on: bool) -> Setting:
    return Setting(role=role, value=on, exact=True, stage=STARTING if on else STOPPING, calm=not on)


def _own(
    found: Value, word: Value, setting: SettingRole, binding: Binding | None, config: Config
) -> Value | None:
    """`found` in the words and unit of the bound entity; a literal is that already."""
    if name_of(word) is None or isinstance(found, bool | str):
        return _time(found, binding, seconds=setting.seconds) if setting.kind == "time" else found
    quantity = None if binding is None else binding.quantity
    if quantity == "current":
        voltage = config.battery.nominal_voltage_v if config.battery else 0.0
        found = found * _WATTS_PER_KW / voltage if voltage else 0.0
    elif quantity == "power_share":
        full = _full_kw(setting, config)
        found = found / full * 100 if full else 0.0
    return _scaled(found, binding)


def _time(found: Value, binding: Binding | None, *, seconds: bool) -> Value:
    """A time as the entity spells it: with seconds, or as one of its options."""
    entity = None if binding is None else binding.entity
    plain = str(found)[:5]
    if entity is not None and entity.options:
        earlier = [one for one in entity.options if one[:5] <= plain]
        return max(earlier, default=entity.options[0])
    return f"{plain}:00" if seconds else plain


def _full_kw(setting: SettingRole, config: Config) -> float:
    """What 100 % of a power_share is [kW]."""
    battery = config.battery
    match setting.percent_of:
        case "charge":
            return battery.max_charge_kw if battery else 0.0
        case "discharge":
            return battery.max_discharge_kw if battery else 0.0
        case _:
            return config.inverter.max_ac_kw


def _scaled(found: float, binding: Binding | None) -> float | None:
    """`found` in the unit of the bound entity; ours when nothing is bound."""
    if binding is None or binding.entity is None or binding.quantity is None:
        return found
    conversion = scale(binding.quantity, binding.entity.unit)
    return None if conversion is None else conversion.theirs(found)
