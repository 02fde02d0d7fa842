"""Tables as files that others read: Parquet or CSV, one for each month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from darkstar_recorder.store.times import aware, naive

_TABLES: dict[str, tuple[str, str]] = {
    "slots": ("start", "SELECT start_at AS start, * EXCLUDE (start_at) FROM slot"),
    "prices": ("start", "SELECT start_at AS start, * EXCLUDE (start_at) FROM price"),
    "forecasts": (
        "start",
        """SELECT s.start_at AS start, h.quantity, h.issued_at, h.model_version, h.level,
            s.p10_kw, s.p50_kw, s.p90_kw, message_id
        FROM forecast_issued s JOIN forecast_issue h USING (message_id)""",
    ),
    "planned": ("start", "SELECT start_at AS start, * EXCLUDE (start_at) FROM slot_plan"),
    "schedules": ("issued_at", "SELECT * FROM schedule"),
    "actions": ("emitted_at", "SELECT * FROM control_action"),
}
EXPORTED = tuple(_TABLES)
"""What can be exported, by name."""
_UNREADABLE = ("BLOB",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A piece of an export."""

    table: str
    start: datetime
    row_count: int

    def path(self, directory: Path, *, csv: bool) -> Path:
        """Where it belongs: partitioned as Hive and everybody after it does."""
        kind = "csv" if csv else "parquet"
        return directory / self.table / f"month={self.start:%Y-%m}" / f"{self.table}.{kind}"


class Exporter:
    """Reads what is committed while others write; closed after use."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take over `connection`, a cursor of its own."""
        self._connection = connection

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The cursor, for what writes other files of the same rows."""
        return self._connection

    def months(
        self, table: str, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Month, ...]:
        """The UTC months that hold rows of `table` in [`since`, `until`), in order."""
        rows = self._connection.execute(
            f"SELECT date_trunc('month', {_TABLES[table][0]}) AS month, count(*) "  # noqa: S608 (names of this module)
            f"FROM ({_TABLES[table][1]}) {_within(table, since, until)} GROUP BY 1 ORDER BY 1"
        ).fetchall()
        return tuple(
            Month(
                table=table,
                start=datetime(start.year, start.month, 1, tzinfo=UTC),
                row_count=count,
            )
            for start, count in rows
        )

    def write(
        self,
        month: Month,
        path: Path,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        csv: bool = False,
    ) -> None:
        """Write the rows of `month` in [`since`, `until`) to `path`, whole or not at all.

        Raises:
            OSError: It cannot be written.
        """
        order, source = _TABLES[month.table]
        query = (
            f"SELECT {told(self._connection, source, csv=csv)} FROM ({source}) "  # noqa: S608 (names of this module)
            f"{_within(month.table, since, until)} "
            f"AND date_trunc('month', {order}) = {_moment(month.start)} ORDER BY {order}"
        )
        write_file(self._connection, query, path, csv=csv)

    def close(self) -> None:
        """Give the cursor back."""
        self._connection.close()


def told(connection: duckdb.DuckDBPyConnection, source: str, *, csv: bool = False) -> str:
    """The columns of the query `source`: times say that they are UTC, ids are text, no blobs."""
    found = connection.execute(f"DESCRIBE {source}").fetchall()
    moment = "strftime({0}, '%Y-%m-%dT%H:%M:%SZ')" if csv else "({0} AT TIME ZONE 'UTC')"
    forms = {"TIMESTAMP": moment, "UUID": "{0}::VARCHAR"}
    return ", ".join(
        f"{forms.get(kind, '{0}').format(_quoted(name))} AS {_quoted(name)}"
        for name, kind, *_ in found
        if kind not in _UNREADABLE
    )


def write_file(
    connection: duckdb.DuckDBPyConnection, query: str, path: Path, *, csv: bool = False
) -> None:
    """Write the rows of `query` to `path`, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    kind = "FORMAT CSV, HEADER" if csv else "FORMAT PARQUET, COMPRESSION ZSTD"
    target = str(part).replace("'", "''")
    try:
        connection.execute(f"COPY ({query}) TO '{target}' ({kind})")
    except duckdb.IOException as error:
        raise OSError(str(error).splitlines()[0]) from None
    part.replace(path)


def read_parquet(paths: list[Path]) -> tuple[list[str], list[dict[str, object]]]:
    """The columns and rows of Parquet files; times in UTC.

    Raises:
        ValueError: They are none, or do not belong together.
    """
    connection = duckdb.connect(":memory:", config={"threads": 1})
    files = [str(one) for one in paths]
    source = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
    try:
        found = connection.execute(f"DESCRIBE SELECT * FROM {source}", [files]).fetchall()  # noqa: S608 (a constant)
        columns = ", ".join(
            f"{_quoted(name)} AT TIME ZONE 'UTC' AS {_quoted(name)}"
            if kind == "TIMESTAMP WITH TIME ZONE"
            else _quoted(name)
            for name, kind, *_ in found
        )
        rows = connection.execute(f"SELECT {columns} FROM {source}", [files]).fetchall()  # noqa: S608 (quoted names)
    except duckdb.Error as error:
        raise ValueError(str(error).splitlines()[0]) from None
    finally:
        connection.close()
    names = [name for name, *_ in found]
    return names, [dict(zip(names, map(_known, row), strict=True)) for row in rows]


def _known(value: object) -> object:
    return aware(value) if isinstance(value, datetime) else value


def _within(table: str, since: datetime | None, until: datetime | None) -> str:
    order = _TABLES[table][0]
    after = f" AND {order} >= {_moment(since)}" if since else ""
    before = f" AND {order} < {_moment(until)}" if until else ""
    return f"WHERE TRUE{after}{before}"


def _moment(moment: datetime) -> str:
    return f"TIMESTAMP '{naive(moment).isoformat(sep=' ')}'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
