"""How this house uses energy at each quarter of the day, to divide what is not known closer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import ASSUMED, PARTIAL

PV = "pv"
QUARTERS = 96
DAYS = 14
"""So many days are looked back on."""
_ENOUGH = 3
"""Days on which a quarter must be known for it to be usual;"""
_ENOUGH_SUN = 1
"""of PV, since one day shows when the sun is down."""

Usual = Mapping[str, tuple[float, ...]]
"""By channel: the mean energy of each UTC quarter of the day [kWh]."""


class Known(Protocol):
    """A slot as somebody knows it."""

    @property
    def start(self) -> datetime: ...  # noqa: D102 (as SlotEnergy has them)
    @property
    def kwh(self) -> Mapping[str, float]: ...  # noqa: D102
    @property
    def flags(self) -> Mapping[str, int]: ...  # noqa: D102


def quarter(start: datetime) -> int:
    """The number of a slot in its UTC day."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return (start - midnight) // SLOT


def usual(rows: Iterable[Known]) -> Usual:
    """The mean of each quarter over the rows in which it is measured, and not assumed.

    A channel without enough days in any one quarter is left out.
    """
    found: dict[str, list[list[float]]] = {}
    for row in rows:
        for channel, kwh in row.kwh.items():
            if not row.flags.get(channel, 0) & (ASSUMED | PARTIAL):
                quarters = found.setdefault(channel, [[] for _ in range(QUARTERS)])
                quarters[quarter(row.start)].append(kwh)
    return {
        channel: tuple(sum(one) / len(one) for one in quarters)
        for channel, quarters in found.items()
        if min(map(len, quarters)) >= (_ENOUGH_SUN if channel == PV else _ENOUGH)
    }
