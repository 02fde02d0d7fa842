"""What comes from elsewhere and is no message: prices and forecasts as they were, labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import duckdb

from darkstar_recorder.core.earlier_forecasts import LEVEL, EarlierForecast
from darkstar_recorder.core.past import PastSlot
from darkstar_recorder.core.quality import JUDGES, DayLabel, Judge, label
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.times import naive

_PRICES = ("spot_per_kwh", "import_per_kwh", "export_per_kwh")
_FILL_PRICE = (
    "(start_at) DO UPDATE SET kind = 'published', "
    # A price that was paid is better than one that was foretold; else only gaps are filled.
    + ", ".join(
        f"{one} = CASE WHEN kind = 'published' THEN coalesce({one}, excluded.{one}) "
        f"ELSE coalesce(excluded.{one}, {one}) END"
        for one in _PRICES
    )
    + " WHERE kind <> 'published' OR "
    + " OR ".join(f"({one} IS NULL AND excluded.{one} IS NOT NULL)" for one in _PRICES)
)


def add_paid_prices(connection: duckdb.DuckDBPyConnection, slots: Iterable[PastSlot]) -> int:
    """Insert the prices of slots that are past, where none is published yet.

    Returns:
        How many slots had no published price.
    """
    wanted = {naive(one.start): one for one in slots if one.priced}
    row = only_row(
        connection.execute(
            "SELECT count(*) FROM price WHERE kind = 'published' "
            "AND start_at IN (SELECT unnest(?::TIMESTAMP[]))",
            [list(wanted)],
        )
    )
    insert_rows(
        connection,
        "price",
        {
            "start_at": "TIMESTAMP",
            **dict.fromkeys(_PRICES, "DOUBLE"),
            "kind": "VARCHAR",
            "issued_at": "TIMESTAMP",
        },
        [
            (start, *(getattr(one, name) for name in _PRICES), "published", start)
            for start, one in wanted.items()
        ],
        _FILL_PRICE,
    )
    return len(wanted) - (int(row[0]) if row else 0)


def add_forecasts(connection: duckdb.DuckDBPyConnection, found: Iterable[EarlierForecast]) -> int:
    """Insert forecasts of an earlier Darkstar that are not there yet, each issued by itself.

    Returns:
        How many were new.
    """
    wanted = {one.id: one for one in found}
    rows = connection.execute(
        "SELECT message_id FROM forecast_issue WHERE message_id IN (SELECT unnest(?::UUID[]))",
        [list(wanted)],
    ).fetchall()
    known = {key for (key,) in rows}
    new = {key: one for key, one in wanted.items() if key not in known}
    insert_rows(
        connection,
        "forecast_issue",
        {
            "message_id": "UUID",
            "quantity": "VARCHAR",
            "issued_at": "TIMESTAMP",
            "model_version": "VARCHAR",
            "level": "VARCHAR",
        },
        [(key, one.quantity, naive(one.start), one.version, LEVEL) for key, one in new.items()],
    )
    insert_rows(
        connection,
        "forecast_issued",
        {
            "message_id": "UUID",
            "start_at": "TIMESTAMP",
            **dict.fromkeys(("p10_kw", "p50_kw", "p90_kw"), "DOUBLE"),
        },
        [(key, naive(one.start), one.p10_kw, one.p50_kw, one.p90_kw) for key, one in new.items()],
    )
    return len(new)


def label_days(
    connection: duckdb.DuckDBPyConnection, labels: Iterable[DayLabel], by: Judge, at: datetime
) -> int:
    """Keep labels, except where somebody who knows better labelled the day otherwise.

    The doctor's says when it was judged last, others when they were first given.

    Returns:
        How many days are labelled otherwise than before.
    """
    known = connection.execute("SELECT day, label, reasons, labelled_by FROM day_quality")
    found = {day: (*said, who) for day, *said, who in known.fetchall()}
    wanted = {
        one.day: (one.label, one.reasons, by)
        for one in labels
        if one.day not in found or JUDGES.index(found[one.day][-1]) <= JUDGES.index(by)
    }
    changed = {day: said for day, said in wanted.items() if found.get(day) != said}
    insert_rows(
        connection,
        "day_quality",
        {
            "day": "DATE",
            "label": "VARCHAR",
            "reasons": "VARCHAR",
            "labelled_by": "VARCHAR",
            "labelled_at": "TIMESTAMP",
        },
        [(day, *said, naive(at)) for day, said in (wanted if by == JUDGES[0] else changed).items()],
        "(day) DO UPDATE SET label = excluded.label, reasons = excluded.reasons, "
        "labelled_by = excluded.labelled_by, labelled_at = excluded.labelled_at",
    )
    return len(changed)


def day_labels(
    connection: duckdb.DuckDBPyConnection, first: date, last: date
) -> tuple[DayLabel, ...]:
    """The labels of the days from `first` to `last`, both included, in order."""
    rows = connection.execute(
        "SELECT day, label, reasons FROM day_quality WHERE day BETWEEN ? AND ? ORDER BY day",
        [first, last],
    ).fetchall()
    return tuple(DayLabel(day=day, label=label(name), reasons=why) for day, name, why in rows)
