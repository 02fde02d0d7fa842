"""What the doctor looks at: on a connection of its own, so that nobody waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, local_day
from darkstar_recorder.core.quality import DayLabel, Judge, label
from darkstar_recorder.core.readings import ENERGIES, Readings, by_channel
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import readings, slots
from darkstar_recorder.store.database import open_beside, transaction
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.slots import SlotRow, Source
from darkstar_recorder.store.times import aware, naive

SOURCES: tuple[Source, ...] = ("counters", "history", "import", "statistics", "powers")
"""The best first, where all are clean."""
_SINCE = ", ".join(f"min(start_at) FILTER ({one}_kwh IS NOT NULL)" for one in ENERGIES)
# Days that are over, of which a slot was written after the doctor labelled them, if it did.
_UNJUDGED = """
WITH calendar AS (SELECT unnest($days::DATE[]) AS day, unnest($starts::TIMESTAMP[]) AS first_at),
written AS (
    SELECT c.day, max(o.changed_at) AS at
    FROM slot_observation o ASOF JOIN calendar c ON o.start_at >= c.first_at
    WHERE o.start_at >= $first AND o.start_at < $end GROUP BY c.day
)
SELECT day FROM written w LEFT JOIN day_quality q USING (day)
WHERE q.day IS NULL OR (q.labelled_by = 'doctor' AND w.at >= q.labelled_at) ORDER BY day
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What time there are slots of."""

    start: datetime
    end: datetime
    """Of the last slot."""
    since: Mapping[str, datetime]
    """When each channel is known first."""


class Examiner:
    """Reads what is committed while others write; closed after use."""

    def __init__(self, path: Path) -> None:
        """Look at the file at `path`, which this process has open."""
        self._connection = open_beside(path)

    def extent(self) -> Extent | None:
        """The time of all slots; None: there are none."""
        row = only_row(
            self._connection.execute(
                f"SELECT min(start_at), max(start_at), {_SINCE} FROM slot_observation"  # noqa: S608 (own names)
            )
        )
        if row is None or row[0] is None:
            return None
        first, last, *since = row
        known = zip(ENERGIES, since, strict=True)
        return Extent(
            start=aware(first),
            end=aware(last) + SLOT,
            since={channel: aware(at) for channel, at in known if at is not None},
        )

    def slots(self, start: datetime, end: datetime) -> list[SlotRow]:
        """The slots that start in [`start`, `end`): the best value of each energy."""
        return slots.slots(self._connection, start, end)

    def sources(self, start: datetime, end: datetime) -> dict[Source, dict[datetime, SlotEnergy]]:
        """The rows of each source that start in [`start`, `end`), the best source first."""
        found = {one: slots.energies_of(self._connection, one, start, end) for one in SOURCES}
        return {source: rows for source, rows in found.items() if rows}

    def readings(self, start: datetime, end: datetime) -> Readings:
        """What was read in [`start`, `end`], and the nearest readings on both sides."""
        return by_channel(readings.around(self._connection, start, end))

    def readings_since(self) -> datetime | None:
        """The first reading that is still kept."""
        row = only_row(self._connection.execute("SELECT min(measured_at) FROM reading"))
        return aware(row[0]) if row and row[0] else None

    def closed(self) -> datetime | None:
        """The last slot that was made of counters."""
        return slots.last_closed(self._connection)

    def future(self, now: datetime) -> list[datetime]:
        """Slots that are said to be over after `now`, and were written before it."""
        found = self._connection.execute(
            "SELECT DISTINCT start_at FROM slot_observation "
            "WHERE start_at > ? AND changed_at <= ? ORDER BY 1",
            [naive(now - SLOT), naive(now)],
        )
        return [aware(start) for (start,) in found.fetchall()]

    def written_after(self, now: datetime) -> datetime | None:
        """The last time at which a slot was written, if that is after `now`."""
        row = only_row(
            self._connection.execute(
                "SELECT max(changed_at) FROM slot_observation WHERE changed_at > ?", [naive(now)]
            )
        )
        return aware(row[0]) if row and row[0] else None

    def labels(self, first: date, last: date) -> dict[date, tuple[DayLabel, Judge]]:
        """The labels from `first` to `last`, both included, and whose they are."""
        found = self._connection.execute(
            "SELECT day, label, reasons, labelled_by FROM day_quality WHERE day BETWEEN ? AND ?",
            [first, last],
        )
        return {
            day: (DayLabel(day=day, label=label(name), reasons=why), by)
            for day, name, why, by in found.fetchall()
        }

    def unjudged(self, zone: ZoneInfo, now: datetime) -> tuple[date, ...]:
        """Local days that are over, with slots that nobody judged as they are now."""
        extent = self.extent()
        if extent is None:
            return ()
        first, today = (one.astimezone(zone).date() for one in (extent.start, now))
        days = [first + timedelta(days=number) for number in range((today - first).days)]
        span = {"first": naive(extent.start), "end": naive(local_day(today, zone)[0])}
        starts = [naive(local_day(day, zone)[0]) for day in days]
        found = self._connection.execute(_UNJUDGED, {"days": days, "starts": starts, **span})
        return tuple(day for (day,) in found.fetchall())

    def forget(self, starts: Iterable[datetime]) -> None:
        """Delete slots, as all sources have them."""
        with transaction(self._connection):
            self._connection.execute(
                "DELETE FROM slot_observation WHERE start_at IN (SELECT unnest(?::TIMESTAMP[]))",
                [[naive(start) for start in starts]],
            )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
