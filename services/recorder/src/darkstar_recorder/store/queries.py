"""What the recorder is asked, as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from darkstar_common.contract import HistoryQuestion
from darkstar_recorder.store.times import aware, naive

_SLOTS = """
SELECT start_at AS start, load_kwh, pv_kwh, import_kwh, export_kwh, charge_kwh, discharge_kwh,
    water_kwh, ev_kwh, soc_percent_start, soc_percent_end,
    import_per_kwh, export_per_kwh, spot_per_kwh,
    list_filter([CASE WHEN dip THEN 'dip' END, CASE WHEN gap THEN 'gap' END,
        CASE WHEN partial THEN 'partial' END, CASE WHEN reset THEN 'reset' END],
        lambda flag: flag IS NOT NULL) AS quality,
    source
FROM slot WHERE start_at >= $start AND start_at < $end ORDER BY start_at
"""
_SCHEDULES = """
SELECT * REPLACE (message_id::VARCHAR AS message_id, caused_by::VARCHAR AS caused_by)
FROM schedule WHERE issued_at >= $start AND issued_at < $end ORDER BY issued_at
"""
# What was in force at the end of the slot: a later schedule may have replaced an earlier one.
_PLANNED = """
SELECT s.start_at AS start, s.* EXCLUDE (message_id, start_at), h.issued_at,
    h.message_id::VARCHAR AS schedule_id
FROM schedule_slot s JOIN schedule h USING (message_id)
WHERE s.start_at >= $start AND s.start_at < $end
    AND h.issued_at < s.start_at + INTERVAL 15 MINUTE
QUALIFY row_number() OVER (PARTITION BY s.start_at ORDER BY h.issued_at DESC) = 1
ORDER BY s.start_at
"""
_ACTIONS = """
SELECT * REPLACE (message_id::VARCHAR AS message_id, caused_by::VARCHAR AS caused_by)
FROM control_action WHERE emitted_at >= $start AND emitted_at < $end ORDER BY emitted_at
"""
_PRICES = """
SELECT start_at AS start, import_per_kwh, export_per_kwh, spot_per_kwh, kind, issued_at
FROM price WHERE start_at >= $start AND start_at < $end ORDER BY start_at
"""
# The last one issued before the slot was over.
_FORECASTS = """
SELECT s.start_at AS start, h.quantity, p10_kw, p50_kw, p90_kw, h.issued_at,
    h.model_version, h.level
FROM forecast_issued s JOIN forecast_issue h USING (message_id)
WHERE s.start_at >= $start AND s.start_at < $end
    AND h.issued_at < s.start_at + INTERVAL 15 MINUTE
QUALIFY row_number() OVER (PARTITION BY s.start_at, h.quantity ORDER BY h.issued_at DESC) = 1
ORDER BY s.start_at, h.quantity
"""
_SQL: dict[HistoryQuestion, str] = {
    "slots": _SLOTS,
    "schedules": _SCHEDULES,
    "planned": _PLANNED,
    "actions": _ACTIONS,
    "prices": _PRICES,
    "forecasts": _FORECASTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """An answer by column; all are equally long."""

    columns: dict[str, tuple[Any, ...]]
    row_count: int
    complete: bool
    """False: there are more rows behind these."""


def ask(
    connection: duckdb.DuckDBPyConnection,
    question: HistoryQuestion,
    start: datetime,
    end: datetime,
    *,
    limit: int,
    offset: int = 0,
) -> Rows:
    """The rows of `question` in [`start`, `end`), at most `limit` of them after `offset`."""
    found = connection.execute(
        f"{_SQL[question]} LIMIT $limit OFFSET $offset",
        {"start": naive(start), "end": naive(end), "limit": limit + 1, "offset": offset},
    )
    names = [one[0] for one in found.description]
    rows = found.fetchall()
    kept = rows[:limit]
    columns = zip(*kept, strict=True) if kept else iter([()] * len(names))
    return Rows(
        columns=dict(zip(names, map(tuple, map(_readable, columns)), strict=True)),
        row_count=len(kept),
        complete=len(rows) <= limit,
    )


def _readable(column: tuple[Any, ...]) -> Iterator[Any]:
    return (aware(one) if isinstance(one, datetime) else one for one in column)


def observations(
    connection: duckdb.DuckDBPyConnection, starts: list[datetime]
) -> list[dict[str, Any]]:
    """The closed slots of `starts` that are not announced yet, as columns by name."""
    found = connection.execute(
        "SELECT o.start_at AS start, o.* EXCLUDE (start_at, closed, announced), "
        "p.import_per_kwh, p.export_per_kwh, p.spot_per_kwh "
        "FROM slot_observation o LEFT JOIN price p USING (start_at) "
        "WHERE o.source = 'counters' AND o.closed AND NOT o.announced "
        "AND o.start_at IN (SELECT unnest(?::TIMESTAMP[])) ORDER BY o.start_at",
        [[naive(one) for one in starts]],
    )
    names = [one[0] for one in found.description]
    return [dict(zip(names, _readable(row), strict=True)) for row in found.fetchall()]
