"""Slot energies by source, and the readings they came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Literal

import duckdb

from darkstar_common.config import Tariff
from darkstar_recorder.core.past import PastSlot
from darkstar_recorder.core.readings import ENERGIES
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.imports import add_paid_prices
from darkstar_recorder.store.settings import AWAY, WHO_IS_AWAY
from darkstar_recorder.store.times import aware, naive

Source = Literal["counters", "history", "statistics", "import", "powers"]
COUNTERS: Source = "counters"
POWERS: Source = "powers"

_KWH = [f"{one}_kwh" for one in ENERGIES]
_FLAGS = [f"{one}_flags" for one in ENERGIES]
_SOC = ["soc_percent_start", "soc_percent_end"]
_COLUMNS = {
    "start_at": "TIMESTAMP",
    "source": "VARCHAR",
    **dict.fromkeys(_KWH, "DOUBLE"),
    **dict.fromkeys(_FLAGS, "USMALLINT"),
    **dict.fromkeys(_SOC, "DOUBLE"),
    "announced": "BOOLEAN",
    "changed_at": "TIMESTAMP",
}
_REPLACE = "(start_at, source) DO UPDATE SET " + ", ".join(
    f"{one} = excluded.{one}" for one in list(_COLUMNS)[2:]
)
_MISSING = " OR ".join(f"({one} IS NULL AND excluded.{one} IS NOT NULL)" for one in _KWH + _SOC)
_FILL = (
    "(start_at, source) DO UPDATE SET changed_at = excluded.changed_at, "
    + ", ".join(f"{one} = coalesce({one}, excluded.{one})" for one in _KWH + _SOC)
    + ", "
    + ", ".join(
        f"{flags} = CASE WHEN {kwh} IS NULL THEN excluded.{flags} ELSE {flags} END"
        for kwh, flags in zip(_KWH, _FLAGS, strict=True)
    )
    + f" WHERE {_MISSING}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What `add_slots` changed."""

    new: int
    """Rows that were not there."""
    filled: int
    """Rows that knew less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """A closed slot as the view has it: the best value of each energy."""

    start: datetime
    kwh: dict[str, float]
    """By channel; those that are not there are unknown [kWh]."""
    flags: dict[str, int]
    """By channel; those that are not there are clean."""
    soc_percent_start: float | None
    soc_percent_end: float | None
    residual_kwh: float | None
    import_per_kwh: float | None
    export_per_kwh: float | None
    spot_per_kwh: float | None
    price_kind: str | None
    source: str


def _rows(
    rows: Iterable[SlotEnergy], source: Source, at: datetime, *, announced: bool
) -> list[tuple[Any, ...]]:
    return [
        (
            naive(one.start),
            source,
            *(one.kwh.get(channel) for channel in ENERGIES),
            *(one.flags.get(channel, 0) for channel in ENERGIES),
            one.soc_percent_start,
            one.soc_percent_end,
            announced,
            naive(at),
        )
        for one in rows
    ]


def replace_slots(
    connection: duckdb.DuckDBPyConnection,
    rows: Iterable[SlotEnergy],
    source: Source,
    at: datetime,
    *,
    announced: bool,
) -> None:
    """Put whole rows of `source`, whatever was there."""
    found = _rows(rows, source, at, announced=announced)
    insert_rows(connection, "slot_observation", _COLUMNS, found, _REPLACE)


def replace_powers(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[SlotEnergy], at: datetime
) -> None:
    """Put what powers say of slots in place of what they said; a slot without any has no row."""
    found = list(rows)
    replace_slots(connection, (row for row in found if row.kwh), POWERS, at, announced=False)
    silent = [naive(row.start) for row in found if not row.kwh]
    if silent:
        connection.execute(
            "DELETE FROM slot_observation "
            "WHERE source = ? AND start_at IN (SELECT unnest(?::TIMESTAMP[]))",
            [POWERS, silent],
        )


def add_slots(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[SlotEnergy], source: Source, at: datetime
) -> Added:
    """Insert rows of `source` that are missing and energies that are null; replace nothing."""
    wanted = {one.start: one for one in rows}
    found = connection.execute(
        f"SELECT start_at, {', '.join(_KWH + _SOC)} FROM slot_observation "  # noqa: S608 (own names)
        "WHERE source = ? AND start_at IN (SELECT unnest(?::TIMESTAMP[]))",
        [source, [naive(start) for start in wanted]],
    ).fetchall()
    known = {aware(start): values for start, *values in found}
    filled = sum(_fills(wanted[start], values) for start, values in known.items())
    insert_rows(
        connection,
        "slot_observation",
        _COLUMNS,
        _rows(wanted.values(), source, at, announced=True),
        _FILL,
    )
    return Added(new=len(wanted) - len(known), filled=filled)


def _fills(row: SlotEnergy, values: Sequence[float | None]) -> bool:
    offered = (
        *(row.kwh.get(channel) for channel in ENERGIES),
        row.soc_percent_start,
        row.soc_percent_end,
    )
    return any(old is None and new is not None for old, new in zip(values, offered, strict=True))


def slots(connection: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> list[SlotRow]:
    """The closed slots that start in [`start`, `end`), in order."""
    found = connection.execute(
        f"SELECT start_at, {', '.join(_KWH + _FLAGS + _SOC)}, residual_kwh, import_per_kwh, "  # noqa: S608 (own names)
        "export_per_kwh, spot_per_kwh, price_kind, source FROM slot "
        "WHERE start_at >= ? AND start_at < ? ORDER BY start_at",
        [naive(start), naive(end)],
    )
    names = [one[0] for one in found.description]
    return [_slot_row(dict(zip(names, row, strict=True))) for row in found.fetchall()]


def _slot_row(row: dict[str, Any]) -> SlotRow:
    kwh = {one: row.pop(f"{one}_kwh") for one in ENERGIES}
    flags = {one: row.pop(f"{one}_flags") for one in ENERGIES}
    return SlotRow(
        start=aware(row.pop("start_at")),
        kwh={channel: value for channel, value in kwh.items() if value is not None},
        flags={channel: mask for channel, mask in flags.items() if mask},
        **row,
    )


def energies_of(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    start: datetime,
    end: datetime | None = None,
) -> dict[datetime, SlotEnergy]:
    """The rows of one source that start in [`start`, `end`), or from `start` on."""
    found = connection.execute(
        f"SELECT start_at, {', '.join(_KWH + _FLAGS + _SOC)} FROM slot_observation "  # noqa: S608 (own names)
        "WHERE source = ? AND start_at >= ? AND start_at < ? ORDER BY start_at",
        [source, naive(start), naive(end) if end else datetime.max],  # noqa: DTZ901 (as DuckDB has it)
    ).fetchall()
    count = len(ENERGIES)
    return {
        aware(at): SlotEnergy(
            start=aware(at),
            kwh=_there(values[:count], none=None),
            flags=_there(values[count : 2 * count], none=0),
            soc_percent_start=values[-2],
            soc_percent_end=values[-1],
        )
        for at, *values in found
    }


def _there(values: Sequence[Any], *, none: int | None) -> dict[str, Any]:
    pairs = zip(ENERGIES, values, strict=True)
    return {channel: value for channel, value in pairs if value != none}


def add_prices(
    connection: duckdb.DuckDBPyConnection,
    prices: Iterable[tuple[datetime, float]],
    tariff: Tariff | None,
    zone: tzinfo,
) -> int:
    """Insert spot prices that are past where none is published yet, and what they come to.

    Args:
        connection: Where to.
        prices: Start of the slot, and its price [currency/kWh].
        tariff: What makes an import and an export price of it; None: nothing does.
        zone: The time the tariff goes by.

    Returns:
        How many were missing.
    """
    return add_paid_prices(
        connection,
        (
            PastSlot(
                start=start,
                spot_per_kwh=spot,
                import_per_kwh=tariff.import_price(spot, start.astimezone(zone))
                if tariff
                else None,
                export_per_kwh=tariff.export_price(spot) if tariff else None,
            )
            for start, spot in prices
        ),
    )


def mark_announced(connection: duckdb.DuckDBPyConnection, starts: Iterable[datetime]) -> None:
    """Note that the present content of these slots was published."""
    wanted = [naive(start) for start in starts]
    if wanted:
        connection.execute(
            "UPDATE slot_observation SET announced = TRUE "
            "WHERE start_at IN (SELECT unnest(?::TIMESTAMP[])) AND source IN (?, ?)",
            [wanted, COUNTERS, POWERS],
        )


def unannounced(connection: duckdb.DuckDBPyConnection) -> tuple[datetime, ...]:
    """Slots whose present content was not published yet, in order."""
    rows = connection.execute(
        "SELECT DISTINCT start_at FROM slot_observation "
        "WHERE source IN (?, ?) AND NOT announced ORDER BY 1",
        [COUNTERS, POWERS],
    ).fetchall()
    return tuple(aware(start) for (start,) in rows)


def last_closed(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The start of the last slot that was made of counters or powers."""
    row = only_row(
        connection.execute(
            "SELECT max(start_at) FROM slot_observation WHERE source IN (?, ?)", [COUNTERS, POWERS]
        )
    )
    return aware(row[0]) if row and row[0] else None


def observations(
    connection: duckdb.DuckDBPyConnection, starts: Iterable[datetime]
) -> list[dict[str, Any]]:
    """These slots as the view has them, as columns by name, in order."""
    wanted = [naive(one) for one in starts]
    if not wanted:
        return []
    found = connection.execute(
        f"""
        SELECT s.start_at AS start, s.* EXCLUDE (start_at), {AWAY}
        FROM (
            SELECT * FROM slot
            WHERE start_at IN (SELECT unnest(?::TIMESTAMP[])) AND start_at BETWEEN ? AND ?
        ) s {WHO_IS_AWAY}
        ORDER BY s.start_at
        """,  # noqa: S608 (own text)
        [wanted, min(wanted), max(wanted)],
    )
    names = [one[0] for one in found.description]
    return [
        {**dict(zip(names, row, strict=True)), "start": aware(row[0])} for row in found.fetchall()
    ]
