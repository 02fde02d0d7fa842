"""Asks the recorder what the house did before this service was here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import ValidationError

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.config import Config
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    HistoryRows,
    Service,
    SlotObservation,
)
from darkstar_common.runtime import Context
from darkstar_planner.core.peaks import month_start
from darkstar_planner.knowledge import Knowledge
from darkstar_planner.rounds import Rounds

LOOKED_BACK = timedelta(hours=48)
PATIENCE = timedelta(seconds=5)
TRIES = 6
LATER = timedelta(minutes=5)
PAGE = 2000
MOST_PAGES = 20


async def recall(context: Context, knowledge: Knowledge, rounds: Rounds) -> None:
    """Put the recorder's slots on record, as far back as a plan depends on them."""
    if looked_back_to(context.config, context.clock.now()) is None:
        return
    said = False
    while True:
        for _ in range(TRIES):
            known = await _asked(context)
            if known is not None:
                knowledge.recall(known)
                context.log.info("history_recalled", slots=len(known))
                rounds.ask("the past of the house became known")
                return
        if not said:
            context.log.warning("history_unknown", tries=TRIES, next_try_in=str(LATER))
            said = True
        await context.clock.sleep(LATER)


def looked_back_to(config: Config, now: datetime) -> datetime | None:
    """From when on the past matters: two days, or the month for a peak tariff; None: never."""
    starts = []
    if config.water_heater is not None or config.evs:
        starts.append(now - LOOKED_BACK)
    if config.grid.peak is not None:
        starts.append(month_start(now, config.zone))
    return min(starts, default=None)


async def _asked(context: Context) -> tuple[SlotObservation, ...] | None:
    """All slots that matter, page by page; None when somebody did not answer."""
    now, known = context.clock.now(), list[SlotObservation]()
    start = looked_back_to(context.config, now)
    for _ in range(MOST_PAGES):
        rows = await _page(context, start, now, offset=len(known))
        if rows is None:
            return None
        known += observations(rows, now)
        if rows.complete or not rows.row_count:
            break
    return tuple(known)


async def _page(
    context: Context, start: datetime | None, end: datetime, *, offset: int
) -> HistoryRows | None:
    query = HistoryQuery(
        sender=Service.PLANNER,
        emitted_at=end,
        what="slots",
        start=start,
        end=end,
        limit=PAGE,
        offset=offset,
    )
    try:
        reply = await context.bus.request(HISTORY_QUERY, query, timeout=PATIENCE)
        return reply.read(HistoryRows)
    except RequestTimeoutError:
        return None
    except ValidationError as error:
        context.log.debug("history_refused", reason=str(error).splitlines()[0])
        await context.clock.sleep(PATIENCE)
        return None


def observations(rows: HistoryRows, now: datetime) -> Iterable[SlotObservation]:
    """What the devices used and the house imported in each row."""
    columns, nothing = rows.columns, (None,) * rows.row_count
    quality = columns.get("quality", ((),) * rows.row_count)
    energies = (columns.get(name, nothing) for name in ("water_kwh", "ev_kwh", "import_kwh"))
    return (
        SlotObservation(
            sender=Service.RECORDER,
            emitted_at=now,
            start=datetime.fromisoformat(start),
            water_kwh=water,
            ev_kwh=ev,
            import_kwh=imported,
            quality=tuple(flags),
        )
        for start, water, ev, imported, flags in zip(
            columns.get("start", ()), *energies, quality, strict=False
        )
    )
