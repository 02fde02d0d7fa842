"""Planning runs as Parquet files for learning: the runs, and the slots they planned.

A day (UTC) of first slots at a time, so that memory does not grow with the number of runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from json import dumps
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from darkstar_common.slots import local_day
from darkstar_recorder.core.packing import UnreadableError, unpack
from darkstar_recorder.core.planned_slots import VALUES, planned_slots
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.episodes import AT, CHOSEN, Chosen, asked
from darkstar_recorder.store.exports import Exporter, told, write_file
from darkstar_recorder.store.times import naive

RUNS, SLOTS = "episodes", "episode_slots"
_PIECE = 50
_WHOLE = {"message_id": "UUID", "content": "VARCHAR"}
_PLANNED = {"message_id": "UUID", "start_at": "TIMESTAMP", **dict.fromkeys(VALUES, "DOUBLE")}
_A_DAY = timedelta(days=1)
_RUNS = """SELECT e.* EXCLUDE (body, form, text_bytes), w.content
FROM episode e JOIN temp.whole w USING (message_id)"""
_DAYS = {"day": "DATE", "start_at": "TIMESTAMP", "end_at": "TIMESTAMP"}
_TABLES = (("whole", _WHOLE), ("planned", _PLANNED), ("local_day", _DAYS))
_SLOTS = f"""SELECT p.message_id, e.system_id, e.issued_at, p.start_at AS start,
    {", ".join(f"p.{one} AS planned_{one}" for one in VALUES)},
    q.label AS day_label, s.* EXCLUDE (start_at)
FROM temp.planned p JOIN episode e USING (message_id)
LEFT JOIN temp.local_day d ON p.start_at >= d.start_at AND p.start_at < d.end_at
LEFT JOIN day_quality q ON q.day = d.day
LEFT JOIN (
    SELECT * FROM slot WHERE start_at BETWEEN '{{first}}' AND '{{last}}'
) s ON s.start_at = p.start_at"""  # noqa: S608 (names of this module)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDay:
    """What was written of a day."""

    runs: int
    slots: int
    damaged: tuple[UUID, ...]
    """Left out."""


class EpisodeFiles:
    """Reads what is committed while others write."""

    def __init__(self, exporter: Exporter, timezone: ZoneInfo) -> None:
        """Use `exporter`, which is closed by who opened it.

        Args:
            exporter: Of the file with the runs.
            timezone: Where the house is.
        """
        self._connection, self._timezone = exporter.connection, timezone
        for name, columns in _TABLES:
            kinds = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({kinds})")

    def days(self, chosen: Chosen) -> tuple[date, ...]:
        """The UTC days of the chosen runs, in order."""
        rows = self._connection.execute(
            f"SELECT DISTINCT {AT}::DATE FROM episode WHERE {CHOSEN} ORDER BY 1",  # noqa: S608 (names of the store)
            _without_limit(chosen),
        ).fetchall()
        return tuple(day for (day,) in rows)

    def write(self, day: date, directory: Path, chosen: Chosen) -> WrittenDay:
        """Write the chosen runs of `day` into files below `directory`.

        Raises:
            OSError: One cannot be written.
        """
        runs = slots = 0
        damaged: list[UUID] = []
        for name, _ in _TABLES:
            self._connection.execute(f"DELETE FROM temp.{name}")  # noqa: S608 (as above)
        for piece in self._bodies(_within(day, chosen)):
            whole: dict[UUID, Any] = {}
            for key, body in piece:
                try:
                    whole[key] = unpack(body)
                except UnreadableError:
                    damaged.append(key)
            runs += len(whole)
            slots += self._keep(whole)
        if runs:
            self._copy(_RUNS, "issued_at", _path(directory, RUNS, day))
        if slots:
            first, last = self._span()
            self._keep_days(first, last)
            slots_of = _SLOTS.format(first=first, last=last)
            self._copy(slots_of, "start", _path(directory, SLOTS, day))
        return WrittenDay(runs=runs, slots=slots, damaged=tuple(damaged))

    def _bodies(self, chosen: Chosen) -> Iterator[list[tuple[UUID, bytes]]]:
        keys = self._connection.execute(
            f"SELECT message_id FROM episode WHERE {CHOSEN} ORDER BY {AT}, message_id",  # noqa: S608 (names of the store)
            _without_limit(chosen),
        ).fetchall()
        for first in range(0, len(keys), _PIECE):
            yield self._connection.execute(
                "SELECT message_id, body FROM episode "
                "WHERE message_id IN (SELECT unnest(?::UUID[]))",
                [[key for (key,) in keys[first : first + _PIECE]]],
            ).fetchall()

    def _keep(self, whole: dict[UUID, Any]) -> int:
        """Put runs beside the file, from where they are copied; how many slots they planned."""
        texts = [(key, dumps(one, ensure_ascii=False)) for key, one in whole.items()]
        insert_rows(self._connection, "temp.whole", _WHOLE, texts)
        rows = [
            (key, naive(slot.start), *(getattr(slot, name) for name in VALUES))
            for key, one in whole.items()
            for slot in planned_slots(one, self._timezone)
        ]
        insert_rows(self._connection, "temp.planned", _PLANNED, rows)
        return len(rows)

    def _span(self) -> tuple[datetime, datetime]:
        """The first and the last of the planned slots."""
        (found,) = self._connection.execute(
            "SELECT min(start_at), max(start_at) FROM temp.planned"
        ).fetchall()
        first, last = found
        return first, last

    def _keep_days(self, first: datetime, last: datetime) -> None:
        """Note when the local days of these slots begin and end; their labels are by day."""
        if date.min.year < first.year and last.year < date.max.year:
            ahead = range(-1, (last.date() - first.date()).days + 2)
            days = [first.date() + one * _A_DAY for one in ahead]
            rows = [(day, *map(naive, local_day(day, self._timezone))) for day in days]
            insert_rows(self._connection, "temp.local_day", _DAYS, rows)

    def _copy(self, query: str, order: str, path: Path) -> None:
        columns = told(self._connection, query)
        ordered = f"SELECT {columns} FROM ({query}) ORDER BY {order}, message_id"  # noqa: S608 (queries of this module)
        write_file(self._connection, ordered, path)


def _within(day: date, chosen: Chosen) -> Chosen:
    """Those of `chosen` whose first slot is on `day`."""
    begin = datetime.combine(day, time(), UTC)
    ends = [begin + _A_DAY] if day < date.max else []
    return replace(
        chosen,
        start=max(begin, chosen.start or begin),
        end=min((*ends, *([chosen.end] if chosen.end else [])), default=None),
    )


def _without_limit(chosen: Chosen) -> dict[str, Any]:
    return {name: value for name, value in asked(chosen).items() if name != "limit"}


def _path(directory: Path, name: str, day: date) -> Path:
    return directory / name / f"month={day:%Y-%m}" / f"{day:%Y-%m-%d}.parquet"
