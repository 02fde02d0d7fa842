"""What would be if: questions to the planner, answered in money."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.contract import PLAN_SIMULATE, Service, Simulated, SimulatePlan
from darkstar_gateway.api.commands import refused, unanswered
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.peaks import RELAXED, ExportStep, Reach, export_step, peak_sales

SOLVES = 3
"""A question may wait for a plan that is being made, and is two plans itself."""
USUAL_LIMIT = timedelta(seconds=10)
"""Solver's time for which `Wired.patience` is made."""


class WhatIf(BaseModel):
    """What is to be different, by the names that `plan/simulate` takes."""

    model_config = ConfigDict(extra="forbid")

    changes: dict[str, Any] = Field(default={}, max_length=100)


class Export(BaseModel):
    """How much is to be sold at the dearest hours of the plan."""

    model_config = ConfigDict(extra="forbid")

    kwh: float = Field(gt=0, le=1000, allow_inf_nan=False)
    """[kWh]"""
    relaxed: bool = False
    """Without the care that is taken of the battery and of surprises; no setting is changed."""
    changes: dict[str, Any] = Field(default={}, max_length=100)
    """What else is to be different."""


def whatif_router(wired: Wired) -> APIRouter:
    """`POST /api/whatif` and `POST /api/whatif/export`; both change nothing."""
    router = APIRouter(tags=["what-if"])

    @router.post("/whatif")
    async def whatif(asked: WhatIf) -> Simulated:
        """A plan with some things different, beside the plan as things are."""
        return await _simulated(wired, asked.changes)

    @router.post("/whatif/export")
    async def export(asked: Export) -> ExportStep:
        """What selling so much at the dearest hours would cost and earn."""
        schedule = wired.live.view.schedule
        if schedule is None:
            detail = "There is no plan yet whose dearest hours could be sold in; try again soon."
            raise Problem(HTTPStatus.CONFLICT, detail)
        reach = Reach.of(wired.config)
        if not reach.discharge_kw or not reach.export_kw:
            detail = "This house has no battery to sell from, or may not sell."
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        sales = peak_sales(schedule.slots, reach, after=wired.clock.now(), kwh=asked.kwh)
        changes = {
            "export_enabled": True,
            **(RELAXED if asked.relaxed else {}),
            **asked.changes,
            "export_at": {start.isoformat(): power for start, power in sales.items()},
        }
        answer = await _simulated(wired, changes)
        try:
            return export_step(asked.kwh, sales, answer)
        except ValueError:
            detail = "The planner's answer holds no plan that could be told."
            raise Problem(HTTPStatus.BAD_GATEWAY, detail) from None

    return router


async def _simulated(wired: Wired, changes: dict[str, Any]) -> Simulated:
    asked = SimulatePlan(
        sender=Service.GATEWAY, emitted_at=wired.clock.now(), changes=dict(changes)
    )
    limit = timedelta(seconds=wired.config.planner.time_limit_seconds)
    patience = wired.patience * (1 + SOLVES * max(1.0, limit / USUAL_LIMIT))
    try:
        reply = await wired.bus.request(PLAN_SIMULATE, asked, timeout=patience)
        answer = reply.read(Simulated)
    except RequestTimeoutError as error:
        raise unanswered(PLAN_SIMULATE, error) from None
    except ValidationError:
        detail = "The planner's answer could not be read."
        raise Problem(HTTPStatus.BAD_GATEWAY, detail) from None
    if not answer.accepted:
        raise refused(PLAN_SIMULATE, answer.reason)
    return answer
