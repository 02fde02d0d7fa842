"""Days in sums: worked out of the slots they have, beside the writer, and written down."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from darkstar_common.slots import SLOT, local_day
from darkstar_recorder.core.rollups import ENERGIES, Calendar, Day, House, PastSlot, rolled
from darkstar_recorder.store.changes import changed, marks
from darkstar_recorder.store.database import insert_rows, transaction
from darkstar_recorder.store.times import aware, naive

_A_DAY = timedelta(days=1)
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
_SAME_KWH = 1e-6
"""A store that differs by less at midnight changes nothing in the days after it [kWh]."""


@dataclass(slots=True, kw_only=True)
class WorkedOut:
    """Days that are to be written down."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    """As columns of `daily`."""
    gone: list[date] = field(default_factory=list)
    """Days that have no slots any more."""
    following: set[date] = field(default_factory=set)
    """Days after them that begin with another store than they were worked out with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What makes an answer about rollups as new as the slots."""

    house: House
    now: datetime


def worked_out(
    connection: duckdb.DuckDBPyConnection, days: Iterable[date], house: House, now: datetime
) -> WorkedOut:
    """The sums of `days`, out of one look at the file."""
    found = WorkedOut()
    with transaction(connection):
        for first, last in _runs(days):
            _work_out(connection, (first, last), house, now, found)
    return found


def keep(connection: duckdb.DuckDBPyConnection, found: WorkedOut) -> None:
    """Write them down."""
    insert_rows(connection, "daily", _COLUMNS, found.rows, _REPLACE)
    if found.gone:
        connection.execute("DELETE FROM daily WHERE day IN (SELECT unnest(?))", [found.gone])


def look_again(
    connection: duckdb.DuckDBPyConnection, start: datetime, end: datetime, today: Today | None
) -> None:
    """Have in the table `fresh`, which is this connection's, what has changed since yesterday.

    So an answer about [`start`, `end`) is as new as the slots, and waits for no writer.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM daily LIMIT 0")
    if today is None:
        return
    day = today.now.astimezone(today.house.zone).date()
    (since, _), (_, until) = (local_day(one, today.house.zone) for one in (day - _A_DAY, day))
    if start < until and end > since and changed(connection, today.house, today.now, since):
        found = worked_out(connection, (day - _A_DAY, day), today.house, today.now)
        insert_rows(connection, "fresh", _COLUMNS, found.rows)


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """First and last of the days that follow one another."""
    ordered = sorted(set(days))
    begins = [
        place
        for place, day in enumerate(ordered)
        if not place or day - ordered[place - 1] != _A_DAY
    ]
    for begin, end in zip(begins, [*begins[1:], len(ordered)], strict=True):
        yield ordered[begin], ordered[end - 1]


def _work_out(
    connection: duckdb.DuckDBPyConnection,
    run: tuple[date, date],
    house: House,
    now: datetime,
    found: WorkedOut,
) -> None:
    first, last = run
    made_of, before = marks(connection, first, last, house), _stored(connection, first, last)
    spans = [local_day(first + number * _A_DAY, house.zone) for number in range(_count(run))]
    slots = _slots(connection, spans[0][0], spans[-1][1])
    starts = [slot.start for slot in slots]
    stored = before.get(first - _A_DAY)
    for number, (start, end) in enumerate(spans):
        day = first + number * _A_DAY
        own = slots[bisect_left(starts, start) : bisect_left(starts, end)]
        if not own:
            found.gone.append(day)
            stored = None
            continue
        expected = min(end - start, max(now - start, SLOT)) // SLOT
        calendar = Calendar(day=day, start=start, end=end, expected_slots=expected)
        made = rolled(calendar, own, house, stored)
        found.rows.append(_row(made, made_of.get(day)))
        stored = made.rule_stored_kwh
    if last + _A_DAY in before and _differs(before.get(last), stored):
        found.following.add(last + _A_DAY)


def _count(run: tuple[date, date]) -> int:
    return (run[1] - run[0]).days + 1


def _slots(connection: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> list[PastSlot]:
    found = connection.execute(_SLOTS, {"start": naive(start), "end": naive(end)}).fetchall()
    return list(map(_past, found))


def _past(row: Sequence[Any]) -> PastSlot:
    start, residual, soc_start, soc_end, buying, selling, planned, *kwh = row
    return PastSlot(
        start=aware(start), residual_kwh=residual,
        soc_percent_start=soc_start, soc_percent_end=soc_end,
        import_per_kwh=buying, export_per_kwh=selling, planned_cost=planned,
        kwh=dict(zip(ENERGIES, kwh, strict=True)),
    )  # fmt: skip


def _stored(
    connection: duckdb.DuckDBPyConnection, first: date, last: date
) -> dict[date, float | None]:
    """In the simple battery at the end of the days, and of those beside them, as written [kWh]."""
    rows = connection.execute(
        "SELECT day, rule_stored_kwh FROM daily WHERE day BETWEEN ? AND ?",
        [first - _A_DAY, last + _A_DAY],
    ).fetchall()
    return dict(rows)


def _differs(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(before - after) > _SAME_KWH


def _row(made: Day, made_of: int | None) -> tuple[Any, ...]:
    return (
        made.day, naive(made.start), naive(made.end),
        made.expected_slots, made.known_slots, made.planned_slots,
        *(made.kwh[one] for one in ENERGIES),
        *(made.known_kwh[one] for one in _KNOWN),
        *(getattr(made, name) for name in _NUMBERS),
        made_of,
    )  # fmt: skip
