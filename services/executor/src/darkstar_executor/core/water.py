"""The table for hot water: rows in order, the first that applies wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from darkstar_executor.core.rules import OUTAGE_V
from darkstar_executor.core.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterRule:
    """One row of the water heater's table; `set_point` gives [°C]."""

    name: str
    when: str
    then: str
    applies: Callable[[Situation], bool]
    set_point: Callable[[Situation], float | None]


def _heater(level: str) -> Callable[[Situation], float | None]:
    def set_point(case: Situation) -> float | None:
        heater = case.config.water_heater
        return getattr(heater, level) if heater else None

    return set_point


WATER_RULES: tuple[WaterRule, ...] = (
    WaterRule(
        name="pause",
        when="paused",
        then="normal",
        applies=lambda case: case.wishes.paused_until is not None,
        set_point=_heater("normal_c"),
    ),
    WaterRule(
        name="grid_outage",
        when=f"grid voltage known and below {OUTAGE_V:g} V",
        then="off",
        applies=lambda case: case.grid_voltage_v is not None and case.grid_voltage_v < OUTAGE_V,
        set_point=_heater("off_c"),
    ),
    WaterRule(
        name="override_force_heat",
        when="override force_heat",
        then="boost",
        applies=lambda case: (
            case.wishes.override is not None and case.wishes.override.action == "force_heat"
        ),
        set_point=_heater("boost_c"),
    ),
    WaterRule(
        name="water_boost",
        when="water boost",
        then="boost",
        applies=lambda case: case.wishes.water_boost_until is not None,
        set_point=_heater("boost_c"),
    ),
    WaterRule(
        name="plan",
        when="a slot of a valid schedule holds this moment",
        then="the plan's set-point, else normal, for the share of the slot that gives the planned"
        " energy, else off",
        applies=lambda case: case.planned is not None,
        set_point=lambda case: case.planned.water_temperature_c if case.planned else None,
    ),
    WaterRule(
        name="no_plan",
        when="none of these",
        then="normal",
        applies=lambda _: True,
        set_point=_heater("normal_c"),
    ),
)
