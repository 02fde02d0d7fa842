"""What a decision remembers of the one before, so that nothing flaps around a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """In and out of `decide()`; kept over a restart.

    Attributes:
        emergency: The battery fell far below its floor and has not come well above it again.
        export_guard: Nothing is sold until the battery has risen well above its floor.
        ended: A forced flow has come to its end by state of charge, for as long as it is asked
            for up or down to the same: `intent percent`.
        surplus_since: Since when there is more PV than the house and the battery take.
        surplus_heating: That surplus heats water.
    """

    emergency: bool = False
    export_guard: bool = False
    ended: str | None = None
    surplus_since: datetime | None = None
    surplus_heating: bool = False


NO_MEMORY = Memory()
