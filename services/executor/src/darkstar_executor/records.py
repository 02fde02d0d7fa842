"""What is told of each deed: one record for a change, one for its end, one for each slot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from darkstar_common.contract import Override, Seen
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.setting import Setting

UNSEEN = Measured()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One deed: what was decided, on which ground, and what it is a consequence of.

    Attributes:
        settings: What the roles are to be set to, in the order of writing.
        slot_start: Of the schedule's slot in force.
        soc_percent: Measured [%].
        planned_soc_percent: By the schedule at the end of its slot [%].
        measured: The house at this moment.
        override: A person's wish in force.
        urgent: A person, or the fuse, cannot wait for the minimum interval.
        shadow: Nothing is sent.
        again: All settings are written again: the house does not follow them.
    """

    decision: Decision
    settings: tuple[Setting, ...]
    slot_start: datetime | None
    soc_percent: float | None
    caused_by: UUID | None
    urgent: bool
    shadow: bool
    planned_soc_percent: float | None = None
    measured: Measured = UNSEEN
    override: Override | None = None
    again: bool = False


def seen(measured: Measured) -> Seen:
    """The house as a record tells it."""
    return Seen(**{name: getattr(measured, name) for name in Seen.model_fields})
