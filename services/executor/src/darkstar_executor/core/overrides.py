"""What a person's override means for battery and inverter."""

from __future__ import annotations

from darkstar_common.config import Battery, Config
from darkstar_common.contract import Command, Override, OverrideAction
from darkstar_executor.core import commands

CALM: frozenset[OverrideAction] = frozenset({"hold", "self_consume", "stop"})
"""Those that neither charge from the grid nor sell, and can be kept from discharging."""


def asked(override: Override, config: Config, *, held: float | None, empty: bool) -> Command:
    """The command; the override's own SoC bounds the flow, else the configured limits.

    A hold or a stop keeps the battery where it was `held` [%]; an `empty` one is too far below
    its floor to be discharged.
    """
    battery = config.battery
    if battery is None:
        return commands.self_consume(config)
    match override.action:
        case "force_charge":
            return _charge(override, config, battery)
        case "force_export":
            return _export(override, config, battery)
        case "hold":
            return commands.self_consume(config, intent="hold", discharge_kw=0.0, floor=held)
        case "stop":
            return commands.self_consume(
                config, intent="idle", charge_kw=0.0, discharge_kw=0.0, floor=held
            )
    return commands.self_consume(config, discharge_kw=0.0 if empty else None)


def _charge(override: Override, config: Config, battery: Battery) -> Command:
    wished = override.soc_percent
    return commands.charge_from_grid(
        config,
        charge_kw=battery.max_charge_kw,
        ceiling=battery.max_soc_percent if wished is None else wished,
        until=override.until,
    )


def _export(override: Override, config: Config, battery: Battery) -> Command:
    wished = override.soc_percent
    return commands.export(
        config,
        discharge_kw=battery.max_discharge_kw,
        floor=battery.min_soc_percent if wished is None else wished,
        until=override.until,
    )
