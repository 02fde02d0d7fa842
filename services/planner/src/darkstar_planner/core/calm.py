"""How calm a plan looks, and the calmest plan for a given sum of money.

The changes of power are counted once each, however large: a change by x weighs
x / (its size in the plan so far + a little), so the sum is close to their number.
(Reweighted l1 minimisation; Candès, Wakin and Boyd, 2008.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from darkstar_planner.core.devices import Battery, Ev
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.hint import Hint
from darkstar_planner.core.model.battery import StorageVars
from darkstar_planner.core.model.kepler import Kepler
from darkstar_planner.core.overlay import Overlay
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solver import Solved, read_dispatch

# of a storage's power: among smaller changes none is preferred
FINE = 0.1
# beside a change of power: any power at all, a distance from the hint, curtailing at once
BUSY, AWAY, EARLY = 0.05, 1.0, 0.01
# of a storage's power: a run of less than this is a crumb, and starts no other
CRUMB = 0.02
# so many slots on either side of a run may join it
NEAR = 4
# what a change of power is worth, of the wanted gap, and at least [currency]
TURN, LEAST_TURN = 0.1, 1e-3
# less than this is no power [kW]
STILL = 0.01
DUST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """How a plan looks.

    Attributes:
        switches: How often a storage turns between charging, discharging and rest.
        moved_kw: Sum of all changes of power from one slot to the next [kW].
        away_kw: Sum of the distances from the hint's powers [kW].
        early_kwh: Curtailed energy, the more of it the earlier [kWh].
    """

    switches: int
    moved_kw: float
    away_kw: float
    early_kwh: float


def calm(problem: Problem, dispatch: Dispatch, hint: Hint | None = None) -> Calm:
    """How calm `dispatch` is."""
    switches, moved, away = 0, 0.0, 0.0
    for storage in problem.storages:
        power = net_kw(dispatch.storages[storage.id])
        steps = list(pairwise((_before(problem, storage), *power)))
        switches += sum(_mode(one) != _mode(other) for one, other in steps)
        moved += sum(abs(other - one) for one, other in steps)
        if hint is not None:
            known = zip(power, hint.power[storage.id], strict=True)
            away += sum(abs(kw - (one[0] - one[1])) for kw, one in known if one is not None)
    early = sum(_early(problem, t) * kw for t, kw in enumerate(dispatch.curtailed_kw))
    return Calm(switches=switches, moved_kw=moved, away_kw=away, early_kwh=early)


def net_kw(made: StorageDispatch) -> list[float]:
    """Charge less discharge in each slot [kW]."""
    return [into - out for into, out in zip(made.charge_kw, made.discharge_kw, strict=True)]


def calmest(
    problem: Problem, found: Solved, hint: Hint | None, *, most: float, seconds: float
) -> Dispatch | None:
    """The calmest dispatch whose objective is `most` [currency] at most; None without one.

    Heaters and loads do what they do in `found`, cars charge where they did, and a
    battery turns nowhere from charging to discharging: it only comes to rest, or goes on.
    """
    model = found.model
    if model is None or found.linear is None:
        return None
    overlay = Overlay.of(found.linear)
    price = 1.0 / max(TURN * problem.options.absolute_gap, LEAST_TURN)
    overlay.hold_objective(most, price=price)
    for storage in problem.storages:
        made, powers = model.storages[storage.id], found.dispatch.storages[storage.id]
        power, wanted = net_kw(powers), _wanted(problem, storage, hint)
        one = _Storage(
            made=made,
            power=power,
            wanted=wanted,
            drawn=[kw if asked is None else asked for kw, asked in zip(power, wanted, strict=True)],
            fine=FINE * max(storage.max_charge_kw, storage.max_discharge_kw, STILL),
            before=_before(problem, storage),
        )
        _keep_direction(overlay, one, resting=not isinstance(storage, Ev))
        _add_changes(overlay, one)
        _add_distance(overlay, one)
    for t, variable in enumerate(model.curtailed_kw):
        overlay.cost(variable.id, EARLY * _early(problem, t))
    return _solved(overlay, found, model, seconds=seconds)


def curtailed_late(problem: Problem, found: Solved, *, seconds: float) -> Solved:
    """`found`, or for the same money the plan that curtails as late as can be."""
    model = found.model
    if model is None or found.linear is None or not any(found.dispatch.curtailed_kw):
        return found
    overlay = Overlay.of(found.linear)
    overlay.hold_objective(found.objective + DUST, price=0.0)
    for t, variable in enumerate(model.curtailed_kw):
        overlay.cost(variable.id, _early(problem, t))
    made = _solved(overlay, found, model, seconds=seconds)
    return found if made is None else replace(found, dispatch=made)


def _solved(overlay: Overlay, found: Solved, model: Kepler, *, seconds: float) -> Dispatch | None:
    """What `overlay` makes of `found`, heaters and loads as they were."""
    values = overlay.solve(seconds=seconds)
    if values is None:
        return None
    read = read_dispatch(model, lambda variables: [values[one.id] for one in variables])
    return replace(read, loads=found.dispatch.loads)


def _early(problem: Problem, t: int) -> float:
    """How much a kW curtailed in slot `t` is to be regretted [h]."""
    return problem.hours[t] * (1 - problem.edges[t] / problem.edges[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storage:
    """One storage.

    Attributes:
        power: What it does so far [kW].
        wanted: What the hint has it do [kW]; None where that is silent.
        drawn: The powers that the plan is to look like [kW]: the hint's, else those so far.
        fine: Smaller changes are all alike [kW].
        before: The power before the horizon [kW].
    """

    made: StorageVars
    power: Sequence[float]
    wanted: Sequence[float | None]
    drawn: Sequence[float]
    fine: float
    before: float


def _before(problem: Problem, storage: Battery | Ev) -> float:
    """The power before the first slot [kW]: known of a battery that is the only one."""
    alone = isinstance(storage, Battery) and len(problem.batteries) == 1
    return problem.previous_power_kw if alone else 0.0


def _wanted(problem: Problem, storage: Battery | Ev, hint: Hint | None) -> list[float | None]:
    """Charge less discharge by the hint [kW]."""
    if hint is None:
        return [None] * problem.count
    return [None if flows is None else flows[0] - flows[1] for flows in hint.power[storage.id]]


def _mode(power_kw: float) -> int:
    return 0 if abs(power_kw) < STILL else (1 if power_kw > 0 else -1)


def _keep_direction(overlay: Overlay, one: _Storage, *, resting: bool) -> None:
    """Nothing turns round; what rests may join a run nearby where `resting` says so."""
    least = CRUMB * one.fine / FINE
    for sign, variables in ((1, one.made.charge_kw), (-1, one.made.discharge_kw)):
        for t, power in enumerate(one.power):
            near = one.power[max(0, t - NEAR) : t + NEAR + 1] if resting else ()
            rests = abs(power) <= DUST
            joins = rests and any(sign * kw >= least for kw in near)
            asked = sign * one.drawn[t] > DUST
            if not (joins or asked) and sign * power <= DUST:
                overlay.cap(variables[t].id, 0.0)


def _add_changes(overlay: Overlay, one: _Storage) -> None:
    """`calm_change`: the change from the slot before is up − down; any power counts a little."""
    for t, (before, power) in enumerate(pairwise((one.before, *one.drawn))):
        weight = 1.0 / (abs(power - before) + one.fine)
        charge, discharge = one.made.charge_kw[t].id, one.made.discharge_kw[t].id
        for variable in (charge, discharge):
            overlay.cost(variable, _busy(one, t))
        terms = [(1.0, charge), (-1.0, discharge), *_difference(overlay, weight)]
        if t:
            earlier = one.made.charge_kw[t - 1].id, one.made.discharge_kw[t - 1].id
            terms += [(-1.0, earlier[0]), (1.0, earlier[1])]
        known = 0.0 if t else one.before
        overlay.row(terms, lower=known, upper=known)


def _busy(one: _Storage, t: int) -> float:
    """What a kW in slot `t` counts: a crumb as much as the turns that it makes."""
    power, least = one.power[t], CRUMB * one.fine / FINE
    beside = (*one.power[max(0, t - 1) : t], *one.power[t + 1 : t + 2])
    if DUST < abs(power) < least and all(kw * power <= 0 for kw in beside):
        return 1.0 / (abs(power) + DUST)
    return BUSY / (abs(power) + one.fine)


def _add_distance(overlay: Overlay, one: _Storage) -> None:
    """`calm_distance`: the distance from the hint's power is up − down."""
    for t, wanted in enumerate(one.wanted):
        if wanted is None:
            continue
        charge, discharge = one.made.charge_kw[t].id, one.made.discharge_kw[t].id
        terms = [(1.0, charge), (-1.0, discharge), *_difference(overlay, AWAY / one.fine)]
        overlay.row(terms, lower=wanted, upper=wanted)


def _difference(overlay: Overlay, weight: float) -> list[tuple[float, int]]:
    """The terms of a signed difference whose size costs `weight`."""
    return [(-1.0, overlay.variable(weight)), (1.0, overlay.variable(weight))]
