"""`darkstar-recorder validate`: what was recorded beside what somebody else says."""

from __future__ import annotations

import csv
import math
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection, Container, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from darkstar_recorder.conversion import limits
from darkstar_recorder.core.backfilled import BackfillRefusedError, Source, of_hours, of_states
from darkstar_recorder.core.past import PastRefusedError
from darkstar_recorder.core.readings import ENERGIES
from darkstar_recorder.core.slots import energies
from darkstar_recorder.core.tabular import tabular
from darkstar_recorder.core.validation import (
    HOUR,
    Difference,
    Hours,
    Slot,
    days_of,
    differences,
    hours_between,
    hours_of_slots,
    hours_of_sums,
    in_rows,
    missing_days,
    representative,
)
from darkstar_recorder.homeassistant import HomeAssistant, HomeAssistantError
from darkstar_recorder.tools.backfill import called, sources
from darkstar_recorder.tools.tool import Desk, Tool, ToolError

DAYS = 10
TOLERANCE = 0.1
"""[kWh] in an hour."""
LOOKS_BACK = timedelta(days=3 * 366)
PIECE = timedelta(days=60)
Other = dict[str, Hours]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """What is compared with."""

    there: Callable[[datetime, datetime], Other]
    """What it says of [start, end), by channel."""
    days: Container[date] | None = None
    """Local days that it knows anything of; None: any."""
    since: date = date.min
    until: date = date.max
    way_out: str = ""
    """How a missing day is fetched from it, with a place for the day."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--against", choices=("ha", "csv"), required=True, help="Home Assistant, or a file"
    )
    parser.add_argument("--file", type=Path, help="the CSV file [start_utc, load_kwh, ...]")
    parser.add_argument(
        "--days", type=int, default=DAYS, help=f"so many days, unlike each other (default {DAYS})"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=TOLERANCE,
        help=f"a smaller difference of an hour does not count [kWh] (default {TOLERANCE})",
    )


def _run(desk: Desk, options: Namespace) -> int:
    if options.days < 1 or not 0 <= options.tolerance < math.inf:
        raise ToolError("--days is at least 1, and --tolerance a number that is not negative")
    recorded = _recorded(desk)
    try:
        with ExitStack() as lines:
            if options.against == "csv":
                here = {channel for slot in recorded for channel in slot.kwh}
                memory = _of_file(desk, options.file, here)
            else:
                memory = _of_home(desk, lines.enter_context(called(desk)))
            return _compared(desk, options, recorded, memory)
    except (BackfillRefusedError, HomeAssistantError) as error:
        raise ToolError(str(error)) from None


def _compared(desk: Desk, options: Namespace, recorded: Sequence[Slot], memory: _Memory) -> int:
    zone = ZoneInfo(desk.config.timezone)
    whole = days_of((slot.start.astimezone(zone).date(), slot) for slot in recorded)
    over = [one for one in whole if _over(one.day, zone, desk.now)]
    if not over:
        raise ToolError("no whole day is recorded yet; there is nothing to compare")
    days = [one for one in over if memory.days is None or one.day in memory.days]
    if not days:
        raise ToolError(f"{options.file} knows no day that is recorded; nothing can be compared")
    chosen = representative(days, options.days)
    desk.tell("looked at " + ", ".join(f"{day} ({why})" for day, why in chosen.items()))
    found: list[Difference] = []
    for number, day in enumerate(chosen, start=1):
        start, end = _span(day, zone)
        found += differences(
            [one for one in recorded if start <= one.start < end],
            memory.there(start, end),
            tolerance=options.tolerance,
            looked_at=tuple(hours_between(start, end)),
        )
        desk.progress(number, len(chosen))
    _tell_missing(desk, memory, {one.day for one in whole}, zone)
    return _told(desk, found, len(chosen), options.tolerance)


def _recorded(desk: Desk) -> list[Slot]:
    """All slots of the last years that have energies in them."""
    found: list[Slot] = []
    start = desk.now - LOOKS_BACK
    while start < desk.now:
        desk.checkpoint()
        found += (
            Slot(start=row.start, kwh=row.kwh, flags=row.flags, source=row.source)
            for row in desk.store.slots(start, start + PIECE)
            if row.kwh
        )
        start += PIECE
    return found


def _over(day: date, zone: ZoneInfo, now: datetime) -> bool:
    return _span(day, zone)[1] <= now - HOUR


def _span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start, end = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def _of_home(desk: Desk, home: HomeAssistant) -> _Memory:
    channels = {name: one for name, one in sources(desk, home).items() if name in ENERGIES}

    def there(start: datetime, end: datetime) -> Other:
        desk.checkpoint()
        return {name: _hours(desk, home, one, start, end) for name, one in channels.items()}

    return _Memory(there=there, way_out="; backfill --from {day} fetches it")


def _hours(
    desk: Desk, home: HomeAssistant, one: Source, start: datetime, end: datetime
) -> dict[datetime, float]:
    """What Home Assistant says of a day: its statistics, or its history where it has none."""
    if one.statistics_factor is not None:
        return hours_of_sums(tuple(of_hours(one, home.statistics(one.entity, start - HOUR, end))))
    states = home.history(one.entity, start - HOUR, end + HOUR)
    rows = energies({one.channel: tuple(of_states(one, states))}, limits=limits(desk.config))
    return hours_of_slots(
        (row.start, row.kwh[one.channel]) for row in rows.values() if not row.flags
    )


def _of_file(desk: Desk, path: Path | None, channels: Collection[str]) -> _Memory:
    if path is None:
        raise ToolError("--against csv needs --file, such as --file house.csv")
    try:
        with desk.path(path).open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            columns = table.fieldnames or ()
            past = tabular(columns, table)
    except (UnicodeDecodeError, csv.Error):
        raise ToolError(
            f"{path}: it is no CSV file; name one with start_utc, load_kwh, ..."
        ) from None
    except OSError as error:
        raise ToolError(f"{path}: it cannot be read: {error}") from None
    except PastRefusedError as error:
        raise ToolError(f"{path}: {error}") from None
    hours = {
        channel: hours_of_slots(
            (one.start, one.kwh[channel]) for one in past.slots if channel in one.kwh
        )
        for channel in channels
        if f"{channel}_kwh" in columns
    }
    known = {channel: some for channel, some in hours.items() if some}
    zone = ZoneInfo(desk.config.timezone)
    days = {hour.astimezone(zone).date() for some in known.values() for hour in some}

    def there(start: datetime, end: datetime) -> Other:
        desk.checkpoint()
        return {
            name: {hour: kwh for hour, kwh in some.items() if start <= hour < end}
            for name, some in known.items()
        }

    since, until = min(days, default=date.min), max(days, default=date.min)
    return _Memory(there=there, days=days, since=since, until=until)


def _tell_missing(desk: Desk, memory: _Memory, recorded: Collection[date], zone: ZoneInfo) -> None:
    """Days of which nothing is recorded, with what the other memory says of them."""
    yesterday = desk.now.astimezone(zone).date() - timedelta(days=1)
    for days in missing_days(recorded, min(yesterday, memory.until), memory.since):
        start, end = _span(days.first, zone)[0], _span(days.last, zone)[1]
        said = memory.there(start, end)
        there = {name: sum(some.values()) for name, some in said.items() if some}
        way_out = memory.way_out.format(day=days.first) if there else ""
        desk.tell(f"{replace(days, there=there)}{way_out}")


def _told(desk: Desk, found: Sequence[Difference], days: int, tolerance: float) -> int:
    for one in in_rows(found):
        desk.tell(str(one))
    unexplained = sum(one.cause is None for one in found)
    desk.tell(
        f"{days} days: {len(found)} hours differ by more than {tolerance:g} kWh, "
        f"{unexplained} unexplained"
    )
    return 1 if unexplained else 0


VALIDATE = Tool(
    name="validate",
    help="compare what was recorded, hour by hour, with Home Assistant or a file; "
    "fails where a difference has no cause",
    arguments=_arguments,
    run=_run,
)
