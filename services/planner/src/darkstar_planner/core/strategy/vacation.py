"""Nobody is at home: no warm water is asked for."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from darkstar_common.config import WaterHeater
from darkstar_common.contract import RuleEffect
from darkstar_planner.core.strategy.comfort import Comfort
from darkstar_planner.core.strategy.outlook import Wishes
from darkstar_planner.core.strategy.words import local_time

NOTHING = Comfort()
"""What is asked for in hot water while nobody is there."""


def vacation_rule(heater: WaterHeater, wishes: Wishes, zone: ZoneInfo) -> list[RuleEffect]:
    """What it changed that nobody is at home."""
    until = wishes.vacation_until
    end = "" if until is None else f" until {local_time(until, zone)}"
    return [
        RuleEffect(
            rule="vacation",
            changed=f"asks for no hot water instead of {heater.daily_min_kwh:g} kWh a day",
            reason=f"nobody is at home{end}",
        )
    ]
