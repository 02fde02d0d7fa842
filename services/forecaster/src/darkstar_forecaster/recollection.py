"""Gets the house's past from the recorder, and keeps it current."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    HistoryRows,
    Issue,
    Service,
    SlotObservation,
)
from darkstar_common.runtime import Context
from darkstar_forecaster.core.history import History, PastSlot

ISSUE = "history"
_TIMEOUT = timedelta(seconds=3)
_PAUSE = timedelta(seconds=1)
_PAGE = 1000
"""Rows asked for at once; some 150 kB of JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    slots: tuple[PastSlot, ...] = ()
    last: bool = False


class Recollection:
    """The past `history_days`; what closes while the recorder is asked is kept as well."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._span = timedelta(days=context.config.forecaster.history_days)
        self.history = History()
        self.loaded = False

    def note(self, slot: SlotObservation) -> None:
        """Take in a slot that was closed or corrected."""
        since = self._context.clock.now() - self._span
        self.history = self.history.plus([past_slot(slot)], since=since)

    async def load(self) -> None:
        """Ask the recorder until it answers, however long that takes."""
        while (found := await self._ask_all()) is None:
            await self._context.status.raise_issue(
                Issue(
                    key=ISSUE,
                    severity="warning",
                    message="the recorder has not told what the house did so far; "
                    "load and PV forecasts wait for it",
                    guidance="See whether the recorder is running.",
                )
            )
            await self._context.clock.sleep(_PAUSE * self._context.clock.speed)
        await self._context.status.clear_issue(ISSUE)
        self.history = found.under(self.history)
        self.loaded = True
        self._context.log.info("history_loaded", slots=len(self.history.slots))

    async def _ask_all(self) -> History | None:
        """All pages, or None if one of them did not come."""
        now = self._context.clock.now()
        found, page = History(), _Page()
        rows = 0
        while not page.last:
            answer = await self._ask(now - self._span, now, rows)
            if answer is None:
                return None
            page = answer
            rows += len(page.slots)
            found = found.plus(page.slots, since=now - self._span)
        return found

    async def _ask(self, start: datetime, end: datetime, offset: int) -> _Page | None:
        query = HistoryQuery(
            sender=Service.FORECASTER,
            emitted_at=self._context.clock.now(),
            what="slots",
            start=start,
            end=end,
            limit=_PAGE,
            offset=offset,
        )
        try:
            reply = await self._context.bus.request(HISTORY_QUERY, query, timeout=_TIMEOUT)
            rows = reply.read(HistoryRows)
            return _Page(slots=past_slots(rows), last=rows.complete or not rows.row_count)
        except (RequestTimeoutError, ValidationError) as error:
            self._context.log.warning("history_not_told", reason=str(error).splitlines()[0])
            return None


def past_slot(slot: SlotObservation) -> PastSlot:
    """What a forecast needs of an observed slot."""
    return PastSlot(
        start=slot.start,
        load_kwh=slot.load_kwh,
        pv_kwh=slot.pv_kwh,
        water_kwh=slot.water_kwh,
        ev_kwh=slot.ev_kwh,
        quality=slot.quality,
    )


def past_slots(rows: HistoryRows) -> tuple[PastSlot, ...]:
    """The slots in an answer.

    Raises:
        pydantic.ValidationError: A row is no slot.
    """
    envelope = {"sender": rows.sender, "emitted_at": rows.emitted_at}
    by_row = zip(*rows.columns.values(), strict=True)
    fields = (dict(zip(rows.columns, values, strict=True)) for values in by_row)
    return tuple(past_slot(SlotObservation.model_validate(envelope | one)) for one in fields)
