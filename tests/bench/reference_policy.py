"""The predecessor in the time machine: its formulation, its horizon, its pinned end.

It plans to the end of the published prices, on median load and a share of median PV, with the
efficiencies it assumed, no wear, no worth of what is left, and a penalty on both sides of a
target for the end: its default risk level. The rules of its water heater take CBC half a
minute for each plan, so the house here has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pulp
from bench.reference_model import _Model

from darkstar_common.contract import QuantileForecast
from darkstar_lab.kepler import Kepler
from darkstar_lab.policy import Now
from darkstar_lab.sight import Sight
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Checks, SlotPlan, Solution, StoragePlan

CHARGED, DISCHARGED, PV_CONFIDENCE = 0.92, 0.95, 0.83
BUFFER, PER_RAW, MOST, TARGET_PENALTY = 10.0, 40.0, 8.0, 8.0
RAW, PER_DEFICIT, FIRST_DAY = 1.05, 0.2, 0.7
SECONDS = 10.0
_DAY = 96


@dataclass(slots=True)
class Predecessor(Kepler):
    """Plans with the reference model in place of Kepler's."""

    sight: Sight = field(default_factory=lambda: Sight(prices="published"))
    _heard: tuple[QuantileForecast, ...] = ()

    def _told(self, inputs: Inputs, now: Now) -> Inputs:
        told = Kepler._told(self, inputs, now)
        self._heard = tuple(one for one in (told.load, told.pv) if one is not None)
        return told

    def solved(self, planned: Planned) -> Solution:
        """The reference model's plan."""
        load, pv = (tuple(one.p50_kw for one in heard.slots) for heard in self._heard)
        count = planned.problem.count
        battery = planned.problem.batteries[0].model_copy(
            update={
                "charge_efficiency": CHARGED,
                "discharge_efficiency": DISCHARGED,
                "wear_cost_per_kwh": 0.0,
                "terminal_value_curve": (),
                "target_kwh": None,
            }
        )
        problem = planned.problem.model_copy(
            update={
                "load_kw": load[:count],
                "pv_kw": tuple(PV_CONFIDENCE * kw for kw in pv[:count]),
                "batteries": (battery,),
            }
        )
        return _solved(problem, battery.capacity_kwh * _target_percent(self, load, pv) / 100)


def _target_percent(policy: Predecessor, load: tuple[float, ...], pv: tuple[float, ...]) -> float:
    """Minimum, buffer of the middle risk level, and the weighted deficit of two days [%]."""
    first, second = (
        max(0.0, 1 - sum(pv[day : day + _DAY]) / sum(load[day : day + _DAY])) for day in (0, _DAY)
    )
    raw = RAW + PER_DEFICIT * (FIRST_DAY * first + (1 - FIRST_DAY) * second)
    least = policy.config.battery.min_soc_percent if policy.config.battery else 0.0
    return least + BUFFER + min(MOST, max(-MOST, PER_RAW * (raw - 1)))


def _solved(problem: Problem, target_kwh: float) -> Solution:
    model = _Model(problem)
    under, over = (pulp.LpVariable(name, lowBound=0) for name in ("under", "over"))
    model.whole += model.stored[-1] + under - over == target_kwh
    model.whole.setObjective(pulp.lpSum([*model.terms, TARGET_PENALTY * (under + over)]))
    model.whole.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=SECONDS))
    return _solution(problem, model.dispatch())


def _solution(problem: Problem, made: Dispatch) -> Solution:
    """Its dispatch in the form that schedules are made from."""
    name = problem.batteries[0].id
    battery = made.storages[name]
    slots = tuple(
        SlotPlan(
            start=problem.starts[t],
            import_kw=made.import_kw[t],
            export_kw=made.export_kw[t],
            curtailed_kw=made.curtailed_kw[t],
            unserved_kw=made.unserved_kw[t],
            batteries={
                name: StoragePlan(
                    charge_kw=battery.charge_kw[t],
                    discharge_kw=battery.discharge_kw[t],
                    stored_kwh=battery.stored_kwh[t],
                )
            },
        )
        for t in problem.horizon
    )
    return Solution(
        status="optimal",
        currency=problem.currency,
        cost=0.0,
        objective=0.0,
        bound=None,
        gap=None,
        solver="cbc",
        solve_seconds=0.0,
        total_seconds=0.0,
        slots=slots,
        checks=Checks(passed=True, largest_error=0.0),
    )
