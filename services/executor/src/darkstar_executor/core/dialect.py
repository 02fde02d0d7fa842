"""A command in the settings of one kind of inverter.

A dialect is data: which word each intent has as a work mode, and in which order settings are
to be written. It speaks of roles only; entities and their units come in through the bindings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from darkstar_common.config import Config
from darkstar_common.contract import Command, Intent
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.setting import BOUNDING, STARTING, STOPPING, Setting
from darkstar_executor.core.units import scale

_WATTS_PER_KW = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of inverter says things.

    Attributes:
        name: As people know it.
        modes: Work mode of each intent.
        calm_modes: Those in which the battery never feeds the grid.
    """

    name: str
    modes: Mapping[Intent, str]
    calm_modes: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """Options that the entity in role work_mode must offer."""
        return frozenset(self.modes.values())


_ZERO_EXPORT = "Zero Export To CT"
DEYE = Dialect(
    name="deye",
    modes=MappingProxyType({
        "charge_from_grid": _ZERO_EXPORT,
        "charge_from_pv": _ZERO_EXPORT,
        "self_consume": _ZERO_EXPORT,
        "discharge": _ZERO_EXPORT,
        "export": "Export First",
        "hold": _ZERO_EXPORT,
        "curtail": _ZERO_EXPORT,
        "idle": _ZERO_EXPORT,
    }),
    calm_modes=frozenset({_ZERO_EXPORT}),
)  # fmt: skip


def settings(
    command: Command, config: Config, bindings: Mapping[str, Binding], dialect: Dialect = DEYE
) -> tuple[Setting, ...]:
    """What the roles are to be set to, in the order of writing.

    What stops a forced flow comes first and what starts one last, so that at no moment a
    new flow runs under old bounds. Roles that the house neither has nor needs are left out.
    """
    made = [*_switches(command, config, dialect), *_numbers(command, config, bindings)]
    there = [setting for setting in made if setting.role in bindings]
    return tuple(sorted(there, key=lambda setting: setting.stage))


def _switches(command: Command, config: Config, dialect: Dialect) -> list[Setting]:
    if config.battery is None:
        return []
    mode = dialect.modes[command.intent]
    charging = command.intent == "charge_from_grid"
    return [
        Setting(role="grid_charging", value=charging, stage=STARTING if charging else STOPPING),
        Setting(
            role="work_mode", value=mode, stage=STOPPING if mode in dialect.calm_modes else STARTING
        ),
    ]


def _numbers(command: Command, config: Config, bindings: Mapping[str, Binding]) -> list[Setting]:
    battery, made = config.battery, []
    wanted: dict[str, tuple[float | None, bool]] = {
        "export_limit": (command.export_kw, command.export_kw in {0.0, config.grid.max_export_kw}),
        "water_setpoint": (command.water_temperature_c, True),
    }
    if battery is not None:
        bounds = {battery.min_soc_percent, battery.max_soc_percent}
        wanted |= {
            "soc_target": (command.soc_target_percent, command.soc_target_percent in bounds),
            "max_charge_current": (
                command.charge_kw,
                command.charge_kw in {0.0, battery.max_charge_kw},
            ),
            "max_discharge_current": (
                command.discharge_kw,
                command.discharge_kw in {0.0, battery.max_discharge_kw},
            ),
        }
    for role, (value, exact) in wanted.items():
        own = None if value is None else _own_unit(bindings.get(role), value, config)
        if own is not None:
            made.append(Setting(role=role, value=own, exact=exact, stage=BOUNDING))
    return made


def _own_unit(binding: Binding | None, value: float, config: Config) -> float | None:
    """`value` [kW, % or °C] in the unit of the bound entity; ours when nothing is bound."""
    if binding is None or binding.entity is None or binding.quantity is None:
        return value
    if binding.quantity == "current":
        voltage = config.battery.nominal_voltage_v if config.battery else 0.0
        value = value * _WATTS_PER_KW / voltage if voltage else 0.0
    conversion = scale(binding.quantity, binding.entity.unit)
    return None if conversion is None else conversion.theirs(value)
