"""The past, as the recorder tells it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from darkstar_common.contract import HistoryQuestion, HistoryRows
from darkstar_gateway.api.asking import Recorder


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


def history_router(recorder: Recorder) -> APIRouter:
    """`GET /api/history/{what}?start&end`."""
    router = APIRouter(tags=["history"])

    @router.get("/history/{what}")
    async def history(what: HistoryQuestion, asked: Annotated[Asked, Query()]) -> HistoryRows:
        """Recorded rows by column, of [`start`, `end`); without these, of the last day."""
        return await recorder.rows(what, **asked.model_dump())

    return router
