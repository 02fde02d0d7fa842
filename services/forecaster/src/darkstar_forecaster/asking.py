"""Asks the recorder in Arrow, all pages of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

import polars as pl
from pydantic import ValidationError

from darkstar_common.bus import Reply, RequestTimeoutError
from darkstar_common.contract import HISTORY_QUERY, HistoryQuery, HistoryQuestion, Service
from darkstar_common.runtime import Context

_TIMEOUT = timedelta(seconds=3)
_COMPLETE = "complete"
_LONGEST = 50_000
"""Rows that may be asked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """The recorder is silent, busy, or does not want to; a sentence says so."""

    reason: str


async def answer(
    context: Context,
    what: HistoryQuestion,
    start: datetime,
    end: datetime,
    *,
    columns: tuple[str, ...] = (),
    lead_hours: float | None = None,
) -> pl.DataFrame | Untold:
    """What the recorder knows of [`start`, `end`), in the columns of its README."""
    pages: list[pl.DataFrame] = []
    while True:
        query = HistoryQuery(
            sender=Service.FORECASTER,
            emitted_at=context.clock.now(),
            what=what,
            start=start,
            end=end,
            columns=columns,
            lead_hours=lead_hours,
            limit=_LONGEST,
            offset=sum(one.height for one in pages),
            format="arrow",
        )
        page = await _page(context, query)
        if isinstance(page, Untold):
            return page
        pages.append(page.drop(_COMPLETE))
        if page.is_empty() or page[_COMPLETE][-1]:
            return pl.concat(pages)


async def _page(context: Context, query: HistoryQuery) -> pl.DataFrame | Untold:
    try:
        reply = await context.bus.request(HISTORY_QUERY, query, timeout=_TIMEOUT)
    except RequestTimeoutError as error:
        return Untold(reason=str(error))
    try:
        page = pl.read_ipc_stream(BytesIO(reply.payload))
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return Untold(reason=_refusal(reply))
    if _COMPLETE not in page.columns:
        return Untold(reason=f"the answer on {query.what} has no column {_COMPLETE}")
    return page


def _refusal(reply: Reply) -> str:
    try:
        return reply.result.reason or "the recorder refused the question"
    except ValidationError:
        return "the recorder's answer is neither rows nor a refusal"
