"""What the executor did, and what that comes to."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from darkstar_common.contract.base import Moment
from darkstar_common.slots import local_day
from darkstar_gateway.api.asking import Recorder
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.doings import Doing, Doings, Stats, stats
from darkstar_gateway.core.energy import local_today

_FIRST_LOOK = timedelta(hours=12)
"""So far back is looked at first, and twice as far each time there were too few records."""
_FURTHEST = timedelta(days=400)
_DAY = timedelta(days=1)


class Asked(BaseModel):
    """Which records."""

    start: Moment | None = Field(default=None, description="From here; null: all")
    end: Moment | None = Field(default=None, description="To before here; null: now")
    limit: int = Field(default=50, ge=1, le=500, description="The newest so many")


def executor_router(wired: Wired, recorder: Recorder) -> APIRouter:
    """`GET /api/executor/history` and `/stats`."""
    router = APIRouter(prefix="/executor", tags=["executor"])
    zone = ZoneInfo(wired.house.timezone)

    @router.get("/history", summary="What was decided and done")
    async def history(asked: Annotated[Asked, Query()]) -> Doings:
        """Records of the executor, newest first: planned, commanded, found, written, skipped."""
        end = asked.end or wired.clock.now() + timedelta(seconds=1)
        start, reach = asked.start, _FIRST_LOOK
        found = await recorder.records("actions", start=start or end - reach, end=end)
        while start is None and len(found) <= asked.limit and reach < _FURTHEST:
            reach *= 4
            found = await recorder.records("actions", start=end - reach, end=end)
        newest = found[-asked.limit :]
        rows = tuple(Doing.read(one) for one in reversed(newest))
        return Doings(rows=rows, complete=len(found) <= asked.limit)

    @router.get("/stats", summary="Some days in numbers")
    async def numbers(days: Annotated[int, Query(ge=1, le=31)] = 7) -> Stats:
        """Changes, writes by entity, failures and overrides of the last local days."""
        now = wired.clock.now()
        last = local_today(now, zone)
        named = [last - number * _DAY for number in reversed(range(days))]
        span = (local_day(named[0], zone)[0], now + timedelta(seconds=1))
        found = await recorder.records("actions", start=span[0], end=span[1])
        return stats([Doing.read(one) for one in found], named, span, zone)

    return router
