"""`darkstar-recorder import`: a house's past from a file."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from darkstar_recorder.conversion import limits
from darkstar_recorder.core.earlier_episodes import EarlierUnreadableError, earlier
from darkstar_recorder.core.earlier_forecasts import EarlierForecast, forecasts
from darkstar_recorder.core.episodes import KeptEpisode
from darkstar_recorder.core.past import Finding, Past, PastRefusedError, PastSlot
from darkstar_recorder.core.predecessor import day_label, predecessor_slots
from darkstar_recorder.core.quality import DayLabel
from darkstar_recorder.core.tabular import tabular
from darkstar_recorder.earlier import (
    DAYS,
    EPISODES,
    FORECASTS,
    MAGIC,
    SLOTS,
    Earlier,
    earlier_database,
)
from darkstar_recorder.store import Store, read_parquet
from darkstar_recorder.tools.tool import Desk, Tool, ToolError, add_span

T = TypeVar("T")

PIECE = 1_000
"""Slots written in one transaction, so that nothing else waits long."""
EPISODE_PIECE = 20
PARQUET, DUCKDB = b"PAR1", b"DUCK"
_TOLD = 20
"""So many findings of a table are told one by one."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        help="a CSV file with a column start_utc and any of load_kwh, pv_kwh, import_kwh, "
        "export_kwh, charge_kwh, discharge_kwh, water_kwh, ev_kwh, soc_percent_start, "
        "soc_percent_end, spot_per_kwh, import_per_kwh, export_per_kwh; or Parquet, a directory "
        "that `export` wrote, or the planner_learning.db of an earlier Darkstar",
    )
    add_span(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what is in the file, and what is wrong"
    )
    parser.add_argument("--all", action="store_true", help="name every row that was left out")


def _run(desk: Desk, options: Namespace) -> int:
    path = desk.path(options.file)
    try:
        if _begins(path, MAGIC):
            with earlier_database(path) as database:
                _import_earlier(desk, options, database)
        else:
            past = _tables(path).between(options.since, options.until)
            _import_slots(desk, options, past)
            _tell_findings(desk, options, past.findings)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{options.file}: it cannot be read: {error}") from None
    except PastRefusedError as error:
        raise ToolError(f"{options.file}: {error}") from None
    if options.dry_run:
        desk.tell(f"nothing was written to {desk.database}")
    return 0


def _in(directory: Path, pattern: str) -> list[Path]:
    """Files of an export: in `directory` and its months; a whole disk is not searched."""
    return sorted([*directory.glob(pattern), *directory.glob(f"*/{pattern}")])


def _begins(path: Path, magic: bytes, after: int = 0) -> bool:
    if path.is_dir():
        return False
    with path.open("rb") as file:
        return file.read(after + len(magic))[after:] == magic


def _tables(path: Path) -> Past:
    """A file of slots, or the directory of an export: what is in it of slots and prices."""
    if not path.is_dir():
        return _table(path)
    parts = [one for one in (path / "slots", path / "prices") if one.is_dir()] or [path]
    found = [_parquet(files) for one in parts if (files := _in(one, "*.parquet"))]
    found += [_csv(file) for one in parts for file in _in(one, "*.csv")]
    if not found:
        raise PastRefusedError("there is no Parquet or CSV file in this directory")
    return Past(
        slots=tuple(slot for one in found for slot in one.slots),
        findings=tuple(finding for one in found for finding in one.findings),
    )


def _table(path: Path) -> Past:
    if _begins(path, DUCKDB, after=8):
        raise PastRefusedError("it is a copy of a recorder's file; put it back with `restore`")
    if path.is_file() and not path.stat().st_size:
        raise PastRefusedError("it is empty")
    return _parquet([path]) if _begins(path, PARQUET) else _csv(path)


def _csv(path: Path) -> Past:
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        return tabular(table.fieldnames or (), table)


def _parquet(paths: list[Path]) -> Past:
    try:
        columns, rows = read_parquet(paths)
    except ValueError as error:
        raise PastRefusedError(f"it cannot be read: {error}") from None
    return tabular(columns, rows)


def _import_slots(desk: Desk, options: Namespace, past: Past) -> None:
    found = len({one.start for one in past.slots})
    if options.dry_run:
        desk.tell(f"{options.file}: {found} slots read")
        return
    new = filled = prices = 0
    for first in range(0, len(past.slots), PIECE):
        desk.checkpoint()
        piece = past.slots[first : first + PIECE]
        energies = [one for one in piece if one.measured]
        added = desk.store.add_slots(energies, "import", desk.now)
        new, filled = new + added.new, filled + added.filled
        prices += desk.store.add_paid_prices(_priced(desk, piece))
        desk.progress(min(first + PIECE, len(past.slots)), len(past.slots))
    desk.tell(f"{options.file}: {found} slots read, {new} new in {desk.database}")
    if filled:
        desk.tell(f"{options.file}: {filled} slots know more than before")
    if prices > new:
        desk.tell(f"{options.file}: {prices} slots have a price that had none")


def _priced(desk: Desk, slots: Iterable[PastSlot]) -> list[PastSlot]:
    """The slots that have a price; what a spot price comes to is what the tariff says."""
    tariff, zone = desk.config.tariff, desk.config.zone
    return [
        replace(
            one,
            import_per_kwh=tariff.import_price(one.spot_per_kwh, one.start.astimezone(zone)),
            export_per_kwh=tariff.export_price(one.spot_per_kwh),
        )
        if one.spot_per_kwh is not None
        and one.import_per_kwh is None
        and one.export_per_kwh is None
        else one
        for one in slots
        if one.priced
    ]


def _import_earlier(desk: Desk, options: Namespace, database: Earlier) -> None:
    past = predecessor_slots(
        database.rows(SLOTS),
        timezone=desk.config.zone,
        now=desk.now,
        limits=limits(desk.config),
    )
    _import_slots(desk, options, past.between(options.since, options.until))
    labels, bad_labels = _labels(desk, options, database)
    if labels:
        said = f"{options.file}: {len(labels)} days with a label"
        if not options.dry_run:
            said += f", {desk.store.label_days(labels, 'predecessor', desk.now)} new"
        desk.tell(said)
    bad_forecasts = _import_rows(desk, options, database, _FORECAST_ROWS)
    bad_episodes = _import_rows(desk, options, database, _EPISODE_ROWS)
    for findings in (past.findings, bad_labels, bad_forecasts, bad_episodes, database.findings):
        _tell_findings(desk, options, findings)


def _labels(
    desk: Desk, options: Namespace, database: Earlier
) -> tuple[list[DayLabel], list[Finding]]:
    labels, findings = [], []
    first, last = (
        one.astimezone(desk.config.zone).date() if one else None
        for one in (options.since, options.until)
    )
    for row in database.rows(DAYS):
        try:
            found = day_label(row)
        except ValueError as error:
            findings.append(Finding(row=f"day {row.get('date')}", sentence=f"{error}; left out"))
            continue
        if (first is None or found.day >= first) and (last is None or found.day < last):
            labels.append(found)
    return labels, findings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sort(Generic[T]):
    """What an earlier Darkstar kept by the row, and how it is taken over."""

    table: str
    called: str
    piece: int
    """Rows in one transaction."""
    read: Callable[[Desk, Iterable[dict[str, object]], list[Finding]], list[T]]
    at: Callable[[T], datetime]
    """The moment that --from and --until are about."""
    add: Callable[[Store, list[T]], int]


def _import_rows(desk: Desk, options: Namespace, database: Earlier, of: _Sort[T]) -> list[Finding]:
    whole, rows, findings = database.count(of.table), database.rows(of.table), list[Finding]()
    done = found = new = 0
    while piece := list(islice(rows, of.piece)):
        desk.checkpoint()
        read = [one for one in of.read(desk, piece, findings) if _within(of.at(one), options)]
        found += len(read)
        if not options.dry_run:
            new += of.add(desk.store, read)
        done += len(piece)
        desk.progress(done, max(whole, done))
    if found:
        said = f"{options.file}: {found} {of.called} read"
        desk.tell(said if options.dry_run else f"{said}, {new} new")
    return findings


def _forecasts(
    desk: Desk, rows: Iterable[dict[str, object]], findings: list[Finding]
) -> list[EarlierForecast]:
    found = list[EarlierForecast]()
    for row in rows:
        try:
            found.extend(forecasts(row, timezone=desk.config.zone, now=desk.now))
        except ValueError as error:
            name = f"forecast {row.get('slot_start')} {row.get('forecast_version')}"
            findings.append(Finding(row=name, sentence=f"{error}; left out"))
    return found


def _episodes(
    desk: Desk, rows: Iterable[dict[str, object]], findings: list[Finding]
) -> list[KeptEpisode]:
    found = []
    for row in rows:
        try:
            found.append(
                earlier(
                    str(row.get("episode_id")),
                    created_at=_text(row.get("created_at")),
                    inputs=_body(row.get("inputs_json")),
                    context=_body(row.get("context_json")),
                    schedule=_body(row.get("schedule_json")),
                    overrides=_body(row.get("config_overrides_json")),
                    system_id=_text(row.get("system_id")),
                    timezone=desk.config.zone,
                )
            )
        except EarlierUnreadableError as error:
            name, _, reason = str(error).partition(": ")
            findings.append(Finding(row=name, sentence=f"{reason}; left out"))
    return found


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None


def _body(cell: object) -> bytes | str | None:
    return cell if isinstance(cell, bytes | str) else None


_FORECAST_ROWS = _Sort(
    table=FORECASTS, called="forecasts of a slot", piece=PIECE, read=_forecasts,
    at=lambda one: one.start, add=lambda store, some: store.add_forecasts(some),
)  # fmt: skip
_EPISODE_ROWS = _Sort(
    table=EPISODES, called="episodes", piece=EPISODE_PIECE, read=_episodes,
    at=lambda one: one.facts.first_slot or one.emitted_at,
    add=lambda store, some: store.add_episodes(some),
)  # fmt: skip


def _within(at: datetime, options: Namespace) -> bool:
    return (options.since is None or at >= options.since) and (
        options.until is None or at < options.until
    )


def _tell_findings(desk: Desk, options: Namespace, findings: Sequence[Finding]) -> None:
    told = findings if options.all else findings[:_TOLD]
    for one in told:
        desk.tell(str(one))
    if len(findings) > len(told):
        desk.tell(f"and {len(findings) - len(told)} more of the kind; --all names them")


IMPORT = Tool(
    makes=True,
    name="import",
    help="take over a house's past; what is there already stays as it is",
    arguments=_arguments,
    run=_run,
)
