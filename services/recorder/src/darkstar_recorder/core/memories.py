"""What Home Assistant remembers of an entity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """An hour of long-term statistics; None: it has no such value."""

    start: datetime
    sum: float | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What an entity showed since a moment."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What Home Assistant says of an entity.

    Attributes:
        unit: Of its state; None: it has none, or there is only a statistic.
        statistics_unit: Of what its statistics are given in; None: it has none, or no unit.
    """

    unit: str | None = None
    statistics_unit: str | None = None
    has_sum: bool = False
    has_mean: bool = False
