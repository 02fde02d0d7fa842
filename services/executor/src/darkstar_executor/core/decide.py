"""The decision: everything that is known at a moment, into one command with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from darkstar_common.contract import Command
from darkstar_executor.core import commands
from darkstar_executor.core.cars import cars_memory, driven
from darkstar_executor.core.hot_cycle import cycle_memory
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.remembering import battery_memory, ended
from darkstar_executor.core.rules import RULES
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.surplus import surplus_memory
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
    case = remembering(case)
    rule = next(row for row in RULES if row.applies(case))
    water = next(row for row in WATER_RULES if row.applies(case))
    powers, ev_rules = driven(case)
    command = _trimmed(rule.command(case), case)
    command = commands.heated(command, water.set_point(case), case.config)
    return Decision(
        command=commands.driven(command, powers, case.config),
        rule=rule.name,
        reason=rule.reason(case),
        water_rule=water.name,
        planned=case.planned,
        ev_rules=ev_rules,
        trimmed=case.trim.reason if case.hands_on else None,
        memory=case.memory,
    )


def remembering(case: Situation) -> Situation:
    """`case` with the memory that goes with its readings."""
    case = replace(case, memory=battery_memory(case))
    memory = replace(case.memory, ended=ended(case))
    memory = cycle_memory(case, surplus_memory(case, memory))
    return replace(case, memory=cars_memory(case, memory))


def _trimmed(command: Command, case: Situation) -> Command:
    """What the guard leaves of a grid charge; the meter is to show as much less."""
    most, charge_kw, grid_kw = case.trim.charge_kw, command.charge_kw, command.grid_kw
    if command.intent != "charge_from_grid" or most is None or charge_kw is None:
        return command
    left_kw = min(charge_kw, most)
    if grid_kw is not None:
        grid_kw = max(grid_kw - (charge_kw - left_kw), min(grid_kw, 0.0))
    return command.model_copy(update={"charge_kw": left_kw, "grid_kw": grid_kw})
