"""Asks the recorder what the water heater did before this service was here."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import ValidationError

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    HistoryRows,
    Service,
    SlotObservation,
)
from darkstar_common.runtime import Context
from darkstar_planner.rounds import Rounds

LOOKED_BACK = timedelta(hours=48)
PATIENCE = timedelta(seconds=5)
TRIES = 6


async def recall(context: Context, rounds: Rounds) -> None:
    """Put the recorder's slots of the last two days on record; give up if nobody answers."""
    if context.config.water_heater is None:
        return
    for _ in range(TRIES):
        rows = await _asked(context)
        if rows is None:
            continue
        for slot in observations(rows, context.clock.now()):
            rounds.inputs = rounds.inputs.updated(slot)
        context.log.info("history_recalled", slots=rows.row_count)
        rounds.ask("the water heater's past became known")
        return
    context.log.warning("history_unknown", tries=TRIES)


async def _asked(context: Context) -> HistoryRows | None:
    now = context.clock.now()
    query = HistoryQuery(
        sender=Service.PLANNER, emitted_at=now, what="slots", start=now - LOOKED_BACK, end=now
    )
    try:
        reply = await context.bus.request(HISTORY_QUERY, query, timeout=PATIENCE)
        return reply.read(HistoryRows)
    except RequestTimeoutError:
        return None
    except ValidationError as error:
        context.log.warning("history_refused", reason=str(error).splitlines()[0])
        return None


def observations(rows: HistoryRows, now: datetime) -> tuple[SlotObservation, ...]:
    """The heater's energy in each row."""
    starts, water = rows.columns.get("start", ()), rows.columns.get("water_kwh", ())
    quality = rows.columns.get("quality", ((),) * len(starts))
    return tuple(
        SlotObservation(
            sender=Service.RECORDER,
            emitted_at=now,
            start=datetime.fromisoformat(start),
            water_kwh=kwh,
            quality=tuple(flags),
        )
        for start, kwh, flags in zip(starts, water, quality, strict=False)
    )
