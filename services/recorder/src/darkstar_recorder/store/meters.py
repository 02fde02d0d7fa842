"""What the meters showed, from the file into a ledger and from a page of it into the file."""

from __future__ import annotations

from datetime import datetime

import duckdb

from darkstar_common.slots import SLOT, slot_start
from darkstar_recorder.core.counters import LATELY
from darkstar_recorder.core.ledger import WINDOW, Ledger, Page, without
from darkstar_recorder.core.limits import Limits, learned
from darkstar_recorder.core.readings import by_channel
from darkstar_recorder.core.slots import energies
from darkstar_recorder.core.thinning import thinned
from darkstar_recorder.core.usual import Usual
from darkstar_recorder.store import powers, readings, slots


def ledger(connection: duckdb.DuckDBPyConnection, limits: Limits, usual: Usual | None) -> Ledger:
    """What the counters showed of late, and the slots that were made of it."""
    last, closed = readings.last(connection), slots.last_closed(connection)
    newest = closed or last or powers.newest(connection)
    if newest is None:
        return Ledger(limits=limits, usual=usual)
    since = slot_start(newest) - WINDOW
    kept = by_channel(readings.whole(connection, readings.around(connection, since - WINDOW)))
    known = learned(limits, kept)
    held = {
        channel: thinned(some, slot_start(newest) - LATELY, known) for channel, some in kept.items()
    }
    summed = powers.since(connection, since)
    return Ledger(
        readings=held,
        needless=tuple(one for name, some in kept.items() for one in without(some, held[name])),
        verdicts=readings.judged(connection, since),
        rows=slots.energies_of(connection, slots.COUNTERS, since),
        powers=summed,
        noted=summed,
        by_power=slots.energies_of(connection, slots.POWERS, since),
        since=since,
        until=closed + SLOT if closed else None,
        unannounced=slots.unannounced(connection),
        limits=known,
        usual=usual,
        corrected=True,
    )


def keep(connection: duckdb.DuckDBPyConnection, page: Page, at: datetime) -> tuple[datetime, ...]:
    """Write a page.

    Returns:
        The slots that it closes or corrects, also those that are older than its ledger.
    """
    readings.discard(connection, page.needless)
    readings.keep(connection, page.readings)
    readings.judge(connection, page.verdicts)
    slots.replace_slots(connection, page.rows, slots.COUNTERS, at, announced=False)
    slots.replace_powers(connection, page.by_power, at)
    powers.keep(connection, page.powers)
    return (*page.closed, *_anew(connection, page, at))


def _anew(connection: duckdb.DuckDBPyConnection, page: Page, at: datetime) -> tuple[datetime, ...]:
    """Work out the slots that are too old for the ledger, from what is kept of readings."""
    if page.anew is None:
        return ()
    start, end = _touched(connection, page, *page.anew)
    around = readings.around(connection, start - LATELY, end + LATELY)
    found = energies(
        by_channel(readings.whole(connection, around)),
        limits=page.limits,
        usual=page.usual,
    )
    known = slots.energies_of(connection, slots.COUNTERS, start, end)
    rows = [
        row
        for row in found.values()
        if start <= row.start < end and row.differs(known.get(row.start))
    ]
    slots.replace_slots(connection, rows, slots.COUNTERS, at, announced=False)
    return tuple(row.start for row in rows)


def _touched(
    connection: duckdb.DuckDBPyConnection, page: Page, start: datetime, end: datetime
) -> tuple[datetime, datetime]:
    """Whole slots from the reading before the late ones to the reading after them."""
    late = {one.channel for one in page.readings if start <= one.measured_at <= end}
    near = readings.whole(connection, readings.around(connection, start, end))
    times = [one.measured_at for one in near if one.channel in late]
    first = slot_start(min((start, *times)))
    last = slot_start(max((end, *times))) + SLOT
    return first, last if page.until is None else min(last, page.until)
