"""What was used, what it cost and what was saved, over the time people ask about."""

from __future__ import annotations

import asyncio
from datetime import date
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from darkstar_gateway.api.asking import Recorder
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.energy import (
    By,
    Days,
    Energy,
    EnergyReport,
    Period,
    days_of,
    fitting_by,
    local_today,
)

_LATEST = date(2199, 12, 30)
_EARLIEST = date(1970, 1, 2)


class Asked(BaseModel):
    """A period, or a first and a last local day."""

    period: Period | None = Field(default=None, description="today, when nothing else is said")
    start: date | None = Field(default=None, ge=_EARLIEST, le=_LATEST, description="First day")
    end: date | None = Field(default=None, ge=_EARLIEST, le=_LATEST, description="Last day")
    by: By | None = Field(default=None, description="What a row covers; null: as suits the time")


def energy_router(wired: Wired, recorder: Recorder) -> APIRouter:
    """`GET /api/energy`."""
    router = APIRouter(tags=["history"])
    zone = ZoneInfo(wired.house.timezone)

    @router.get("/energy", summary="Energies, cost and savings of a time")
    async def energy(asked: Annotated[Asked, Query()]) -> EnergyReport:
        """Sums over local days, as a whole and row by row; both days named are included."""
        days = _days(asked, local_today(wired.clock.now(), zone))
        start, end = days.span(zone)
        total, rows = await asyncio.gather(
            recorder.records("rollups", start=start, end=end, by="total"),
            recorder.records("rollups", start=start, end=end, by=days.by),
        )
        return EnergyReport(
            first=days.first,
            last=days.last,
            by=days.by,
            timezone=wired.house.timezone,
            currency=wired.house.currency,
            total=Energy.read(total[0]) if total else Energy.nothing(start, end),
            rows=tuple(Energy.read(one) for one in rows),
        )

    return router


def _days(asked: Asked, today: date) -> Days:
    """Which days are meant.

    Raises:
        Problem: They contradict each other.
    """
    if asked.start is None and asked.end is None:
        return days_of(asked.period or "today", today, asked.by)
    if asked.period is not None:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "Say period, or start and end; not both of them."
        )
    last = asked.end or today
    first = asked.start or last
    if first > last:
        detail = f"start {first} is after end {last}."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return Days(first=first, last=last, by=asked.by or fitting_by(first, last))
