"""What a decision remembers of the one before, so that nothing flaps around a threshold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from darkstar_executor.core.following import Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """In and out of `decide()`; kept over a restart.

    Attributes:
        emergency: The battery fell below its floor and has not come well above it again.
        emergency_charge: It fell so far below that the grid is to help.
        export_guard: Nothing is sold until the battery has risen well above its floor.
        ended: The forced flow that has come to its end by state of charge, for as long as the
            same is asked for: `intent percent`.
        held_percent: Where the battery stood when a hold or a stop was asked for, rounded down.
        drift: The battery is away from the plan, and has not come back to it yet.
        surplus_heating: Surplus of PV heats water.
        surplus_since: Since when the readings say otherwise than `surplus_heating`.
        legionella_since: Since when the tank is heated against legionella.
        legionella_gave_up: When that was given up last, as the tank did not get hot.
        evs_cut: Vehicles that nobody plans and the peak guard cuts back, or until when they are
            given their power back.
    """

    emergency: bool = False
    emergency_charge: bool = False
    export_guard: bool = False
    ended: str | None = None
    held_percent: float | None = None
    drift: Drift = "none"
    surplus_heating: bool = False
    surplus_since: datetime | None = None
    legionella_since: datetime | None = None
    legionella_gave_up: datetime | None = None
    evs_cut: dict[str, datetime | None] = field(default_factory=dict)


NO_MEMORY = Memory()
