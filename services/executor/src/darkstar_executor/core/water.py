"""The table for hot water: rows in order, the first that applies wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from darkstar_executor.core.rules import OUTAGE
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


def _hot(case: Situation) -> float | None:
    """Against legionella; never cooler than what the plan asks for."""
    heater = case.config.water_heater
    planned = case.planned.water_temperature_c if case.planned else None
    return max(heater.legionella_c, planned or 0.0) if heater else None


WATER_RULES: tuple[WaterRule, ...] = (
    WaterRule(
        name="off",
        when="automation is switched off",
        then="normal, once",
        applies=lambda case: not case.automation,
        set_point=_heater("normal_c"),
    ),
    WaterRule(
        name="pause",
        when="paused",
        then="normal",
        applies=lambda case: case.wishes.paused_until is not None,
        set_point=_heater("normal_c"),
    ),
    WaterRule(
        name="grid_outage",
        when=OUTAGE,
        then="off",
        applies=lambda case: case.outage,
        set_point=_heater("off_c"),
    ),
    WaterRule(
        name="override_stop",
        when="override stop",
        then="off",
        applies=lambda case: case.action == "stop",
        set_point=_heater("off_c"),
    ),
    WaterRule(
        name="peak_guard",
        when="the peak guard cuts heating back",
        then="off",
        applies=lambda case: not case.trim.heat,
        set_point=_heater("off_c"),
    ),
    WaterRule(
        name="override_force_heat",
        when="override force_heat",
        then="boost",
        applies=lambda case: case.action == "force_heat",
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
        name="legionella",
        when="the tank was not hot for `legionella_days` and a heating is planned (or, two days "
        "later, at a cheap hour, or at night where no prices are known); until it has been "
        "measured hot for ten minutes",
        then="`legionella_c`",
        applies=lambda case: case.memory.legionella_since is not None,
        set_point=_hot,
    ),
    WaterRule(
        name="surplus",
        when="at least `surplus_kw` of PV is sold or thrown away for three minutes, until less "
        "than half of it is; SoC at least `surplus_soc_percent`, a sold kWh earns less than "
        "`surplus_below_per_kwh`, the tank is measured and cooler than max by 5 K, until it is "
        "as hot",
        then="max",
        applies=lambda case: case.memory.surplus_heating,
        set_point=_heater("max_c"),
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
