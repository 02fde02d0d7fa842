"""Loads that must run once within a window: in one piece, or in pieces."""

from __future__ import annotations

from ortools.math_opt.python import mathopt

from darkstar_planner.core.devices import Deferrable
from darkstar_planner.core.model.draft import Draft, Term

ROUNDING = 1e-9
Powers = tuple[tuple[float, mathopt.Variable], ...]


def add_deferrable(draft: Draft, load: Deferrable) -> tuple[Powers, ...]:
    """Add one load; for each slot the terms whose sum is its power [kW]."""
    powers = _one_piece(draft, load) if load.contiguous else _pieces(draft, load)
    for t in draft.problem.horizon:
        draft.supply[t].extend((-power, variable) for power, variable in powers[t])
    return tuple(tuple(terms) for terms in powers)


def window(draft: Draft, load: Deferrable) -> range:
    """The slots in which `load` may run."""
    count = draft.problem.count
    last = count if load.deadline_slot is None else min(load.deadline_slot, count)
    return range(min(load.earliest_slot, last), last)


def _pieces(draft: Draft, load: Deferrable) -> list[list[Term]]:
    """`deferrable_energy`: on or off in each slot, until the energy is had.

    A need that is no whole number of slots lets the load stop early, all in all by
    less than a slot (`deferrable_cut`).
    """
    hours, allowed = draft.problem.hours, window(draft, load)
    powers: list[list[Term]] = [[] for _ in draft.problem.horizon]
    for t in allowed:
        powers[t].append((load.power_kw, draft.binary(f"deferrable.{load.id}.on[{t}]")))
    sizes = [load.power_kw * hours[t] for t in allowed]
    if sizes and not _is_whole(load.need_kwh, sizes):
        cuts: list[Term] = []
        for t in allowed:
            cut = draft.variable(f"deferrable.{load.id}.cut_kw[{t}]", load.power_kw)
            draft.row(f"deferrable_off.{load.id}[{t}]", [(1.0, cut), *_negated(powers[t])], upper=0)
            powers[t].append((-1.0, cut))
            cuts.append((hours[t], cut))
        draft.row(f"deferrable_cut.{load.id}", cuts, upper=max(sizes))
    terms = [(power * hours[t], variable) for t in allowed for power, variable in powers[t]]
    _demand(draft, load, terms)
    return powers


def _is_whole(need_kwh: float, sizes: list[float]) -> bool:
    """Whether `need_kwh` is a number of whole slots that are all of one size."""
    even = max(sizes) - min(sizes) <= ROUNDING
    return even and abs(need_kwh / sizes[0] - round(need_kwh / sizes[0])) <= ROUNDING


def _negated(terms: list[Term]) -> list[Term]:
    return [(-coefficient, variable) for coefficient, variable in terms]


def _one_piece(draft: Draft, load: Deferrable) -> list[list[Term]]:
    """`deferrable_start`: one start, and with it the power of every slot, is chosen."""
    powers: list[list[Term]] = [[] for _ in draft.problem.horizon]
    terms: list[Term] = []
    for first in window(draft, load):
        one = draft.binary(f"deferrable.{load.id}.starts[{first}]")
        run = _run(draft, load, first)
        for t, power in run.items():
            powers[t].append((power, one))
        terms.append((sum(power * draft.problem.hours[t] for t, power in run.items()), one))
    draft.row(f"deferrable_start.{load.id}", [(1.0, one) for _, one in terms], upper=1.0)
    _demand(draft, load, terms)
    return powers


def _run(draft: Draft, load: Deferrable, first: int) -> dict[int, float]:
    """Power in each slot [kW] when started at `first`; the window may cut it short."""
    left, run = load.need_kwh, {}
    for t in range(first, window(draft, load).stop):
        if left <= ROUNDING:
            break
        hours = draft.problem.hours[t]
        run[t] = min(load.power_kw, left / hours)
        left -= run[t] * hours
    return run


def _demand(draft: Draft, load: Deferrable, terms: list[Term]) -> None:
    name = f"deferrable_energy.{load.id}"
    missing = draft.variable(
        f"deferrable.{load.id}.missing_kwh", load.need_kwh, cost=draft.penalties.heat
    )
    draft.row(name, [*terms, (1.0, missing)], lower=load.need_kwh, upper=load.need_kwh)
