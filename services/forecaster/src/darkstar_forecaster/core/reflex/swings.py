"""The battery's true capacity, from long charges and discharges without a turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any, Literal

from darkstar_common.config import Battery
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_forecaster.core.reflex.observed import Evidence, Look

DAYS = 60
LEAST_SWING = 30.0
"""Shorter ones say more about the rounding of a state of charge than of the battery [points]."""
LEAST_EACH = 5
"""Charges, and discharges, at least."""
DEAD_BAND = 0.05
"""Share of the capacity in force by which it must be off before a first step."""
ON_THE_WAY, UNDER_WAY = 0.02, timedelta(days=7)
"""By so much while the last step was not so long ago: no way ends at the edge of the band."""
_FLOWS_KWH, _LEAKS_KWH = 0.05, 0.01
_TOP, _BOTTOM = 97.0, 3.0
"""Beyond these a battery's own count of its charge is corrected in jumps [%]."""
_CONTINUES = 0.5
Kind = Literal["charge", "discharge"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """A charge or discharge without a turn.

    Attributes:
        energy_kwh: Into the battery or out of it, as metered.
        points: Change of the state of charge, positive [points].
        hours: How long it took.
    """

    kind: Kind
    energy_kwh: float
    points: float
    hours: float

    def capacity_kwh(self, charge: float, discharge: float, standby_kw: float) -> float:
        """What 100 % are, given the efficiencies and what is lost at rest [kWh]."""
        lost = standby_kw * self.hours
        stored = (
            self.energy_kwh * charge - lost
            if self.kind == "charge"
            else self.energy_kwh / discharge + lost
        )
        return 100 * stored / self.points


def capacity(look: Look) -> Evidence | None:
    """What the battery holds, where that is surely not what is in force.

    The medians of charges and of discharges are averaged: efficiencies that are both too
    high make the one too large and the other too small by as much.
    """
    battery = look.config.battery
    found = swings(look.since(DAYS).iter_rows(named=True))
    counts = {kind: sum(one.kind == kind for one in found) for kind in ("charge", "discharge")}
    if battery is None or min(counts.values()) < LEAST_EACH:
        return None
    current = look.current("battery_capacity_kwh")
    measured = _measured(look, battery, found)
    if abs(measured / current - 1) <= _band(look):
        return None
    return Evidence(
        parameter="battery_capacity_kwh",
        wanted=measured,
        samples=len(found),
        sentence=f"by {counts['charge']} long charges and {counts['discharge']} long discharges "
        f"in {DAYS} days the battery holds {measured:.1f} kWh",
        figures={"measured_kwh": round(measured, 2), **{f"{k}s": v for k, v in counts.items()}},
    )


def _band(look: Look) -> float:
    changed = look.learnings.changed_at("battery_capacity_kwh")
    moving = changed is not None and look.now - changed < UNDER_WAY
    return ON_THE_WAY if moving else DEAD_BAND


def _measured(look: Look, battery: Battery, found: list[Swing]) -> float:
    charge, discharge = look.current("charge_efficiency"), look.current("discharge_efficiency")
    by_kind: dict[Kind, list[float]] = {"charge": [], "discharge": []}
    for one in found:
        by_kind[one.kind].append(one.capacity_kwh(charge, discharge, battery.standby_kw))
    return sum(median(one) for one in by_kind.values()) / len(by_kind)


def swings(rows: Iterator[Row]) -> list[Swing]:
    """The long charges and discharges in slots that are in order."""
    found: list[Swing] = []
    run: list[Row] = []
    kind: Kind | None = None
    for row in rows:
        now = _kind(row)
        if run and (now is None or now != kind or not _follows(run[-1], row)):
            found += _swing(kind, run)
            run = []
        if now is not None:
            run.append(row)
        kind = now
    return found + _swing(kind, run)


def _kind(row: Row) -> Kind | None:
    """Whether the battery did nothing but charge, or discharge; None: neither, or unknown."""
    charge, discharge = row["charge_kwh"], row["discharge_kwh"]
    start, end = row["soc_start"], row["soc_end"]
    if None in (charge, discharge, start, end):
        return None
    if max(start, end) > _TOP or min(start, end) < _BOTTOM:
        return None
    if charge >= _FLOWS_KWH and discharge <= _LEAKS_KWH and end >= start:
        return "charge"
    if discharge >= _FLOWS_KWH and charge <= _LEAKS_KWH and end <= start:
        return "discharge"
    return None


def _follows(before: Row, after: Row) -> bool:
    near = abs(after["soc_start"] - before["soc_end"]) <= _CONTINUES
    return near and bool(after["start"] - before["start"] == SLOT)


def _swing(kind: Kind | None, run: list[Row]) -> list[Swing]:
    if not run or kind is None:
        return []
    points = abs(run[-1]["soc_end"] - run[0]["soc_start"])
    if points < LEAST_SWING:
        return []
    energy = sum(one[f"{kind}_kwh"] for one in run)
    return [Swing(kind=kind, energy_kwh=energy, points=points, hours=SLOT_HOURS * len(run))]
