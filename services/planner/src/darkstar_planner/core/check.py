"""Says whether a dispatch obeys the house, without asking the solver.

This is the specification of a valid plan. It shares no code with the model, so that
a mistake in a constraint shows up here. What a plan was allowed to break must be
among its reported violations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from darkstar_planner.core.check_loads import deferrable_errors, heater_errors
from darkstar_planner.core.devices import Ev, Storage
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Checks, Violation

TOLERANCE = 1e-4
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reported:
    """What a plan admits to break, by name and slot."""

    admitted: frozenset[tuple[str, int | None]]

    def excuses(self, what: str, slot: int | None) -> bool:
        """Whether `what` in `slot` was reported."""
        return (what, slot) in self.admitted


def check(problem: Problem, dispatch: Dispatch, violations: Iterable[Violation]) -> Checks:
    """Every rule that `dispatch` breaks without saying so, and the largest distance from one."""
    reported = Reported(frozenset((one.what, one.slot) for one in violations))
    errors = [
        *_flows(problem, dispatch),
        *_meter(problem, dispatch),
        *(
            error
            for one in problem.storages
            for error in _storage(problem, one, dispatch, reported)
        ),
        *(
            error
            for one in problem.heaters
            for error in heater_errors(problem, one, dispatch.loads[one.id], reported.excuses)
        ),
        *(
            error
            for one in problem.deferrables
            for error in deferrable_errors(problem, one, dispatch.loads[one.id], reported.excuses)
        ),
    ]
    broken = [f"{what} by {size:.6f}" for what, size in errors if size > TOLERANCE]
    largest = max((size for _, size in errors), default=0.0)
    return Checks(
        passed=not broken, largest_error=max(0.0, largest), problems=tuple(broken[:SHOWN])
    )


Error = tuple[str, float]


def _flows(problem: Problem, dispatch: Dispatch) -> Iterator[Error]:
    """What flows in flows out; nothing flows backwards; the inverter carries it."""
    house = [dispatch.storages[one.id] for one in problem.batteries]
    cars = [dispatch.storages[one.id] for one in problem.evs]
    for t in problem.horizon:
        pv = problem.pv_kw[t] - dispatch.curtailed_kw[t]
        battery = sum(one.discharge_kw[t] - one.charge_kw[t] for one in house)
        car = sum(one.discharge_kw[t] - one.charge_kw[t] for one in cars)
        load = problem.load_kw[t] + sum(power[t] for power in dispatch.loads.values())
        inverter = _inverted(problem, pv + battery)
        supply = dispatch.import_kw[t] + inverter + car + dispatch.unserved_kw[t]
        yield f"slot {t}: power balance is off", abs(supply - load - dispatch.export_kw[t])
        yield f"slot {t}: curtails more than there is", -pv
        if problem.inverter.max_ac_kw is not None:
            over = abs(inverter) - problem.inverter.max_ac_kw
            yield f"slot {t}: overloads the inverter", over
        yield from _backwards(t, dispatch)


def _inverted(problem: Problem, dc_kw: float) -> float:
    """What PV and batteries are at the house: one way or the other, the inverter takes its loss."""
    kept = problem.inverter.efficiency if problem.inverter.dc_coupled else 1.0
    return max(dc_kw, 0.0) * kept - max(-dc_kw, 0.0) / kept


def _backwards(t: int, dispatch: Dispatch) -> Iterator[Error]:
    named = {
        "import": dispatch.import_kw,
        "export": dispatch.export_kw,
        "curtailment": dispatch.curtailed_kw,
        "unserved load": dispatch.unserved_kw,
    }
    for name, power in named.items():
        yield f"slot {t}: negative {name}", -power[t]


def _meter(problem: Problem, dispatch: Dispatch) -> Iterator[Error]:
    grid = problem.grid
    for t in problem.horizon:
        bought, sold = dispatch.import_kw[t], dispatch.export_kw[t]
        yield f"slot {t}: imports and exports at once", min(bought, sold)
        if grid.max_import_kw is not None:
            yield f"slot {t}: imports above max_import_kw", bought - grid.max_import_kw
        if grid.max_export_kw is not None:
            yield f"slot {t}: exports above max_export_kw", sold - grid.max_export_kw


def _storage(
    problem: Problem, storage: Storage, dispatch: Dispatch, reported: Reported
) -> Iterator[Error]:
    made, name = dispatch.storages[storage.id], storage.id
    before = storage.stored_kwh
    ceiling = storage.capacity_kwh if storage.max_kwh is None else storage.max_kwh
    highest = max(ceiling, storage.stored_kwh)
    for t, hours in enumerate(problem.hours):
        charge, discharge, stored = made.charge_kw[t], made.discharge_kw[t], made.stored_kwh[t]
        gain = charge * storage.charge_efficiency - discharge / storage.discharge_efficiency
        drift = stored - before - (gain - storage.standby_kw) * hours
        starves = reported.excuses(f"standby_kw {name}", t)
        yield f"slot {t}: {name} loses energy", -drift
        yield f"slot {t}: {name} gains energy", 0.0 if starves else drift
        yield f"slot {t}: {name} is below empty", -stored
        yield f"slot {t}: {name} is above its maximum", stored - highest
        if not reported.excuses(f"min_kwh {name}", t):
            yield f"slot {t}: {name} is below min_kwh unsaid", storage.min_kwh - stored
        yield from _powers(storage, made, t, before)
        yield from _directions(storage, made, dispatch, t)
        before = stored


def _powers(storage: Storage, made: StorageDispatch, t: int, stored_kwh: float) -> Iterator[Error]:
    name, charge, discharge = storage.id, made.charge_kw[t], made.discharge_kw[t]
    away = isinstance(storage, Ev) and _is_away(storage, t)
    most_in = 0.0 if away else storage.max_charge_kw
    most_out = 0.0 if away else storage.max_discharge_kw
    yield f"slot {t}: {name} charges too fast", charge - most_in
    yield f"slot {t}: {name} discharges too fast", discharge - most_out
    yield f"slot {t}: {name} flows backwards", max(-charge, -discharge)
    if charge > TOLERANCE:
        yield f"slot {t}: {name} charges below min_charge_kw", storage.min_charge_kw - charge
    if _within(storage.charge_taper, stored_kwh):
        most_in = _interpolated(storage.charge_taper, stored_kwh)
        yield f"slot {t}: {name} charges above its taper", charge - most_in
    if _within(storage.discharge_taper, stored_kwh):
        most_out = _interpolated(storage.discharge_taper, stored_kwh)
        yield f"slot {t}: {name} discharges above its taper", discharge - most_out


def _is_away(car: Ev, t: int) -> bool:
    if car.available is None:
        return car.departure_slot is not None and t >= car.departure_slot
    return not car.available[t]


def _directions(
    storage: Storage, made: StorageDispatch, dispatch: Dispatch, t: int
) -> Iterator[Error]:
    name, charge, discharge = storage.id, made.charge_kw[t], made.discharge_kw[t]
    yield f"slot {t}: {name} charges and discharges at once", min(charge, discharge)
    if not storage.charge_from_grid:
        yield f"slot {t}: {name} charges while importing", min(charge, dispatch.import_kw[t])
    if not storage.discharge_to_grid:
        yield f"slot {t}: {name} discharges while exporting", min(discharge, dispatch.export_kw[t])


def _within(points: Sequence[tuple[float, float]], x: float) -> bool:
    return bool(points) and points[0][0] <= x <= points[-1][0]


def _interpolated(points: Sequence[tuple[float, float]], x: float) -> float:
    """The taper at `x`, by straight lines between its points."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]
