"""The commands there are, each safe to be left alone for hours, and their limits.

Every one is made here, so that a grid charge cannot be without a ceiling nor an export
without a floor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from darkstar_common.config import Config
from darkstar_common.contract import Command, Intent

FORCED: frozenset[Intent] = frozenset({"charge_from_grid", "export"})


def floor_percent(config: Config) -> float:
    """What the battery is never discharged below by us [%]."""
    return config.battery.min_soc_percent if config.battery else 0.0


def ceiling_percent(config: Config) -> float:
    """What it is never charged above from the grid [%]."""
    return config.battery.max_soc_percent if config.battery else 100.0


def self_consume(
    config: Config,
    *,
    floor: float | None = None,
    discharge_kw: float | None = None,
    charge_kw: float | None = None,
    intent: Intent = "self_consume",
    export_kw: float | None = None,
) -> Command:
    """PV to house, then battery, then grid; the battery serves the house down to `floor` [%]."""
    return limited(
        Command(
            intent=intent,
            charge_kw=charge_kw,
            discharge_kw=discharge_kw,
            export_kw=export_kw,
            soc_target_percent=floor_percent(config) if floor is None else floor,
        ),
        config,
    )


def charge_from_grid(
    config: Config,
    *,
    charge_kw: float,
    ceiling: float,
    export_kw: float | None = None,
    grid_kw: float | None = None,
    until: datetime | None = None,
) -> Command:
    """The grid helps to charge with `charge_kw`, up to `ceiling` [%] and no further."""
    return limited(
        Command(
            intent="charge_from_grid",
            charge_kw=charge_kw,
            export_kw=export_kw,
            soc_target_percent=ceiling,
            grid_kw=charge_kw if grid_kw is None else grid_kw,
            until=until,
        ),
        config,
    )


def export(
    config: Config,
    *,
    discharge_kw: float,
    floor: float,
    export_kw: float | None = None,
    grid_kw: float | None = None,
    until: datetime | None = None,
) -> Command:
    """The battery feeds house and grid with `discharge_kw`, down to `floor` [%]."""
    return limited(
        Command(
            intent="export",
            discharge_kw=discharge_kw,
            export_kw=export_kw,
            soc_target_percent=floor,
            grid_kw=-discharge_kw if grid_kw is None else grid_kw,
            until=until,
        ),
        config,
    )


def fallback(config: Config) -> Command:
    """What the house does without a plan: self-consumption within limits, normal hot water."""
    normal = config.water_heater.normal_c if config.water_heater else None
    return heated(self_consume(config), normal, config)


def heated(command: Command, water_c: float | None, config: Config) -> Command:
    """`command` with that set-point of the water heater [°C], never above its hottest."""
    heater = config.water_heater
    if heater is None or water_c is None:
        return command.model_copy(update={"water_temperature_c": None, "water_on": None})
    set_point = min(max(water_c, 0.0), heater.max_c)
    return command.model_copy(
        update={"water_temperature_c": set_point, "water_on": set_point > heater.off_c}
    )


def driven(command: Command, evs: Mapping[str, float | None], config: Config) -> Command:
    """`command` with the most for each vehicle [kW]; one with None is left alone."""
    given = {ev.id: evs.get(ev.id) for ev in config.evs}
    most = {ev.id: ev.max_charge_kw for ev in config.evs}
    return command.model_copy(
        update={"evs": {id_: min(kw, most[id_]) for id_, kw in given.items() if kw is not None}}
    )


def limited(command: Command, config: Config) -> Command:
    """`command` within the configured limits; doing it twice changes nothing.

    A limit that is not asked for is the configured one. Without a battery nothing is said
    about it.
    """
    return command.model_copy(
        update=_grid_limits(command, config) | _battery_limits(command, config)
    )


def _grid_limits(command: Command, config: Config) -> dict[str, float | None]:
    grid, meter = config.grid, command.grid_kw
    return {
        "export_kw": _at_most(command.export_kw, grid.max_export_kw),
        "grid_kw": None
        if meter is None
        else min(max(meter, -grid.max_export_kw), grid.max_import_kw),
    }


def _battery_limits(command: Command, config: Config) -> dict[str, float | None]:
    battery = config.battery
    if battery is None:
        return {"charge_kw": None, "discharge_kw": None, "soc_target_percent": None}
    target = battery.min_soc_percent
    if command.soc_target_percent is not None:
        target = min(max(command.soc_target_percent, target), battery.max_soc_percent)
    return {
        "charge_kw": _at_most(command.charge_kw, battery.max_charge_kw),
        "discharge_kw": _at_most(command.discharge_kw, battery.max_discharge_kw),
        "soc_target_percent": target,
    }


def _at_most(wanted: float | None, limit: float) -> float:
    return limit if wanted is None else min(wanted, limit)
