"""What `solve` answers: the plan of every slot, its money, and what it could not keep."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A part of the solution; immutable."""

    model_config = ConfigDict(frozen=True)


class StoragePlan(Answer):
    """A battery or EV in one slot: AC-side powers [kW], stored energy at its end [kWh]."""

    charge_kw: float
    discharge_kw: float
    stored_kwh: float


class SlotPlan(Answer):
    """One slot.

    Attributes:
        start: UTC.
        import_kw: From the grid, mean over the slot [kW]; as are all powers.
        unserved_kw: Load that nothing could serve [kW].
        heaters: Power of each heater [kW].
        marginal_price: What one more kWh at the house would cost [currency/kWh].
        reason: Why, for people.
    """

    start: datetime
    import_kw: float
    export_kw: float
    curtailed_kw: float
    unserved_kw: float
    batteries: dict[str, StoragePlan] = {}
    heaters: dict[str, float] = {}
    evs: dict[str, StoragePlan] = {}
    deferrables: dict[str, float] = {}
    marginal_price: float | None = None
    reason: str = ""


class Violation(Answer):
    """A wish or limit that the plan does not keep, and what that costs in the objective."""

    what: str
    slot: int | None
    amount: float
    unit: str
    penalty: float


class Future(Answer):
    """What one scenario would come to, its first slots being those of the plan.

    Attributes:
        probability: Weight in the expectation.
        cost: Money over the horizon [currency].
        objective: Cost, less the worth of what is left, plus soft penalties [currency].
    """

    probability: float
    cost: float
    objective: float


class Checks(Answer):
    """What the solver-free checker says.

    Attributes:
        passed: Whether every rule holds, reported violations aside.
        largest_error: The largest distance from any rule, in that rule's unit.
        problems: Each broken rule in words.
    """

    passed: bool
    largest_error: float
    problems: tuple[str, ...] = ()


class Solution(Answer):
    """A plan for a problem.

    Attributes:
        currency: Of all money here, as the problem has it.
        cost: Import less export, wear, starts and peak of these slots [currency].
        objective: Cost, less the worth of what is left, plus soft penalties [currency]; with
            scenarios the expectation over them, unless a note says that only one was planned.
        bound: No plan has a lower objective [currency]; None when nothing was proven.
        gap: `objective` − `bound` [currency].
        reason: Why the plan is a fallback; empty otherwise.
        kept_saving: What a change of the hint would save at most, where the hint was kept
            for saving less than `keep_threshold` [currency]; None where nothing was kept.
        scenarios: What each scenario comes to, in the order of the problem.
        notes: Sentences for people about the whole plan.
    """

    status: Literal["optimal", "feasible", "fallback"]
    currency: str = ""
    cost: float
    objective: float
    bound: float | None
    gap: float | None
    solver: str
    solve_seconds: float
    total_seconds: float
    reason: str = ""
    kept_saving: float | None = None
    scenarios: tuple[Future, ...] = ()
    notes: tuple[str, ...] = ()
    slots: tuple[SlotPlan, ...]
    violations: tuple[Violation, ...] = ()
    checks: Checks
