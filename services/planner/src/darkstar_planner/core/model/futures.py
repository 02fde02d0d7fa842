"""Several futures of one house in one model: what is decided first is the same in all.

Each future has its own variables and rows, whose names begin with its number, and
counts by its weight in the objective. (Two-stage stochastic programming, the
deterministic equivalent; Birge and Louveaux, 2011.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from darkstar_planner.core.branches import Branch
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.model.draft import Draft, Exclusive, Term
from darkstar_planner.core.model.kepler import Kepler, complete

# leaving what was decided, of the price of unserved load
HELD = 10.0
# what is no farther from what was decided follows it [kW]
TOLERANCE = 1e-4


def together(
    branches: Sequence[Branch],
    told: Sequence[Exclusive],
    *,
    commit: int,
    by_path: bool = False,
) -> Kepler:
    """One model of all `branches`, which decide alike in the first `commit` slots."""
    made: list[Kepler] = []
    for number, (branch, exclusive) in enumerate(zip(branches, told, strict=True)):
        prefix = f"future[{number}]/" if number else ""
        beside = made[0].draft if made else None
        draft = Draft.of(branch.problem, exclusive, beside=beside, prefix=prefix)
        with draft.weighing(branch.weight):
            made.append(complete(draft, by_path=by_path))
    first, others = made[0], tuple(made[1:])
    decided = dict(decisions(first, commit))
    for one in others:
        for name, terms in decisions(one, commit):
            same = [(-coefficient, variable) for coefficient, variable in decided[name]]
            one.draft.row(f"common_{name}", [*terms, *same], lower=0.0, upper=0.0)
    return replace(first, others=others)


def hold(model: Kepler, decided: Dispatch, *, commit: int) -> Kepler:
    """`model`, held to what `decided` does in the first `commit` slots.

    To leave it is dearer than anything else, but not forbidden: what a solver has found
    is true to its rounding only, and held to it exactly may be found impossible.
    """
    draft, powers = model.draft, dict(decided_powers(decided, commit))
    price = HELD * draft.penalties.unserved
    for name, terms in decisions(model, commit):
        less = draft.variable(f"common_{name}.less_kw", cost=price)
        more = draft.variable(f"common_{name}.more_kw", cost=price)
        slack: list[Term] = [(1.0, less), (-1.0, more)]
        draft.row(f"common_{name}", [*terms, *slack], lower=powers[name], upper=powers[name])
    return model


def follows(dispatch: Dispatch, decided: Dispatch, *, commit: int) -> bool:
    """Whether `dispatch` begins as `decided` does."""
    powers = dict(decided_powers(dispatch, commit))
    known = decided_powers(decided, commit)
    return all(abs(powers[name] - power) <= TOLERANCE for name, power in known)


def decisions(model: Kepler, commit: int) -> Iterator[tuple[str, Sequence[Term]]]:
    """What `model` decides in the first `commit` slots: names, and terms of the power [kW]."""
    for t in model.draft.problem.horizon[:commit]:
        for name, storage in model.storages.items():
            yield f"charge.{name}[{t}]", [(1.0, storage.charge_kw[t])]
            yield f"discharge.{name}[{t}]", [(1.0, storage.discharge_kw[t])]
        for name, powers in model.loads.items():
            yield f"power.{name}[{t}]", powers[t]


def decided_powers(dispatch: Dispatch, commit: int) -> Iterator[tuple[str, float]]:
    """What `dispatch` does in the first `commit` slots, by the names of `decisions` [kW]."""
    for name, storage in dispatch.storages.items():
        for t, power in enumerate(storage.charge_kw[:commit]):
            yield f"charge.{name}[{t}]", power
        for t, power in enumerate(storage.discharge_kw[:commit]):
            yield f"discharge.{name}[{t}]", power
    for name, powers in dispatch.loads.items():
        for t, power in enumerate(powers[:commit]):
            yield f"power.{name}[{t}]", power
