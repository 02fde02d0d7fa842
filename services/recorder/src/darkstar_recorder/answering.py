"""Answers questions about what was recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

from darkstar_common.bus import Delivery
from darkstar_common.contract import HistoryQuery, HistoryRows, RequestResult, Service
from darkstar_common.runtime import Context, because_of
from darkstar_recorder.store import Asked, Details, QuestionError, Store
from darkstar_recorder.threads import Elsewhere

LONGEST_ANSWER = 900_000
"""Of the text of an answer [B]; what is left out is asked for with a higher offset."""
_A_DAY = timedelta(days=1)


class Answering:
    """One question after the other, beside the writer."""

    def __init__(self, context: Context, store: Store, elsewhere: Elsewhere) -> None:
        self._context, self._store, self._elsewhere = context, store, elsewhere

    async def answer(self, delivery: Delivery[HistoryQuery]) -> None:
        """Answer with rows, or say why not."""
        query = delivery.message
        start, end = span(query, self._context.clock.now())
        if start > end:
            reason = f"start {start.isoformat()} is after end {end.isoformat()}"
            await delivery.answer(self._refusal(query, reason))
            return
        asked = Asked(
            what=query.what, start=start, end=end, limit=query.limit, offset=query.offset,
            details=details(query),
        )  # fmt: skip
        try:
            rows = await self._elsewhere(lambda: self._store.answer(asked))
        except QuestionError as error:
            await delivery.answer(self._refusal(query, str(error)))
            return
        because_of(self._context.log, query).debug(
            "history_answered", what=query.what, rows=rows.row_count
        )
        answer = HistoryRows(
            sender=Service.RECORDER,
            emitted_at=self._context.clock.now(),
            caused_by=query.message_id,
            what=query.what,
            columns=rows.columns,
            row_count=rows.row_count,
            complete=rows.complete,
        )
        await delivery.answer(fitting(answer))

    def _refusal(self, query: HistoryQuery, reason: str) -> RequestResult:
        return RequestResult(
            sender=Service.RECORDER,
            emitted_at=self._context.clock.now(),
            caused_by=query.message_id,
            accepted=False,
            reason=reason,
            understood=HistoryQuery.examples,
        )


def fitting(answer: HistoryRows) -> HistoryRows:
    """`answer`, with fewer rows where it would be longer than a message may be."""
    while answer.row_count > 1 and len(answer.model_dump_json()) > LONGEST_ANSWER:
        half = answer.row_count // 2
        columns = {name: values[:half] for name, values in answer.columns.items()}
        update = {"columns": columns, "row_count": half, "complete": False}
        answer = answer.model_copy(update=update)
    return answer


def details(query: HistoryQuery) -> Details:
    """What a question says beside its time."""
    return Details(columns=query.columns, by=query.by, lead_hours=query.lead_hours, id=query.id)


def span(query: HistoryQuery, now: datetime) -> tuple[datetime, datetime]:
    """The time a question is about: until now and a day long, unless it says otherwise."""
    end = query.end or max(now, query.start or now)
    return query.start or end - _A_DAY, end
