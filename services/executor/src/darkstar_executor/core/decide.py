"""The decision: everything that is known at a moment, into one command with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from darkstar_common.contract import Command
from darkstar_executor.core import commands
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.rules import RULES
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.water import WATER_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done now, and why.

    Attributes:
        ev_rules: The row of each vehicle's table, by its id.
        planned: What the schedule asks for now.
        trimmed: What the peak guard cut back and why; None: nothing.
        memory: To be handed to the next decision.
    """

    command: Command
    rule: str
    reason: str
    water_rule: str
    planned: Command | None = None
    ev_rules: Mapping[str, str] = field(default_factory=dict)
    trimmed: str | None = None
    memory: Memory = NO_MEMORY


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
        trimmed=case.trim.reason,
        memory=case.memory,
    )
