"""What can be wrong with a planning problem.

PlanningError
├── ProblemError            a field of the problem cannot be read
└── UnplannableError        an input is missing, unknown or too old to plan from

An infeasible problem is no error: whatever reality can break is soft, so every
problem that can be read gets a plan.
"""

from __future__ import annotations


class PlanningError(Exception):
    """Base of everything this package raises on purpose."""


class ProblemError(PlanningError):
    """A problem that cannot be planned; the message is one line for a person.

    Attributes:
        field: Path of the field, as in `batteries[0].capacity_kwh`.
        slot: Number of the slot, where the field has one value for each slot.
    """

    def __init__(self, field: str, sentence: str, *, slot: int | None = None) -> None:
        self.field = field
        self.slot = slot
        where = field if slot is None else f"{field}, slot {slot}"
        super().__init__(f"{where}: {sentence}")


class UnplannableError(PlanningError):
    """The service's inputs do not make a problem; says which and why."""
