"""`darkstar-recorder validate`: what was recorded beside what somebody else says."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    Missing,
    Slot,
    days_of,
    differences,
    hours_between,
    hours_of_slots,
    hours_of_sums,
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
class _Asked:
    """What is to be compared."""

    recorded: Sequence[Slot]
    days: Sequence[tuple[datetime, datetime]]
    missing: Sequence[Missing]
    zone: ZoneInfo
    tolerance: float

    def compared(self, start: datetime, end: datetime, other: Other) -> Iterator[Difference]:
        """Where what is recorded of a day is not what is said of it there."""
        return differences(
            [one for one in self.recorded if start <= one.start < end],
            other,
            tolerance=self.tolerance,
            looked_at=tuple(hours_between(start, end)),
        )

    def told(self, days: Missing, there: Callable[[datetime, datetime], Other]) -> Missing:
        """Missing days with what is said of them there."""
        start, end = _span(days.first, self.zone)[0], _span(days.last, self.zone)[1]
        known = {name: sum(some.values()) for name, some in there(start, end).items() if some}
        return replace(days, there=known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What came of it."""

    differences: Sequence[Difference]
    missing: Sequence[Missing]
    home: bool = False
    """It was compared with Home Assistant."""


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
    over = [one for one in whole if _over(one.day, zone, desk.now)]
    chosen = representative(over, options.days)
    if not chosen:
        raise ToolError("no whole day is recorded yet; there is nothing to compare")
    yesterday = desk.now.astimezone(zone).date() - timedelta(days=1)
    asked = _Asked(
        recorded=recorded,
        days=tuple(_span(day, zone) for day in chosen),
        missing=missing_days({one.day for one in whole}, yesterday),
        zone=zone,
        tolerance=options.tolerance,
    )
    try:
        if options.against == "csv":
            found = _against_file(desk, options.file, asked)
        else:
            with called(desk) as home:
                found = _against_home(desk, home, asked)
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


def _against_home(desk: Desk, home: HomeAssistant, asked: _Asked) -> _Found:
    channels = {name: one for name, one in sources(desk, home).items() if name in ENERGIES}

    def there(start: datetime, end: datetime) -> Other:
        desk.checkpoint()
        return {name: _hours(desk, home, one, start, end) for name, one in channels.items()}

    found: list[Difference] = []
    for number, (start, end) in enumerate(asked.days, start=1):
        found += asked.compared(start, end, there(start, end))
        desk.progress(number, len(asked.days))
    missing = [asked.told(one, there) for one in asked.missing]
    return _Found(differences=found, missing=missing, home=True)


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


def _against_file(desk: Desk, path: Path | None, asked: _Asked) -> _Found:
    if path is None:
        raise ToolError("--against csv needs --file, such as --file house.csv")
    try:
        with desk.path(path).open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            past = tabular(table.fieldnames or (), table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{path}: it cannot be read: {error}") from None
    except PastRefusedError as error:
        raise ToolError(f"{path}: {error}") from None
    here = {channel for slot in asked.recorded for channel in slot.kwh}
    other = {
        channel: hours_of_slots(
            (one.start, one.kwh[channel]) for one in past.slots if channel in one.kwh
        )
        for channel in ENERGIES
        if channel in here and any(channel in one.kwh for one in past.slots)
    }

    def there(start: datetime, end: datetime) -> Other:
        desk.checkpoint()
        return {
            name: {hour: kwh for hour, kwh in some.items() if start <= hour < end}
            for name, some in other.items()
        }

    found = [one for span in asked.days for one in asked.compared(*span, there(*span))]
    missing = [asked.told(one, there) for one in asked.missing]
    return _Found(differences=found, missing=missing)


def _told(desk: Desk, found: _Found, chosen: Mapping[date, str], tolerance: float) -> int:
    desk.tell("looked at " + ", ".join(f"{day} ({why})" for day, why in chosen.items()))
    for one in found.differences:
        desk.tell(str(one))
    for days in found.missing:
        fetched = f"; backfill --from {days.first} fetches it" if found.home and days.there else ""
        desk.tell(f"{days}{fetched}")
    unexplained = sum(one.cause is None for one in found.differences)
    desk.tell(
        f"{len(chosen)} days: {len(found.differences)} hours differ by more than {tolerance:g} "
        f"kWh, {unexplained} unexplained"
    )
    return 1 if unexplained else 0


VALIDATE = Tool(
    name="validate",
    help="compare what was recorded, hour by hour, with Home Assistant or a file; "
    "fails where a difference has no cause",
    arguments=_arguments,
    run=_run,
)
