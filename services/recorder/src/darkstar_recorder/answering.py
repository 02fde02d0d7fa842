"""Answers questions about what was recorded, or says why not, within a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from darkstar_common.bus import Delivery
from darkstar_common.contract import HistoryQuery, HistoryRows, RequestResult, Service
from darkstar_common.runtime import Context, Stopwatch, because_of
from darkstar_recorder.arrow import arrow_stream
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.store import (
    Asked,
    Details,
    QuestionError,
    Rows,
    Store,
    StoreError,
    Today,
    TooLongError,
)
from darkstar_recorder.threads import Elsewhere

T = TypeVar("T", str, bytes)

LONGEST_ANSWER = 900_000
"""An answer's length [B]; what is left out is asked for with a higher offset."""
MOST_WAITING = 16
"""Questions that may wait for their turn."""
_TO_FIND = timedelta(seconds=0.7)
"""From the arrival of a question until its rows are there; the rest of the second is for
writing them down."""
_SAMPLE = 200
"""Rows that tell how long the others are."""
_A_DAY = timedelta(days=1)
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Nothing is known of before and after; further off, days and zones leave the calendar."""
_FURTHEST = 1_000_000_000_000
"""No table is longer [rows]."""
_BUSY = "too many questions at once; ask again in a moment"
_TOO_LONG = "a row of this is longer than a message may be; ask for fewer columns, or as arrow"


class BusyError(QuestionError):
    """There is no time for the question now."""


class Answering:
    """One question after the other, beside the writer. `take` is its entrance, `run` its work."""

    def __init__(self, context: Context, store: Store, elsewhere: Elsewhere) -> None:
        self._context, self._store, self._elsewhere = context, store, elsewhere
        self._house = house_of(context.config)
        self._waiting: asyncio.Queue[tuple[Delivery[HistoryQuery], Stopwatch]] = asyncio.Queue()

    async def take(self, delivery: Delivery[HistoryQuery]) -> None:
        """Queue a question; refuse it at once where too many wait."""
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait((delivery, Stopwatch()))
        else:
            await delivery.answer(self._refusal(delivery.message, _BUSY, busy=True))

    async def run(self) -> None:
        """Answer what is queued until cancelled."""
        while True:
            await self.answer(*await self._waiting.get())

    async def answer(self, delivery: Delivery[HistoryQuery], waited: Stopwatch) -> None:
        """Answer with rows, or say why not; `waited` runs since the question arrived."""
        query = delivery.message
        now = self._context.clock.now()
        start, end = span(query, now)
        asked = Asked(
            what=query.what, start=start, end=end, limit=query.limit,
            offset=min(query.offset, _FURTHEST), details=details(query),
            today=Today(house=self._house, now=now),
        )  # fmt: skip
        said: HistoryRows | RequestResult | bytes
        try:
            said = await self._elsewhere(lambda: self._answered(query, asked, waited))
        except (BusyError, TooLongError) as error:
            said = self._refusal(query, str(error), busy=True)
        except (QuestionError, StoreError) as error:
            said = self._refusal(query, str(error))
        await delivery.answer(said)

    def _answered(
        self, query: HistoryQuery, asked: Asked, waited: Stopwatch
    ) -> HistoryRows | bytes:
        if asked.start > asked.end:
            start, end = asked.start.isoformat(), asked.end.isoformat()
            raise QuestionError(f"start {start} is after end {end}")
        left = _TO_FIND - waited.elapsed
        if left <= timedelta(0):
            raise BusyError(_BUSY)
        try:
            rows = self._store.answer(asked, left)
        except TooLongError:
            if left < _TO_FIND / 2:  # it might have been quick enough had it not waited
                raise BusyError(_BUSY) from None
            raise
        log = because_of(self._context.log, query)
        log.debug("history_answered", what=query.what, rows=rows.row_count)
        if query.format == "arrow":
            return fitting(rows, arrow_stream)[1]

        def written(some: Rows) -> str:
            return self._told(query, some).model_dump_json()

        return self._told(query, fitting(likely(rows, written), written)[0])

    def _told(self, query: HistoryQuery, rows: Rows) -> HistoryRows:
        return HistoryRows(
            sender=Service.RECORDER,
            emitted_at=self._context.clock.now(),
            caused_by=query.message_id,
            what=query.what,
            columns=rows.columns,
            row_count=rows.row_count,
            complete=rows.complete,
        )

    def _refusal(self, query: HistoryQuery, reason: str, *, busy: bool = False) -> RequestResult:
        return RequestResult(
            sender=Service.RECORDER,
            emitted_at=self._context.clock.now(),
            caused_by=query.message_id,
            accepted=False,
            reason=reason,
            understood=HistoryQuery.examples,
            busy=busy,
        )


def fitting(rows: Rows, written: Callable[[Rows], T]) -> tuple[Rows, T]:
    """As many of `rows` as fit into a message, and how they are `written`.

    Raises:
        QuestionError: Not even one does.
    """
    text = written(rows)
    while len(text) > LONGEST_ANSWER:
        if rows.row_count == 1:
            raise QuestionError(_TOO_LONG)
        rows = _head(rows, int(rows.row_count * LONGEST_ANSWER / len(text) * 0.95))
        text = written(rows)
    return rows, text


def likely(rows: Rows, written: Callable[[Rows], str]) -> Rows:
    """`rows`, or as many as will most likely fit, so that few are written for nothing."""
    if rows.row_count <= _SAMPLE:
        return rows
    count = int(_SAMPLE * LONGEST_ANSWER / len(written(_head(rows, _SAMPLE))))
    return rows if count >= rows.row_count else _head(rows, count)


def _head(rows: Rows, count: int) -> Rows:
    """The first rows, at least one."""
    count = max(1, count)
    columns = {name: values[:count] for name, values in rows.columns.items()}
    return replace(rows, columns=columns, row_count=count, complete=False)


def details(query: HistoryQuery) -> Details:
    """What a question says beside its time."""
    return Details(
        columns=query.columns, by=query.by, lead_hours=query.lead_hours, id=query.id,
        beginning=query.beginning,
    )  # fmt: skip


def span(query: HistoryQuery, now: datetime) -> tuple[datetime, datetime]:
    """The time a question is about: until now and a day long, unless it says otherwise."""
    end = _thinkable(query.end or max(now, query.start or now))
    return _thinkable(query.start or end - _A_DAY), end


def _thinkable(moment: datetime) -> datetime:
    """`moment`, or the nearest to it of which anything can be known."""
    return min(max(moment, _EARLIEST), _LATEST).astimezone(UTC)
