"""What the house did, as far as forecasts need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from darkstar_common.slots import SLOT_HOURS

SLOTS_A_DAY = 96
_UNFIT = frozenset({"gap", "partial"})
"""Slots with these flags say little about when the energy flowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSlot:
    """Energies of one closed slot; null is unknown."""

    start: datetime
    load_kwh: float | None
    """The house, water heater and electric vehicles included [kWh]."""
    pv_kwh: float | None
    water_kwh: float | None = None
    ev_kwh: float | None = None
    quality: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it tells what happens at that time of day."""
        return not _UNFIT.intersection(self.quality)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The slots by start; made anew by each change."""

    slots: Mapping[datetime, PastSlot] = field(default_factory=dict)

    def plus(self, slots: Iterable[PastSlot], *, since: datetime) -> History:
        """With `slots` in it, the later of two for one start, and nothing before `since`."""
        merged = {**self.slots, **{one.start: one for one in slots}}
        return replace(self, slots={start: one for start, one in merged.items() if start >= since})

    def under(self, newer: History) -> History:
        """With what `newer` knows on top."""
        return History(slots={**self.slots, **newer.slots})

    @property
    def water_is_metered(self) -> bool:
        """Whether any slot knows what the water heater took."""
        return any(one.water_kwh is not None for one in self.slots.values())

    def base_load_kw(self, *, has_water_heater: bool) -> dict[datetime, float]:
        """Mean power without water heater and vehicles, of the slots that know it [kW].

        Where a heater is metered, a slot that misses its reading is left out: unknown is
        not zero. Where it never is, the load includes it.
        """
        needed = has_water_heater and self.water_is_metered
        return {
            start: max(0.0, one.load_kwh - (one.water_kwh or 0.0) - (one.ev_kwh or 0.0))
            / SLOT_HOURS
            for start, one in self.slots.items()
            if one.usable and one.load_kwh is not None and (one.water_kwh is not None or not needed)
        }

    def pv_kw(self) -> dict[datetime, float]:
        """Mean PV production of the slots that know it [kW]."""
        return {
            start: one.pv_kwh / SLOT_HOURS
            for start, one in self.slots.items()
            if one.usable and one.pv_kwh is not None
        }
