"""How much warm water is asked for, and how little it may be missing."""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_common.config import WaterHeater
from darkstar_common.contract import RuleEffect
from darkstar_planner.core.strategy.words import changes

USUAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What a level of comfort multiplies the configuration with."""

    daily_min: float
    gap: float
    gap_penalty: float
    start_penalty: float


LEVELS = {
    1: Factors(daily_min=0.70, gap=1.50, gap_penalty=0.25, start_penalty=1.50),
    2: Factors(daily_min=0.85, gap=1.25, gap_penalty=0.50, start_penalty=1.25),
    3: Factors(daily_min=1.00, gap=1.00, gap_penalty=1.00, start_penalty=1.00),
    4: Factors(daily_min=1.10, gap=0.85, gap_penalty=2.00, start_penalty=0.75),
    5: Factors(daily_min=1.25, gap=0.70, gap_penalty=4.00, start_penalty=0.50),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comfort:
    """What the plan is asked for in hot water; the fields are those of a problem's heater."""

    daily_min_kwh: float = 0.0
    max_gap_hours: float | None = None
    gap_penalty_per_hour: float = 0.0
    start_penalty: float = 0.0


def comfort(heater: WaterHeater, level: int) -> Comfort:
    """What is asked for at a comfort from 1 (saves most) to 5 (never cold).

    No longest gap becomes shorter than the least spacing, which would be a penalty that
    no plan can avoid.
    """
    factors, gap = LEVELS[level], heater.max_gap_hours
    if gap is not None:
        gap = max(factors.gap * gap, min(gap, heater.min_spacing_hours))
    return Comfort(
        daily_min_kwh=factors.daily_min * heater.daily_min_kwh,
        max_gap_hours=gap,
        gap_penalty_per_hour=factors.gap_penalty * heater.gap_penalty_per_hour,
        start_penalty=factors.start_penalty * heater.start_penalty,
    )


def comfort_rule(heater: WaterHeater, asked: Comfort, level: int) -> list[RuleEffect]:
    """What the comfort `level` changed."""
    changed = changes(
        (
            ("{} kWh of hot water a day", asked.daily_min_kwh, heater.daily_min_kwh),
            (
                "at most {} h between heatings",
                asked.max_gap_hours or 0.0,
                heater.max_gap_hours or 0.0,
            ),
            ("each hour beyond costs {}", asked.gap_penalty_per_hour, heater.gap_penalty_per_hour),
            ("each start costs {}", asked.start_penalty, heater.start_penalty),
        )
    )
    if not changed:
        return []
    aim = "rather cheap than warm" if level < USUAL else "rather warm than cheap"
    return [RuleEffect(rule="comfort", changed=changed, reason=f"comfort {level}: {aim}")]
