"""The predecessor's formulation, written down to measure against: binaries in every slot, CBC.

Per slot an on/off and a start, a slack for every window of the longest gap (and for every one half
as long again), hard spacing from the start's slot back over the rest, a cost for each start. What
its prices cannot be compared by is left out: its terminal target is the terminal value of the
problem here, its soft limits have Darkstar's penalties, a day's need is Darkstar's share of it,
and a gap window costs a slot's part of an hour overdue, which is its own default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulp

from darkstar_common.runtime import Stopwatch
from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.devices import Battery, Ev, Heater
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.peak_hours import peak_months
from darkstar_planner.core.penalties import penalties
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.wishes import energy_goals, heating_days

CURTAILMENT = 0.1
SECOND_TIER = 1.5
Column = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the reference model came to.

    Attributes:
        seconds: Building and solving [s].
        objective: Of its plan by Darkstar's accounts [currency]; None without a plan.
        finished: Whether CBC proved its own gap within the time.
        problems: What Darkstar's checker finds wrong with its plan.
    """

    seconds: float
    objective: float | None
    finished: bool
    problems: tuple[str, ...] = ()


def solve_reference(problem: Problem, *, seconds: float) -> Reference:
    """Solve `problem`, which has one battery, within `seconds` of CBC."""
    watch = Stopwatch()
    model = _Model(problem)
    solver = pulp.PULP_CBC_CMD(
        msg=False, timeLimit=seconds, gapAbs=problem.options.absolute_gap, gapRel=0.0
    )
    model.whole.solve(solver)
    took = watch.elapsed.total_seconds()
    if model.whole.sol_status not in {pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible}:
        return Reference(seconds=took, objective=None, finished=False)
    dispatch = model.dispatch()
    money = accounts(problem, dispatch)
    return Reference(
        seconds=took,
        objective=money.objective,
        finished=model.whole.sol_status == pulp.LpSolutionOptimal and took < seconds,
        problems=check(problem, dispatch, money.violations).problems,
    )


class _Model:
    """Energies of each slot [kWh], as the predecessor has them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.whole = pulp.LpProblem("reference", pulp.LpMinimize)
        self.terms: Column = []
        self.charge, self.discharge = self._column("charge"), self._column("discharge")
        self.bought, self.sold = self._column("import"), self._column("export")
        self.cut, self.shed = self._column("curtail"), self._column("shed")
        self.stored = self._column("stored", extra=1)
        self.on: dict[str, Column] = {}
        self.cars: dict[str, tuple[Column, Column]] = {}
        for heater in problem.heaters:
            self._heater(heater)
        for car in problem.evs:
            self._car(car)
        self._battery(problem.batteries[0])
        self._peak()
        self._balance()
        self.whole.setObjective(pulp.lpSum(self.terms))

    def _column(self, name: str, *, extra: int = 0, binary: bool = False) -> Column:
        kind = pulp.LpBinary if binary else pulp.LpContinuous
        count = self.problem.count + extra
        return [pulp.LpVariable(f"{name}_{t}", lowBound=0, cat=kind) for t in range(count)]

    def _balance(self) -> None:
        problem, grid = self.problem, self.problem.grid
        kw = {one.id: one.power_kw for one in problem.heaters}
        price = penalties(problem).unserved
        for t, hours in enumerate(problem.hours):
            load, pv = problem.load_kw[t] * hours, problem.pv_kw[t] * hours
            heated = pulp.lpSum(on[t] * (kw[name] * hours) for name, on in self.on.items())
            driven = pulp.lpSum(charge[t] for charge, _ in self.cars.values())
            used = load + heated + driven + self.charge[t] + self.sold[t] + self.cut[t]
            came = pv + self.discharge[t] + self.bought[t] + self.shed[t]
            self.whole += used == came
            self.cut[t].upBound = pv
            if grid.max_import_kw is not None:
                self.bought[t].upBound = grid.max_import_kw * hours
            if grid.max_export_kw is not None:
                self.sold[t].upBound = grid.max_export_kw * hours
            self.terms += [
                self.bought[t] * problem.import_price[t],
                self.sold[t] * -problem.export_price[t],
                self.cut[t] * CURTAILMENT,
                self.shed[t] * price,
            ]

    def _battery(self, one: Battery) -> None:
        lack = self._column("below_minimum", extra=1)
        prices = penalties(self.problem)
        self.whole += self.stored[0] == min(one.stored_kwh, one.capacity_kwh)
        for t, hours in enumerate(self.problem.hours):
            gain = self.charge[t] * one.charge_efficiency
            self.whole += self.stored[t + 1] == self.stored[t] + gain - self.discharge[t] * (
                1 / one.discharge_efficiency
            )
            self.charge[t].upBound = one.max_charge_kw * hours
            self.discharge[t].upBound = one.max_discharge_kw * hours
            self.stored[t + 1].upBound = one.ceiling_kwh
            self.whole += self.stored[t + 1] >= one.min_kwh - lack[t + 1]
            wear = (self.charge[t] + self.discharge[t]) * (one.wear_cost_per_kwh / 2)
            self.terms += [wear, lack[t + 1] * (prices.stored * hours)]
        self.terms.append(self.stored[-1] * -one.terminal_value_per_kwh)

    def _heater(self, heater: Heater) -> None:
        problem, slot = self.problem, self.problem.hours[0]
        on = self._column(f"heat_{heater.id}", binary=True)
        start = self._column(f"start_{heater.id}", binary=True)
        self.on[heater.id] = on
        for day in heating_days(problem, heater):
            heat = pulp.lpSum(on[t] * (heater.power_kw * problem.hours[t]) for t in day.slots)
            self.whole += heat >= day.need_kwh
        longest = round((heater.max_gap_hours or 0.0) / slot)
        for tier, window in (("late", longest), ("later", round(SECOND_TIER * longest))):
            price = heater.gap_penalty_per_hour * slot
            self._windows(on, f"{tier}_{heater.id}", window, price)
        rest = round(heater.min_spacing_hours / slot)
        for t in problem.horizon:
            self.whole += start[t] >= on[t] - (on[t - 1] if t else 0)
            before = on[max(0, t - rest) : t]
            if rest and before:
                self.whole += pulp.lpSum(before) + start[t] * rest <= rest
            self.terms.append(start[t] * heater.start_penalty)

    def _car(self, one: Ev) -> None:
        """A car: charged while it is here, at least so hard, for what it should leave with."""
        charge, stored = self._column(f"car_{one.id}"), self._column(f"kept_{one.id}", extra=1)
        at = self._column(f"charging_{one.id}", binary=True)
        here = one.available or (True,) * self.problem.count
        self.cars[one.id] = (charge, stored)
        self.whole += stored[0] == one.stored_kwh
        for t, hours in enumerate(self.problem.hours):
            gain = charge[t] * one.charge_efficiency
            self.whole += stored[t + 1] == stored[t] + gain
            self.whole += charge[t] <= at[t] * (one.max_charge_kw * hours * here[t])
            self.whole += charge[t] >= at[t] * (one.min_charge_kw * hours * here[t])
            stored[t + 1].upBound = one.ceiling_kwh
        for number, goal in enumerate(energy_goals(self.problem, one, penalties(self.problem))):
            lack = pulp.LpVariable(f"lack_{one.id}_{number}", lowBound=0)
            self.whole += stored[goal.slot + 1] + lack >= goal.kwh
            self.terms.append(lack * goal.penalty_per_kwh)

    def _peak(self) -> None:
        """The mean of the month's highest hours: the least that any threshold makes of it."""
        peak = self.problem.grid.peak
        if peak is None:
            return
        for number, month in enumerate(peak_months(self.problem)):
            threshold = pulp.LpVariable(f"peak_{number}", lowBound=0)
            self.terms.append(threshold * peak.price_per_kw)
            hours = [
                pulp.lpSum(self.bought[t] * (share / self.problem.hours[t]) for t, share in one)
                for one in month.hours
            ]
            for rank, hour in enumerate((*month.already_kw, *hours)):
                above = pulp.LpVariable(f"above_{number}_{rank}", lowBound=0)
                self.whole += above >= hour - threshold
                self.terms.append(above * (peak.price_per_kw / peak.top_n))

    def _windows(self, on: Column, tier: str, window: int, price: float) -> None:
        """Every window of `window` slots heats once, or pays."""
        if not window or not price:
            return
        for first in range(self.problem.count - window + 1):
            slack = pulp.LpVariable(f"{tier}_{first}", lowBound=0)
            self.whole += pulp.lpSum(on[first : first + window]) + slack >= 1
            self.terms.append(slack * price)

    def dispatch(self) -> Dispatch:
        """The plan as powers [kW]."""
        problem = self.problem

        def power(column: Sequence[Any]) -> tuple[float, ...]:
            energies = (max(0.0, pulp.value(one) or 0.0) for one in column)
            return tuple(kwh / h for kwh, h in zip(energies, problem.hours, strict=True))

        battery = StorageDispatch(
            charge_kw=power(self.charge),
            discharge_kw=power(self.discharge),
            stored_kwh=tuple(pulp.value(one) or 0.0 for one in self.stored[1:]),
        )
        cars = {
            name: StorageDispatch(
                charge_kw=power(charge),
                discharge_kw=(0.0,) * problem.count,
                stored_kwh=tuple(pulp.value(one) or 0.0 for one in stored[1:]),
            )
            for name, (charge, stored) in self.cars.items()
        }
        loads = {
            one.id: tuple(round(pulp.value(on)) * one.power_kw for on in self.on[one.id])
            for one in problem.heaters
        }
        return Dispatch(
            import_kw=power(self.bought),
            export_kw=power(self.sold),
            curtailed_kw=power(self.cut),
            unserved_kw=power(self.shed),
            storages={problem.batteries[0].id: battery} | cars,
            loads=loads,
        )
