"""Water heaters as a choice among whole paths, which are added as they prove useful.

A path is added in pieces (`path_arcs`), so that any two which meet may be crossed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from darkstar_planner.core.blocks import off_since
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.model.deferrable import Powers
from darkstar_planner.core.model.draft import Draft
from darkstar_planner.core.path_arcs import Arc, Place

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaterChoice:
    """The rows a path of one heater takes part in.

    Attributes:
        on: Whether the heater is on in each slot.
        follows: `heater_path`: on where the chosen path is on.
        chosen: `heater_choice`: one path.
        places: `heater_place`: who comes to where a block begins goes on from there.
        paths: Share of each piece that was added; a yes or no in the end.
        pieces: What was added, by where it begins, ends and leads.
        known: The paths that were added.
    """

    heater: Heater
    on: tuple[mathopt.Variable, ...]
    follows: tuple[mathopt.LinearConstraint, ...]
    chosen: mathopt.LinearConstraint
    paths: list[mathopt.Variable]
    places: dict[Place, mathopt.LinearConstraint]
    pieces: set[tuple[Place | None, int, Place | None]]
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
        places={},
        pieces=set(),
        known=set(),
    )


def add_path(draft: Draft, choice: HeaterChoice, on: tuple[bool, ...], arcs: Iterable[Arc]) -> None:
    """Add the path that is on where `on` says, whose pieces are `arcs`."""
    choice.known.add(on)
    for arc in arcs:
        piece = (arc.begins, arc.ends, arc.leads)
        if piece not in choice.pieces:
            choice.pieces.add(piece)
            _add_arc(draft, choice, arc)


def _add_arc(draft: Draft, choice: HeaterChoice, arc: Arc) -> None:
    name = f"heater.{choice.heater.id}.path[{len(choice.paths)}]"
    share = draft.variable(name, cost=arc.cost)
    choice.paths.append(share)
    if arc.begins is None:
        choice.chosen.set_coefficient(share, 1.0)
    else:
        _place(draft, choice, arc.begins).set_coefficient(share, -1.0)
    if arc.leads is not None:
        _place(draft, choice, arc.leads).set_coefficient(share, 1.0)
    for t in range(arc.first, arc.ends):
        choice.follows[t].set_coefficient(share, -1.0)


def _place(draft: Draft, choice: HeaterChoice, place: Place) -> mathopt.LinearConstraint:
    """The row of `place`, added when it is first needed."""
    row = choice.places.get(place)
    if row is None:
        slot, heat = place
        name = f"heater_place.{choice.heater.id}[{slot},{heat}]"
        row = choice.places[place] = draft.row(name, [], lower=0.0, upper=0.0)
    return row


def overdue_before(draft: Draft, heater: Heater) -> float:
    """What the hours overdue before the horizon cost, whatever the plan [currency]."""
    since = off_since(draft.problem, heater)
    if since is None or heater.max_gap_hours is None:
        return 0.0
    hours = max(0, math.ceil(-since - heater.max_gap_hours - ROUNDING))
    return hours * heater.gap_penalty_per_hour
