"""Advice to people: when to start what, and what the plan is about to do."""

from __future__ import annotations

from fastapi import APIRouter

from darkstar_common.contract import Part
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.advice import ApplianceAdvice, advice
from darkstar_gateway.core.story import Ahead, Chapter, ahead, chapters


class Advice(Part):
    """Facts; the page has the words in the language of who reads them."""

    currency: str
    appliances: tuple[ApplianceAdvice, ...]
    plan: tuple[Chapter, ...]
    ahead: Ahead | None
    why: tuple[str, ...]


def advice_router(wired: Wired) -> APIRouter:
    """`GET /api/advice`."""
    router = APIRouter(tags=["state"])

    @router.get("/advice", summary="When to start appliances, and what the plan will do")
    async def told() -> Advice:
        """The cheapest start of each appliance, and the plan as a story; empty without a plan."""
        now, schedule = wired.clock.now(), wired.live.view.schedule
        return Advice(
            currency=schedule.currency if schedule else wired.house.currency,
            appliances=advice(wired.config.appliances, schedule, now),
            plan=chapters(schedule, now),
            ahead=ahead(schedule, now),
            why=schedule.why if schedule else (),
        )

    return router
