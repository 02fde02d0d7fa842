"""What the recorder is asked, as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from darkstar_common.contract import HistoryQuestion
from darkstar_recorder.core.packing import UnreadableError
from darkstar_recorder.store.limits import BATCH, limited
from darkstar_recorder.store.questions import QUESTIONS, Details, QuestionError, chosen
from darkstar_recorder.store.rollups import Today, look_again
from darkstar_recorder.store.times import aware, naive
from darkstar_recorder.store.told import Told

_NAMES, _NAME = 3, 40
"""Unknown columns that are named, and letters of each; a question may have any number."""
_IN_TIME = timedelta(seconds=1)
_SLOT_ITSELF = timedelta(minutes=-15) + timedelta(microseconds=1)
"""The lead of what was issued before the slot was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """An answer by column; all are equally long."""

    columns: dict[str, tuple[Any, ...]]
    row_count: int
    complete: bool
    """False: there are more rows behind these."""
    types: dict[str, str] = field(default_factory=dict)
    """SQL types by column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, whole."""

    what: HistoryQuestion
    start: datetime
    end: datetime
    limit: int
    offset: int = 0
    details: Details = field(default_factory=Details)
    today: Today | None = None
    """Whose rollups are to be as new as the slots; None: as they were worked out last."""


def ask(connection: duckdb.DuckDBPyConnection, asked: Asked, within: timedelta = _IN_TIME) -> Rows:
    """The rows of a question in [`start`, `end`), at most `limit` of them after `offset`.

    Raises:
        QuestionError: It has no answer, or none in time.
    """
    with limited(connection, within):
        if asked.what == "rollups":
            look_again(connection, asked.start, asked.end, asked.today)
        sql, values = _prepared(connection, asked)
        found = connection.execute(sql, values)
        kinds = {one[0]: str(one[1]) for one in found.description}
        rows = list(_fetched(found))
    kept, own = rows[: asked.limit], QUESTIONS[asked.what].told
    columns = zip(*kept, strict=True) if kept else iter([()] * len(kinds))
    return Rows(
        columns={
            name: _readable(column, kind, own.get(name))
            for (name, kind), column in zip(kinds.items(), columns, strict=True)
        },
        row_count=len(kept),
        complete=len(rows) <= asked.limit,
        types={name: own[name].kind if name in own else kind for name, kind in kinds.items()},
    )


def _prepared(connection: duckdb.DuckDBPyConnection, asked: Asked) -> tuple[str, dict[str, Any]]:
    """The statement and what is bound in it."""
    details = asked.details
    select, order = chosen(asked.what, details)
    lead = _SLOT_ITSELF if details.lead_hours is None else timedelta(hours=details.lead_hours)
    bound = {
        "start": naive(asked.start), "end": naive(asked.end), "lead": lead, "id": details.id,
        "by": details.by, "beginning": details.beginning,
    }  # fmt: skip
    values = {name: value for name, value in bound.items() if f"${name}" in select}
    wanted = _wanted(connection, select, values, details.columns)
    paged = values | {"limit": asked.limit + 1, "offset": asked.offset}
    sql = f"SELECT {wanted} FROM ({select}) ORDER BY {order} LIMIT $limit OFFSET $offset"  # noqa: S608 (checked names, values bound)
    return sql, paged


def _wanted(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    values: dict[str, Any],
    columns: tuple[str, ...],
) -> str:
    """What stands after SELECT; only names that there are."""
    if not columns:
        return "*"
    found = connection.execute(f"SELECT * FROM ({select}) LIMIT 0", values)  # noqa: S608 (from this package)
    known = [one[0] for one in found.description]
    if unknown := [name for name in columns if name not in known]:
        named = ", ".join(name[:_NAME] for name in unknown[:_NAMES])
        raise QuestionError(f"there is no column {named}; there are: {', '.join(known)}")
    return ", ".join(f'"{name}"' for name in dict.fromkeys(columns))


def _fetched(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := found.fetchmany(BATCH):
        yield from batch


def _readable(column: tuple[Any, ...], kind: str, told: Told | None) -> tuple[Any, ...]:
    if kind == "TIMESTAMP":
        return tuple(aware(one) if one else None for one in column)
    if told is None:
        return column
    try:
        return tuple(told.of(one) for one in column)
    except UnreadableError as error:
        raise QuestionError(f"this planning run is damaged: {error}") from None
