"""What is thought of readings that make no energy, so that a person can look at them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from darkstar_recorder.core.counters import dips, rejected
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import ENERGIES, Readings

Verdict = Literal["spike", "dip"]
Verdicts: TypeAlias = Mapping[tuple[str, datetime], Verdict]
"""By channel and time; spike: rejected, its neighbours agree without it; dip: a small step back."""


def verdicts(readings: Readings, limits: Limits) -> dict[tuple[str, datetime], Verdict]:
    """The readings of counters, in order, that make no energy."""
    found: dict[tuple[str, datetime], Verdict] = {}
    for channel in ENERGIES:
        some = readings.get(channel, ())
        wrong = rejected(some, limits)
        right = (one for one in some if one.measured_at not in wrong)
        found |= {(channel, at): "dip" for at in dips(right)}
        found |= {(channel, at): "spike" for at in wrong}
    return found
