"""The decision: everything that is known at a moment, into one command with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_common.contract import Command
from darkstar_executor.core import commands
from darkstar_executor.core.rules import RULES
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.water import WATER_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done now, and why."""

    command: Command
    rule: str
    reason: str
    water_rule: str
    planned: Command | None = None


def decide(case: Situation) -> Decision:
    """The first row of each table that applies; always a command within the limits."""
    rule = next(row for row in RULES if row.applies(case))
    water = next(row for row in WATER_RULES if row.applies(case))
    return Decision(
        command=commands.heated(rule.command(case), water.set_point(case)),
        rule=rule.name,
        reason=rule.reason(case),
        water_rule=water.name,
        planned=case.planned,
    )
