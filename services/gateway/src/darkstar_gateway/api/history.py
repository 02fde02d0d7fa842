"""The past, as the recorder tells it."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from darkstar_common.bus import Bus, Reply, RequestTimeoutError
from darkstar_common.contract import (
    HISTORY_QUERY,
    HistoryQuery,
    HistoryQuestion,
    HistoryRows,
    Service,
)
from darkstar_common.runtime import Clock
from darkstar_gateway.api.commands import refused, unanswered
from darkstar_gateway.api.problems import Problem


class Asked(BaseModel):
    """What `HistoryQuery` says of each."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    limit: int = Field(default=10_000, ge=1, le=50_000)
    offset: int = Field(default=0, ge=0)
    columns: tuple[str, ...] = ()
    by: Literal["day", "week", "month", "year", "total"] = "day"
    lead_hours: float | None = Field(default=None, ge=0, le=240)
    id: UUID | None = None


def history_router(bus: Bus, clock: Clock, patience: timedelta) -> APIRouter:
    """`GET /api/history/{what}?start&end`; the recorder has `patience` of wall time to answer."""
    router = APIRouter(tags=["history"])

    @router.get("/history/{what}")
    async def history(what: HistoryQuestion, asked: Annotated[Asked, Query()]) -> HistoryRows:
        """Recorded rows by column, of [`start`, `end`); without these, of the last day."""
        query = HistoryQuery(
            sender=Service.GATEWAY, emitted_at=clock.now(), what=what, **asked.model_dump()
        )
        try:
            reply = await bus.request(HISTORY_QUERY, query, timeout=patience)
        except RequestTimeoutError as error:
            raise unanswered(HISTORY_QUERY, error) from None
        return _rows(reply)

    return router


def _rows(reply: Reply) -> HistoryRows:
    try:
        return reply.read(HistoryRows)
    except ValidationError:
        pass
    try:
        result = reply.result
    except ValidationError:
        detail = "The recorder's answer could not be read."
        raise Problem(HTTPStatus.BAD_GATEWAY, detail) from None
    raise refused(HISTORY_QUERY, result.reason, understood=result.understood)
