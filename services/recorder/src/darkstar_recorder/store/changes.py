"""Days in sums that are made of other things than there are now."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb

from darkstar_common.slots import local_day
from darkstar_recorder.core.rollups import ENERGIES, House
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.times import aware, naive

_A_DAY = timedelta(days=1)
_KWH = ", ".join(f"{one}_kwh" for one in ENERGIES)
_FLAGS = ", ".join(f"{one}_flags" for one in ENERGIES)
"""They decide which source is the best."""
_SOC = "soc_percent_start, soc_percent_end"
_PLAN = "import_kw, export_kw, import_per_kwh, export_per_kwh"


def _marked(table: str, *columns: str) -> str:
    """A number for each day, of what a table says of it."""
    return (
        f"SELECT c.day, bit_xor(hash(t.start_at, {', '.join(columns)})) AS mark "  # noqa: S608 (names of this module)
        f"FROM {table} t ASOF JOIN calendar c ON t.start_at >= c.first_at "
        "WHERE t.start_at >= $since AND t.start_at < $until GROUP BY c.day"
    )


_MARKS = f"""
WITH calendar AS (SELECT unnest($days::DATE[]) AS day, unnest($starts::TIMESTAMP[]) AS first_at),
observed AS ({_marked("slot_observation", "source", _KWH, _FLAGS, _SOC)}),
paid AS ({_marked("price", "import_per_kwh", "export_per_kwh")}),
planned AS ({_marked("slot_plan", _PLAN)})
SELECT day, xor(observed.mark, xor(coalesce(paid.mark, 0), coalesce(planned.mark, 0)))
FROM observed LEFT JOIN paid USING (day) LEFT JOIN planned USING (day)
"""  # noqa: S608 (names of this module)
_PAST = """
SELECT hash(
    (SELECT [hash(count(*)), hash(max(changed_at))] FROM slot_observation WHERE start_at < $before),
    (SELECT [hash(count(*)), hash(max(issued_at))] FROM price WHERE start_at < $before))
"""
_OVER = """
SELECT day FROM daily
WHERE end_at <= $now AND expected_slots < date_diff('minute', start_at, end_at) // 15
"""


def changed(
    connection: duckdb.DuckDBPyConnection, house: House, now: datetime, since: datetime | None
) -> frozenset[date]:
    """The days since `since` whose slots, prices, plans or house are others than they were."""
    days = _first_and_last(connection, house)
    if days is None:
        return frozenset()
    if since is not None:
        days = max(days[0], since.astimezone(house.zone).date()), days[1]
    found = marks(connection, *days, house)
    known = connection.execute(
        "SELECT day, made_of FROM daily WHERE day BETWEEN $first AND $last",
        {"first": days[0], "last": days[1]},
    ).fetchall()
    before = dict(known)
    over = connection.execute(_OVER, {"now": naive(now)}).fetchall()
    others = {day for day in found.keys() | before.keys() if found.get(day) != before.get(day)}
    return frozenset(others | {day for (day,) in over})


def _first_and_last(
    connection: duckdb.DuckDBPyConnection, house: House
) -> tuple[date, date] | None:
    """Of the days that have slots, or sums of what were slots once."""
    found = connection.execute("SELECT min(start_at), max(start_at) FROM slot_observation")
    days = [aware(one).astimezone(house.zone).date() for one in only_row(found) or () if one]
    found = connection.execute("SELECT min(day), max(day) FROM daily")
    days += [one for one in only_row(found) or () if one]
    return (min(days), max(days)) if days else None


def past_mark(connection: duckdb.DuckDBPyConnection, before: datetime) -> int:
    """Another number when more was written of the time before `before`; it may miss some."""
    row = only_row(connection.execute(_PAST, {"before": naive(before)}))
    return int(row[0]) if row else 0


def marks(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, house: House
) -> dict[date, int]:
    """What each day from `first` to `last` that has slots is made of, as a number."""
    days = [first + number * _A_DAY for number in range((last - first).days + 1)]
    if not days:
        return {}
    spans = [local_day(day, house.zone) for day in days]
    rows = connection.execute(
        _MARKS,
        {
            "days": days,
            "starts": [naive(start) for start, _ in spans],
            "since": naive(spans[0][0]),
            "until": naive(spans[-1][1]),
        },
    ).fetchall()
    own = house.mark
    return {day: mark ^ own for day, mark in rows}
