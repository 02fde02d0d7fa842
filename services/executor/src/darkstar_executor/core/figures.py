"""Figures of a command in the unit and the words of the entity that takes them."""

from __future__ import annotations

from darkstar_common.config import Config
from darkstar_executor.core.profile import SettingRole
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.setting import Value
from darkstar_executor.core.terms import name_of
from darkstar_executor.core.units import scale

_WATTS_PER_KW = 1000.0


def own(
    found: Value, word: Value, setting: SettingRole, binding: Binding | None, config: Config
) -> Value | None:
    """`found` as the bound entity wants it; a literal is that already, None for a wrong unit.

    Args:
        found: The figure [kW, %, minutes or HH:MM].
        word: What the profile says: a term, or a literal.
        setting: What kind of setting takes it.
        binding: The entity, if there is one.
        config: What amperes and percent are worth.
    """
    if setting.kind == "time":
        return _time(str(found), binding, late=word == "$until", seconds=setting.seconds)
    if name_of(word) is None or isinstance(found, bool | str):
        return found
    quantity = None if binding is None else binding.quantity
    if quantity == "current":
        voltage = config.battery.nominal_voltage_v if config.battery else 0.0
        found = found * _WATTS_PER_KW / voltage if voltage else 0.0
    elif quantity == "power_share":
        full = _full_kw(setting, config)
        found = found / full * 100 if full else 0.0
    return scaled(found, binding)


def scaled(found: float, binding: Binding | None) -> float | None:
    """`found` in the unit of the bound entity; ours when nothing is bound, None for a wrong one."""
    if binding is None or binding.entity is None or binding.quantity is None:
        return found
    conversion = scale(binding.quantity, binding.entity.unit)
    return None if conversion is None else conversion.theirs(found)


def amperes(power_kw: float, *, voltage_v: float, phases: int) -> float:
    """The current of each phase [A] of a power [kW]."""
    return power_kw * _WATTS_PER_KW / (voltage_v * phases)


def _time(found: str, binding: Binding | None, *, late: bool, seconds: bool) -> str:
    """A time as the entity spells it: with seconds, or as the option that keeps now inside."""
    plain = found[:5]
    options = binding.entity.options if binding is not None and binding.entity is not None else ()
    if not options:
        return f"{plain}:00" if seconds else plain
    if late:
        return min((one for one in options if one[:5] >= plain), default=min(options))
    return max((one for one in options if one[:5] <= plain), default=min(options))


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
