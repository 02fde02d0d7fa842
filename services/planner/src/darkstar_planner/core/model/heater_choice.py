"""Water heaters as a choice among whole paths, which are added as they prove useful."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from darkstar_planner.core.blocks import off_since
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.heating_path import HeatingPath
from darkstar_planner.core.model.deferrable import Powers
from darkstar_planner.core.model.draft import Draft

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaterChoice:
    """The rows a path of one heater takes part in.

    Attributes:
        on: Whether the heater is on in each slot.
        follows: `heater_path`: on where the chosen path is on.
        chosen: `heater_choice`: one path.
        paths: Share of each path that was added; a yes or no in the end.
        known: What was added.
    """

    heater: Heater
    on: tuple[mathopt.Variable, ...]
    follows: tuple[mathopt.LinearConstraint, ...]
    chosen: mathopt.LinearConstraint
    paths: list[mathopt.Variable]
    known: set[tuple[bool, ...]]

    @property
    def power(self) -> tuple[Powers, ...]:
        """For each slot the terms whose sum is the heater's power [kW]."""
        return tuple(((self.heater.power_kw, one),) for one in self.on)


def add_heater_choice(draft: Draft, heater: Heater) -> HeaterChoice:
    """Add one heater, its power and the two kinds of rows, as yet without any path."""
    name = heater.id
    # without bounds of their own, so that their worth shows whole in the duals of `follows`
    free = -math.inf
    on = tuple(draft.variable(f"heater.{name}.on[{t}]", lower=free) for t in draft.problem.horizon)
    for t in draft.problem.horizon:
        draft.supply[t].append((-heater.power_kw, on[t]))
    draft.model.objective.offset += overdue_before(draft, heater)
    return HeaterChoice(
        heater=heater,
        on=on,
        follows=tuple(
            draft.row(f"heater_path.{name}[{t}]", [(1.0, on[t])], lower=0, upper=0)
            for t in draft.problem.horizon
        ),
        chosen=draft.row(f"heater_choice.{name}", [], lower=1, upper=1),
        paths=[],
        known=set(),
    )


def add_path(draft: Draft, choice: HeaterChoice, path: HeatingPath, own_cost: float) -> None:
    """Add `path`, which costs `own_cost` besides its power, to what `choice` is made from."""
    name = f"heater.{choice.heater.id}.path[{len(choice.paths)}]"
    share = draft.variable(name, cost=own_cost)
    choice.chosen.set_coefficient(share, 1.0)
    for t, on in enumerate(path.on):
        if on:
            choice.follows[t].set_coefficient(share, -1.0)
    choice.paths.append(share)
    choice.known.add(path.on)


def overdue_before(draft: Draft, heater: Heater) -> float:
    """What the hours overdue before the horizon cost, whatever the plan [currency]."""
    since = off_since(draft.problem, heater)
    if since is None or heater.max_gap_hours is None:
        return 0.0
    hours = max(0, math.ceil(-since - heater.max_gap_hours - ROUNDING))
    return hours * heater.gap_penalty_per_hour
