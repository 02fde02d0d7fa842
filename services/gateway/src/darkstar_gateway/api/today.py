"""A local day merged: planned, measured, and what was done."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from darkstar_common.slots import day_slots, local_day
from darkstar_gateway.api.asking import Recorder
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.energy import local_today
from darkstar_gateway.core.today import Known, Today, merged

_EARLIEST, _LATEST = date(1970, 1, 2), date(2199, 12, 30)


def today_router(wired: Wired, recorder: Recorder) -> APIRouter:
    """`GET /api/today`."""
    router = APIRouter(tags=["history"])
    zone = ZoneInfo(wired.house.timezone)

    async def known(day: date) -> Known:
        start, end = local_day(day, zone)
        slots, planned, prices, actions = await asyncio.gather(
            recorder.records("slots", start=start, end=end),
            recorder.records("planned", start=start, end=end),
            recorder.records("prices", start=start, end=end),
            recorder.records("actions", start=start, end=end, columns=("emitted_at", "kind")),
        )
        view = wired.live.view
        return Known(
            slots=slots, planned=planned, prices=prices, actions=actions,
            schedule=view.schedule, curve=view.prices,
        )  # fmt: skip

    @router.get("/today", summary="A local day, planned and as it went")
    async def today(
        day: Annotated[date | None, Query(ge=_EARLIEST, le=_LATEST)] = None,
    ) -> Today:
        """Every slot of the local day (without `day`: today): plan, measurement, price, actions."""
        now = wired.clock.now()
        asked = day or local_today(now, zone)
        start, end = local_day(asked, zone)
        return Today(
            day=asked,
            start=start,
            end=end,
            timezone=wired.house.timezone,
            currency=wired.house.currency,
            slots=merged(day_slots(asked, zone), await known(asked), now),
        )

    return router
