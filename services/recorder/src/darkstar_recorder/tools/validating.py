"""`darkstar-recorder validate`: what was recorded beside what somebody else says."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
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
    hours_of_slots,
    hours_of_sums,
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
    if options.days < 1 or options.tolerance < 0:
        raise ToolError("--days is at least 1, and --tolerance not negative")
    recorded = _recorded(desk)
    zone = ZoneInfo(desk.config.timezone)
    whole = days_of((slot.start.astimezone(zone).date(), slot) for slot in recorded)
    chosen = representative([one for one in whole if _over(one.day, zone, desk.now)], options.days)
    if not chosen:
        raise ToolError("no whole day is recorded yet; there is nothing to compare")
    days = [_span(day, zone) for day in chosen]
    try:
        if options.against == "csv":
            found = _against_file(desk, options, recorded, days)
        else:
            with called(desk) as home:
                found = _against_home(desk, home, options, recorded, days)
    except (BackfillRefusedError, HomeAssistantError) as error:
        raise ToolError(str(error)) from None
    return _told(desk, found, chosen, options.tolerance)


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


def _against_home(
    desk: Desk,
    home: HomeAssistant,
    options: Namespace,
    recorded: Sequence[Slot],
    days: Sequence[tuple[datetime, datetime]],
) -> list[Difference]:
    asked = {name: one for name, one in sources(desk, home).items() if name in ENERGIES}
    found: list[Difference] = []
    for number, (start, end) in enumerate(days, start=1):
        desk.checkpoint()
        slots = [one for one in recorded if start <= one.start < end]
        other = {name: _hours(desk, home, one, start, end) for name, one in asked.items()}
        found += differences(slots, other, tolerance=options.tolerance)
        desk.progress(number, len(days))
    return found


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


def _against_file(
    desk: Desk,
    options: Namespace,
    recorded: Sequence[Slot],
    days: Sequence[tuple[datetime, datetime]],
) -> list[Difference]:
    if options.file is None:
        raise ToolError("--against csv needs --file, such as --file house.csv")
    try:
        with desk.path(options.file).open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            past = tabular(table.fieldnames or (), table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{options.file}: it cannot be read: {error}") from None
    except PastRefusedError as error:
        raise ToolError(f"{options.file}: {error}") from None
    here = {channel for slot in recorded for channel in slot.kwh}
    other = {
        channel: hours_of_slots(
            (one.start, one.kwh[channel]) for one in past.slots if channel in one.kwh
        )
        for channel in ENERGIES
        if channel in here and any(channel in one.kwh for one in past.slots)
    }
    looked_at = [one for one in recorded if any(start <= one.start < end for start, end in days)]
    desk.checkpoint()
    return list(differences(looked_at, other, tolerance=options.tolerance))


def _told(
    desk: Desk, found: Sequence[Difference], chosen: dict[date, str], tolerance: float
) -> int:
    desk.tell("looked at " + ", ".join(f"{day} ({why})" for day, why in chosen.items()))
    for one in found:
        desk.tell(str(one))
    unexplained = sum(one.cause is None for one in found)
    desk.tell(
        f"{len(chosen)} days: {len(found)} hours differ by more than {tolerance:g} kWh, "
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
