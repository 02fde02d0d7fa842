"""Questions to the recorder, and its answers as rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Self
from uuid import uuid4

from pydantic import ValidationError

from darkstar_common.bus import Bus, Reply, RequestTimeoutError
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    HistoryQuestion,
    HistoryRows,
    RequestResult,
    Service,
)
from darkstar_common.runtime import Clock
from darkstar_gateway.api.commands import refused, unanswered
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.api.wired import Wired

TRIES = 4
"""So often a busy recorder is asked, with a pause between."""
PAUSE = timedelta(seconds=0.7)
MOST_ROWS = 60_000
"""What needs more rows than this is asked of a shorter time."""

AT_ONCE = 8
"""Questions under way; the recorder refuses those of all services beyond 16."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """The recorder as seen from here: it has `patience` of wall time for each answer.

    What several ask at once is asked once, and few questions are under way at a time: when a
    slot closes, every page that is open wants to know what it came to.
    """

    bus: Bus
    clock: Clock
    patience: timedelta
    _turns: asyncio.Semaphore = field(init=False, repr=False, compare=False)
    _asked: dict[str, asyncio.Task[HistoryRows]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """As many at a time as the recorder lets wait without refusing any."""
        object.__setattr__(self, "_turns", asyncio.Semaphore(AT_ONCE))

    @classmethod
    def of(cls, wired: Wired) -> Self:
        """The one on the bus of the application."""
        return cls(bus=wired.bus, clock=wired.clock, patience=wired.patience)

    async def rows(self, what: HistoryQuestion, **details: Any) -> HistoryRows:
        """One answer, which may be the first part of a longer one.

        Raises:
            Problem: The recorder refuses the question, or does not answer.
        """
        key = f"{what} {sorted(details.items())}"
        task = self._asked.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(what, details), name="ask the recorder")
            self._asked[key] = task
            task.add_done_callback(lambda _: self._asked.pop(key, None))
            task.add_done_callback(_heard)
        return await asyncio.shield(task)  # who goes away does not take the others' answer along

    async def _ask(self, what: HistoryQuestion, details: Mapping[str, Any]) -> HistoryRows:
        query = HistoryQuery(
            sender=Service.GATEWAY, emitted_at=self.clock.now(), what=what, **details
        )
        reason = ""
        for tries_left in reversed(range(TRIES)):
            found = await self._asked_once(query)
            if isinstance(found, HistoryRows):
                return found
            reason = found.reason
            if tries_left:
                await asyncio.sleep(min(PAUSE, self.patience / TRIES).total_seconds())
                query = query.model_copy(update={"message_id": uuid4()})
        detail = f"The recorder has too much to do: {reason}."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)

    async def _asked_once(self, query: HistoryQuery) -> HistoryRows | RequestResult:
        """Rows, or that the recorder is busy.

        Raises:
            Problem: It refuses the question, or does not answer.
        """
        async with self._turns:
            try:
                reply = await self.bus.request(HISTORY_QUERY, query, timeout=self.patience)
            except RequestTimeoutError as error:
                raise unanswered(HISTORY_QUERY, error) from None
        return _rows(reply)

    async def records(self, what: HistoryQuestion, **details: Any) -> list[Record]:
        """All rows there are, however many answers they come in; one dictionary each.

        Raises:
            Problem: As of `rows`, or there are more than `MOST_ROWS`.
        """
        found: list[Record] = []
        while True:
            part = await self.rows(what, limit=50_000, offset=len(found), **details)
            found += records(part)
            if part.complete or not part.row_count:
                return found
            if len(found) > MOST_ROWS:
                detail = f"There are more than {MOST_ROWS} {what}; ask for a shorter time."
                raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def records(rows: HistoryRows) -> list[Record]:
    """The rows of an answer, each by the names of its columns."""
    names = list(rows.columns)
    return [
        dict(zip(names, values, strict=True)) for values in zip(*rows.columns.values(), strict=True)
    ]


def _heard(task: asyncio.Task[HistoryRows]) -> None:
    """Take notice of a failure that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


def _rows(reply: Reply) -> HistoryRows | RequestResult:
    try:
        return reply.read(HistoryRows)
    except ValidationError:
        pass
    try:
        result = reply.result
    except ValidationError:
        detail = "The recorder's answer could not be read."
        raise Problem(HTTPStatus.BAD_GATEWAY, detail) from None
    if result.busy:
        return result
    raise refused(HISTORY_QUERY, result.reason, understood=result.understood)
