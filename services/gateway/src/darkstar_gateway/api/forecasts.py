"""How good the forecasts are: the models, their scores, and the past as it was forecast."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from darkstar_common.contract import ForecastScore, LearningState, ModelCard, Part
from darkstar_gateway.api.asking import Recorder
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.bands import Bands, loads, spots, suns


class Quality(Part):
    """The models and how well they do; empty while the forecaster has not said."""

    cards: tuple[ModelCard, ...] = ()
    scores: tuple[ForecastScore, ...] = ()
    next_training_at: AwareDatetime | None = None
    training: bool = False
    said_at: AwareDatetime | None = Field(default=None, description="Null: nothing was said yet")
    learning: LearningState | None = None


class Days(Part):
    """Some past days as forecast and as they came."""

    start: AwareDatetime
    end: AwareDatetime
    lead_hours: float
    bands: tuple[Bands, ...]


def forecasts_router(wired: Wired, recorder: Recorder) -> APIRouter:
    """`GET /api/forecasts/quality` and `/api/forecasts/days`."""
    router = APIRouter(prefix="/forecasts", tags=["forecasts"])
    there = {"water": wired.house.has_water_heater, "ev": bool(wired.config.evs)}
    absent = frozenset(name for name, has in there.items() if not has)

    @router.get("/quality", summary="Models, their scores, and what was learned")
    async def quality() -> Quality:
        """The models in use and before, how forecasts as issued did, and what was learned."""
        models, learning = wired.live.view.models, wired.live.view.learning
        if models is None:
            return Quality(learning=learning)
        return Quality(
            cards=models.cards,
            scores=models.scores,
            next_training_at=models.next_training_at,
            training=models.training,
            said_at=models.emitted_at,
            learning=learning,
        )

    @router.get("/days", summary="Past days, as forecast and as they came")
    async def days(
        days: Annotated[int, Query(ge=1, le=14)] = 3,
        lead_hours: Annotated[float, Query(ge=0, le=48)] = 12,
    ) -> Days:
        """Load, PV and price: the band as issued so long before each slot, and what came."""
        end = wired.clock.now()
        start = end - timedelta(days=days)
        issued, slots, ahead, known = await asyncio.gather(
            recorder.records("forecasts", lead_hours=lead_hours, start=start, end=end),
            recorder.records("slots", start=start, end=end),
            recorder.records("prices", lead_hours=lead_hours, start=start, end=end),
            recorder.records("prices", start=start, end=end),
        )
        bands = (loads(issued, slots, absent), suns(issued, slots), spots(ahead, known))
        return Days(start=start, end=end, lead_hours=lead_hours, bands=bands)

    return router
