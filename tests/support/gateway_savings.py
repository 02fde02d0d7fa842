"""What a recorder that has kept a year would say of energies and money."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support.gateway_answers import history

from darkstar_common.contract import HistoryQuery, HistoryRows

ZONE = ZoneInfo("Europe/Stockholm")
_SUMS = (
    "days", "expected_slots", "known_slots", "load_kwh", "pv_kwh", "import_kwh", "export_kwh",
    "charge_kwh", "discharge_kwh", "water_kwh", "ev_kwh", "cost", "cost_without_battery",
    "cost_self_consumption", "wear_cost", "stored_worth", "saved", "saved_with_stored",
    "saved_by_planning", "saved_by_planning_with_stored", "cycles", "foresight_days",
    "cost_perfect_foresight", "cost_where_foresight",
    "cost_without_battery_where_foresight",
)  # fmt: skip


def a_day(start: datetime) -> dict[str, Any]:
    """A plausible one."""
    n = start.timetuple().tm_yday
    sun = 14 + 9 * math.sin(n * 1.3)
    load = 11 + 3 * math.sin(n * 0.7)
    bare = 18 + 9 * math.sin(n * 0.9)
    gain = 9 + 7 * math.sin(n * 2.1)
    return {
        "start": start, "end": start + timedelta(days=1), "days": 1, "expected_slots": 96,
        "known_slots": 96 if n % 9 else 70, "load_kwh": load, "pv_kwh": sun,
        "import_kwh": max(1.0, load - sun * 0.5), "export_kwh": max(0.5, sun - load * 0.8),
        "charge_kwh": 6.4, "discharge_kwh": 5.7, "water_kwh": 3.0, "ev_kwh": 0.0,
        "cost": bare - gain, "cost_without_battery": bare, "cost_self_consumption": bare - gain / 2,
        "wear_cost": 0.6, "stored_worth": 0.4, "saved": gain, "saved_with_stored": gain + 0.4,
        "saved_by_planning": gain / 2, "saved_by_planning_with_stored": gain / 2 + 0.2,
        "cycles": 0.6, "foresight_days": 1, "cost_perfect_foresight": bare - gain - 1.5,
        "cost_where_foresight": bare - gain, "cost_without_battery_where_foresight": bare,
    }  # fmt: skip


def rolled(query: HistoryQuery, at: datetime) -> HistoryRows:
    """Rows by day, month or all together, of the days asked about up to `at`."""
    assert query.start is not None
    assert query.end is not None
    first = max(query.start, at - timedelta(days=150))
    days = [a_day(one) for one in _days(first, min(query.end, at))]
    groups: dict[Any, list[dict[str, Any]]] = {}
    for one in days:
        groups.setdefault(_key(one["start"], query.by), []).append(one)
    rows = [_summed(group) for group in groups.values()]
    columns = {name: tuple(row[name] for row in rows) for name in (rows[0] if rows else ())}
    return history("rollups", columns, at)


def _days(first: datetime, end: datetime) -> Iterator[datetime]:
    while first < end:
        yield first
        first += timedelta(days=1)


def _key(start: datetime, by: str) -> Any:
    local = start.astimezone(ZONE)
    week = local.isocalendar()
    return {
        "day": local.date(), "week": (week.year, week.week), "month": (local.year, local.month),
        "year": local.year, "total": 0,
    }[by]  # fmt: skip


def _summed(days: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {name: sum(one[name] for one in days) for name in _SUMS}
    made |= {"start": days[0]["start"], "end": days[-1]["end"]}
    made["self_sufficiency"] = 1 - made["import_kwh"] / max(made["load_kwh"], made["import_kwh"])
    made["self_consumption"] = max(0.0, 1 - made["export_kwh"] / made["pv_kwh"])
    return made
