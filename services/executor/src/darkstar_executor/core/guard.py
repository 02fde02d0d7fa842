"""The peak guard: what charging and heating are cut back to, for the fuse and the hour's peak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """What is cut back for the import limit.

    Attributes:
        charge_kw: Most that the battery may be charged with while the grid helps [kW]; None: as
            commanded.
        heat: False: no water is heated.
        evs: Most for each vehicle that is cut back, by its id [kW].
        reason: Why, for people; None: nothing is cut back.
        since: When the last cut was made.
    """

    charge_kw: float | None = None
    heat: bool = True
    evs: Mapping[str, float] = field(default_factory=dict)
    reason: str | None = None
    since: datetime | None = None


NO_TRIM = Trim()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardState:
    """What the guard knows of the running hour.

    Attributes:
        hour: When it began; None: nothing was measured yet.
        imported_kwh: Imported in it so far, by the readings [kWh].
        last: The reading before: when, and the import then [kW].
        trim: What is cut back now.
    """

    hour: datetime | None = None
    imported_kwh: float = 0.0
    last: tuple[datetime, float] | None = None
    trim: Trim = NO_TRIM
