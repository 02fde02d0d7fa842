"""Days in sums: which of them have to be worked out anew, and doing so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from darkstar_common.slots import SLOT, local_day
from darkstar_recorder.core.rollups import ENERGIES, Calendar, Day, House, PastSlot, rolled
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.times import aware, naive

_KWH = [f"{one}_kwh" for one in ENERGIES]
_KNOWN = ("load", "pv", "import", "export")
_NUMBERS = (
    "residual_kwh", "cost", "cost_without_battery", "cost_self_consumption", "planned_cost",
    "cost_where_planned", "wear_cost", "stored_change_kwh", "rule_stored_change_kwh",
    "stored_worth_per_kwh", "cycles", "rule_stored_kwh",
)  # fmt: skip
_COLUMNS = {
    "day": "DATE", "start_at": "TIMESTAMP", "end_at": "TIMESTAMP",
    "expected_slots": "INTEGER", "known_slots": "INTEGER", "planned_slots": "INTEGER",
    **dict.fromkeys(_KWH, "DOUBLE"),
    **dict.fromkeys([f"known_{one}_kwh" for one in _KNOWN], "DOUBLE"),
    **dict.fromkeys(_NUMBERS, "DOUBLE"),
    "made_of": "UBIGINT",
}  # fmt: skip
_REPLACE = "(day) DO UPDATE SET " + ", ".join(
    f"{one} = excluded.{one}" for one in _COLUMNS if one != "day"
)
_SLOTS = f"""
SELECT s.start_at, s.residual_kwh, s.soc_percent_start, s.soc_percent_end, s.import_per_kwh,
    s.export_per_kwh, (p.import_kw * p.import_per_kwh - p.export_kw * p.export_per_kwh) / 4,
    {", ".join(_KWH)}
FROM (SELECT * FROM slot WHERE start_at >= $start AND start_at < $end) s
LEFT JOIN slot_plan p USING (start_at) ORDER BY s.start_at
"""  # noqa: S608 (names of this module)
_OBSERVED = (
    f"bit_xor(hash(o.start_at, source, {', '.join(_KWH)}, soc_percent_start, soc_percent_end))"
)
_PAID = "bit_xor(hash(p.start_at, import_per_kwh, export_per_kwh))"
# Days whose slots and prices are not those they were worked out of.
_CHANGED = f"""
WITH calendar AS (SELECT unnest($days::DATE[]) AS day, unnest($starts::TIMESTAMP[]) AS first_at),
observed AS (
    SELECT c.day, {_OBSERVED} AS mark
    FROM slot_observation o ASOF JOIN calendar c ON o.start_at >= c.first_at GROUP BY c.day
), paid AS (
    SELECT c.day, {_PAID} AS mark
    FROM price p ASOF JOIN calendar c ON p.start_at >= c.first_at GROUP BY c.day
)
SELECT day FROM observed o LEFT JOIN paid p USING (day) LEFT JOIN daily d USING (day)
WHERE d.made_of IS DISTINCT FROM xor(o.mark, coalesce(p.mark, 0))
"""  # noqa: S608 (names of this module)
_MADE_OF = f"""
SELECT xor(
    (SELECT {_OBSERVED} FROM slot_observation o WHERE start_at >= $start AND start_at < $end),
    coalesce((SELECT {_PAID} FROM price p WHERE start_at >= $start AND start_at < $end), 0))
"""  # noqa: S608 (names of this module)
_OVER = """
SELECT day FROM daily
WHERE end_at <= $now AND expected_slots < date_diff('minute', start_at, end_at) // 15
"""
_SAME_KWH = 1e-6
"""A store that differs by less at midnight changes nothing in the days after it [kWh]."""


def changed(
    connection: duckdb.DuckDBPyConnection, zone: ZoneInfo, now: datetime, since: datetime | None
) -> frozenset[date]:
    """The days since `since` that are made of other slots or prices than there are now."""
    found = connection.execute("SELECT min(start_at), max(start_at) FROM slot_observation")
    first, last = found.fetchone() or (None, None)
    if first is None:
        return frozenset()
    begin = aware(first) if since is None else max(since, aware(first))
    days = _days(begin.astimezone(zone).date(), aware(last).astimezone(zone).date())
    starts = [naive(local_day(day, zone)[0]) for day in days]
    others = connection.execute(_CHANGED, {"days": days, "starts": starts}).fetchall()
    over = connection.execute(_OVER, {"now": naive(now)}).fetchall()
    return frozenset(day for (day,) in (*others, *over))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 2)]


def roll(
    connection: duckdb.DuckDBPyConnection,
    days: Iterable[date],
    house: House,
    zone: ZoneInfo,
    now: datetime,
) -> frozenset[date]:
    """Work out `days`.

    Returns:
        Days after them that begin with another store than they were worked out with.
    """
    following = set[date]()
    for day in sorted(days):
        following.discard(day)
        start, end = local_day(day, zone)
        slots = _slots(connection, start, end)
        if not slots:
            continue
        expected = min(end - start, max(now - start, SLOT)) // SLOT
        calendar = Calendar(day=day, start=start, end=end, expected_slots=expected)
        before = _stored(connection, day)
        made = rolled(calendar, slots, house, _stored(connection, day - timedelta(days=1)))
        _write(connection, made)
        tomorrow = day + timedelta(days=1)
        if _differs(before, made.rule_stored_kwh) and _is_there(connection, tomorrow):
            following.add(tomorrow)
    return frozenset(following)


def _slots(
    connection: duckdb.DuckDBPyConnection, start: datetime, end: datetime
) -> tuple[PastSlot, ...]:
    found = connection.execute(_SLOTS, {"start": naive(start), "end": naive(end)}).fetchall()
    return tuple(map(_past, found))


def _past(row: Sequence[Any]) -> PastSlot:
    start, residual, soc_start, soc_end, buying, selling, planned, *kwh = row
    return PastSlot(
        start=aware(start), residual_kwh=residual,
        soc_percent_start=soc_start, soc_percent_end=soc_end,
        import_per_kwh=buying, export_per_kwh=selling, planned_cost=planned,
        kwh=dict(zip(ENERGIES, kwh, strict=True)),
    )  # fmt: skip


def _stored(connection: duckdb.DuckDBPyConnection, day: date) -> float | None:
    row = connection.execute("SELECT rule_stored_kwh FROM daily WHERE day = ?", [day]).fetchone()
    return None if row is None else row[0]


def _is_there(connection: duckdb.DuckDBPyConnection, day: date) -> bool:
    return connection.execute("SELECT 1 FROM daily WHERE day = ?", [day]).fetchone() is not None


def _differs(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(before - after) > _SAME_KWH


def _write(connection: duckdb.DuckDBPyConnection, made: Day) -> None:
    span = {"start": naive(made.start), "end": naive(made.end)}
    made_of = connection.execute(_MADE_OF, span).fetchone()
    row = (
        made.day, span["start"], span["end"],
        made.expected_slots, made.known_slots, made.planned_slots,
        *(made.kwh[one] for one in ENERGIES),
        *(made.known_kwh[one] for one in _KNOWN),
        *(getattr(made, name) for name in _NUMBERS),
        made_of[0] if made_of else None,
    )  # fmt: skip
    insert_rows(connection, "daily", _COLUMNS, [row], _REPLACE)
