"""What planning runs of every kind said of each slot, in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT
from darkstar_recorder.core.earlier_episodes import LONGEST, plan_rows, slot_or_none
from darkstar_recorder.core.episodes import moment, number, part

_AN_HOUR = timedelta(hours=1)
_EARLIER: dict[str, tuple[str, ...]] = {
    "load_kw": ("adjusted_load_kwh", "load_forecast_kwh"),
    "pv_kw": ("adjusted_pv_kwh", "pv_forecast_kwh"),
    "import_kw": ("grid_import_kw", "kepler_import_kwh", "import_kwh"),
    "export_kw": ("grid_export_kw", "kepler_export_kwh", "export_kwh"),
    "charge_kw": ("battery_charge_kw", "kepler_charge_kwh"),
    "discharge_kw": ("battery_discharge_kw", "kepler_discharge_kwh"),
    "water_kw": ("water_heating_kw",),
    "soc_percent": ("projected_soc_percent",),
    "import_per_kwh": ("import_price_sek_kwh",),
    "export_per_kwh": ("export_price_sek_kwh",),
}
"""The fields of an earlier Darkstar's plan, the first known one counts; energies become powers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlot:
    """What a run expected of a slot and decided for it; what it did not say is None."""

    start: datetime
    load_kw: float | None = None
    pv_kw: float | None = None
    import_kw: float | None = None
    export_kw: float | None = None
    charge_kw: float | None = None
    discharge_kw: float | None = None
    water_kw: float | None = None
    ev_kw: float | None = None
    soc_percent: float | None = None
    """At its end."""
    import_per_kwh: float | None = None
    export_per_kwh: float | None = None


VALUES = tuple(one.name for one in fields(PlannedSlot) if one.name != "start")
"""The names of what is said of a slot."""


def planned_slots(content: object, timezone: ZoneInfo) -> tuple[PlannedSlot, ...]:
    """The slots of a run, each once and in order; rows that are none are left out.

    A row of an earlier Darkstar that is a whole hour long stands at its start alone. No plan
    reaches further than `LONGEST`: what lies beyond is damage.

    Args:
        content: A run, whole, as it was kept.
        timezone: Where the house is; for times that do not say their offset.
    """
    schedule = part(content, "schedule")
    slots = part(schedule, "slots")
    found: dict[datetime, PlannedSlot] = {}
    for row in slots if isinstance(slots, list) else ():
        start = moment(part(row, "start"))
        if start is not None and isinstance(row, Mapping):
            found[start] = _slot(start, {name: number(row.get(name)) for name in VALUES})
    if not found:
        rows = plan_rows(schedule)
        starts = [slot_or_none(part(row, "start_time"), timezone) for row in rows]
        step = _step(starts)
        for start, row in zip(starts, rows, strict=True):
            if start is not None and isinstance(row, Mapping):
                found[start] = _slot(start, _earlier(row, step))
    ordered = sorted(found)
    return tuple(found[start] for start in ordered if start - ordered[0] <= LONGEST)


def _slot(start: datetime, values: Mapping[str, float | None]) -> PlannedSlot:
    return PlannedSlot(start=start, **values)


def _earlier(row: Mapping[str, object], step: timedelta) -> dict[str, float | None]:
    return {name: _value(row, names, step) for name, names in _EARLIER.items()}


def _value(row: Mapping[str, object], names: tuple[str, ...], step: timedelta) -> float | None:
    """The first known one of these fields; an energy as the power over the row's time."""
    for name in names:
        value = number(row.get(name))
        if value is not None:
            energy = name.endswith("_kwh") and "price" not in name
            return value * (_AN_HOUR / step) if energy else value
    return None


def _step(starts: list[datetime | None]) -> timedelta:
    """How long a row is."""
    known = sorted({one for one in starts if one is not None})
    steps = [later - one for one, later in pairwise(known)]
    return min(steps, default=SLOT)
