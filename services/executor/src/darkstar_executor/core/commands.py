"""The commands there are, each safe to be left alone for hours, and their limits.

Every one is made here, so that a grid charge cannot be without a ceiling nor an export
without a floor.
"""

from __future__ import annotations

from darkstar_common.config import Config
from darkstar_common.contract import Command, Intent

HOTTEST_WATER_C = 85.0
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
    config: Config, *, charge_kw: float, ceiling: float, export_kw: float | None = None
) -> Command:
    """The grid helps to charge with `charge_kw`, up to `ceiling` [%] and no further."""
    return limited(
        Command(
            intent="charge_from_grid",
            charge_kw=charge_kw,
            export_kw=export_kw,
            soc_target_percent=ceiling,
        ),
        config,
    )


def export(
    config: Config, *, discharge_kw: float, floor: float, export_kw: float | None = None
) -> Command:
    """The battery feeds house and grid with `discharge_kw`, down to `floor` [%]."""
    return limited(
        Command(
            intent="export",
            discharge_kw=discharge_kw,
            export_kw=export_kw,
            soc_target_percent=floor,
        ),
        config,
    )


def fallback(config: Config) -> Command:
    """What the house does without a plan: self-consumption within limits, normal hot water."""
    return heated(
        self_consume(config), config.water_heater.normal_c if config.water_heater else None
    )


def heated(command: Command, water_c: float | None) -> Command:
    """`command` with that set-point of the water heater [°C]."""
    hottest = None if water_c is None else min(max(water_c, 0.0), HOTTEST_WATER_C)
    return command.model_copy(update={"water_temperature_c": hottest})


def limited(command: Command, config: Config) -> Command:
    """`command` within the configured limits; doing it twice changes nothing.

    A limit that is not asked for is the configured one. Without a battery nothing is said
    about it.
    """
    battery = config.battery
    most_export = config.grid.max_export_kw
    export_kw = most_export if command.export_kw is None else min(command.export_kw, most_export)
    if battery is None:
        return command.model_copy(
            update={
                "charge_kw": None,
                "discharge_kw": None,
                "soc_target_percent": None,
                "export_kw": export_kw,
            }
        )
    target = battery.min_soc_percent
    if command.soc_target_percent is not None:
        target = min(max(command.soc_target_percent, target), battery.max_soc_percent)
    return command.model_copy(
        update={
            "charge_kw": _at_most(command.charge_kw, battery.max_charge_kw),
            "discharge_kw": _at_most(command.discharge_kw, battery.max_discharge_kw),
            "soc_target_percent": target,
            "export_kw": export_kw,
        }
    )


def _at_most(wanted: float | None, limit: float) -> float:
    return limit if wanted is None else min(wanted, limit)
