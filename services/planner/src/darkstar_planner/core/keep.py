"""Staying with an earlier plan while a change of it is worth little.

Every plan is measured against the best one of its moment, never against the plan
before, so that what was kept again and again is let go as soon as all of it together
is worth the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.calm import STILL
from darkstar_planner.core.exclusivity import both_ways, exclusive
from darkstar_planner.core.finish import ROUNDING, finish, is_sound, spare
from darkstar_planner.core.hint import Hint
from darkstar_planner.core.kept_loads import Loads, loads_by
from darkstar_planner.core.model.kepler import Kepler, kepler
from darkstar_planner.core.one_way import one_way
from darkstar_planner.core.penalties import penalties
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved, Unsolved, solve_model

# to leave the hint costs more than any saving and less than any soft limit: of the price of
# the mildest of those [1/kWh]
LOYALTY = 0.2
# what is left of the time limit may be nothing; this much is taken anyway [s]
LEAST_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A plan that stays with the hint.

    Attributes:
        saving: What the best plan would save [currency].
        part: What was kept of the hint, in words; empty for all of it.
    """

    found: Solved
    saving: float
    part: str = ""

    @property
    def note(self) -> str | None:
        """The sentence for people; None where a change would save nothing."""
        if self.saving < 0.005:  # noqa: PLR2004 (rounds to nothing)
            return None
        part = f" {self.part}" if self.part else ""
        return f"kept{part}: a change would save {self.saving:.2f}"


def keep(problem: Problem, best: Solved, hint: Hint) -> Kept | None:
    """The plan that keeps the most of `hint` for at most the problem's `keep_threshold`.

    All of it is tried first, then when the storages charge and discharge but not how
    much, then the heaters and loads alone. None where even those would cost too much.
    """
    before = accounts(problem, best.dispatch)
    threshold = problem.options.keep_threshold
    seconds = max(problem.options.time_limit_seconds - best.seconds, LEAST_SECONDS)
    for part, found in _attempts(problem, best, hint, seconds):
        after = accounts(problem, found.dispatch)
        saving = max(0.0, after.objective - before.objective)
        if saving > threshold + ROUNDING:
            continue
        if not is_sound(problem, found.dispatch, before, after):
            continue
        if part:
            room = min(spare(problem, after.objective, best.bound), threshold - saving)
            found = finish(problem, found, hint=hint, spend=max(0.0, room))  # noqa: PLW2901 (the same plan)
            after = accounts(problem, found.dispatch)
            saving = max(0.0, after.objective - before.objective)
        return Kept(found=_proven_by(best, found), saving=saving, part=part)
    return None


def _proven_by(best: Solved, found: Solved) -> Solved:
    """`found` with what is known of all plans, and the prices of the best one."""
    return replace(
        best,
        dispatch=found.dispatch,
        objective=found.objective,
        seconds=best.seconds + found.seconds,
        model=None,
        linear=None,
    )


def _attempts(
    problem: Problem, best: Solved, hint: Hint, seconds: float
) -> Iterator[tuple[str, Solved]]:
    """Plans that keep less and less of `hint`, each with what it keeps."""
    stores = any(one is not None for powers in hint.power.values() for one in powers)
    runs = any(one is not None for on in hint.on.values() for one in on)
    loads = loads_by(problem, hint, best.dispatch, best.marginal_price)
    alone = without_loads(problem, loads)
    holds: list[tuple[str, Callable[[Kepler, Hint], None]]] = []
    if stores:
        holds = [("", _follow), ("the times of charging and discharging", _hold_direction)]
    if runs:
        holds.append(("the running times", _hold_nothing))
    for part, hold in holds:
        nothing_given_up = hold is _hold_nothing and loads == best.dispatch.loads
        if nothing_given_up or seconds <= 0:
            return
        model = kepler(alone, exclusive(alone))
        hold(model, hint)
        found = solve_model(model, seconds=seconds)
        seconds -= found.seconds
        if not isinstance(found, Unsolved):
            whole = replace(found.dispatch, loads=loads)
            whole = one_way(problem, whole, both_ways(problem, whole).slots)
            yield part, replace(found, dispatch=whole)


def without_loads(problem: Problem, loads: Loads) -> Problem:
    """`problem` in which `loads` are nothing to decide but part of the house's load."""
    fields = {name: getattr(problem, name) for name in Problem.model_fields}
    taken = [sum(power[t] for power in loads.values()) for t in problem.horizon]
    load = tuple(kw + more for kw, more in zip(problem.load_kw, taken, strict=True))
    decided = {
        "load_kw": load,
        "heaters": (),
        "deferrables": (),
        "fixed": tuple(one for one in problem.fixed if one.on is None),
        "options": problem.options.model_copy(update={"hint": None}),
    }
    return Problem(**fields | decided)


def _follow(model: Kepler, hint: Hint) -> None:
    """`kept_power`: charge less discharge is as in `hint`, plus more − less, which cost."""
    draft = model.draft
    price = LOYALTY * penalties(draft.problem).stored
    for name, powers in hint.power.items():
        storage = model.storages[name]
        for t, flows in enumerate(powers):
            if flows is None:
                continue
            cost = price * draft.problem.hours[t]
            more = draft.variable(f"kept.{name}.more_kw[{t}]", cost=cost)
            less = draft.variable(f"kept.{name}.less_kw[{t}]", cost=cost)
            net = [(1.0, storage.charge_kw[t]), (-1.0, storage.discharge_kw[t])]
            wanted = flows[0] - flows[1]
            row = [*net, (-1.0, more), (1.0, less)]
            draft.row(f"kept_power.{name}[{t}]", row, lower=wanted, upper=wanted)


def _hold_direction(model: Kepler, hint: Hint) -> None:
    """No storage charges, or discharges, where it does not in `hint`."""
    for name, powers in hint.power.items():
        storage = model.storages[name]
        for t, flows in enumerate(powers):
            if flows is None:
                continue
            net = flows[0] - flows[1]
            if net < STILL:
                storage.charge_kw[t].upper_bound = 0.0
            if net > -STILL:
                storage.discharge_kw[t].upper_bound = 0.0


def _hold_nothing(model: Kepler, hint: Hint) -> None:
    """The storages are free."""
