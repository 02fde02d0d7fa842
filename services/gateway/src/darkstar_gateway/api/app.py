"""The web application: the API below /api, and the page."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse

from darkstar_common.bus import Bus
from darkstar_common.contract import Part
from darkstar_common.contract.channels import VERSION as CONTRACT_VERSION
from darkstar_common.runtime import Clock
from darkstar_gateway.api.commands import commands_router
from darkstar_gateway.api.headers import SecurityHeaders
from darkstar_gateway.api.history import history_router
from darkstar_gateway.api.page import Page, page_router
from darkstar_gateway.api.problems import install_problems
from darkstar_gateway.api.push import socket_router
from darkstar_gateway.core.health import Health
from darkstar_gateway.core.house import House
from darkstar_gateway.live import Live

PATIENCE = timedelta(seconds=15)
"""Longest wait for a service to answer, of wall time."""


class Version(Part):
    """Which Darkstar this is."""

    version: str
    contract: str
    site: str


def create_app(
    *,
    house: House,
    live: Live,
    bus: Bus,
    clock: Clock,
    page: Page,
    patience: timedelta = PATIENCE,
) -> FastAPI:
    """The application over `live` and `bus`; it holds nothing of its own."""
    app = FastAPI(
        title="Darkstar",
        version=house.version,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(SecurityHeaders)
    install_problems(app)
    app.include_router(_state_router(house, live), prefix="/api")
    app.include_router(history_router(bus, clock, patience), prefix="/api")
    app.include_router(commands_router(bus, clock, patience), prefix="/api")
    app.include_router(socket_router(live), prefix="/api")
    app.include_router(page_router(page))
    return app


def _state_router(house: House, live: Live) -> APIRouter:
    router = APIRouter(tags=["state"])

    @router.get("/health", responses={503: {"model": Health}})
    async def health() -> JSONResponse:
        """What is wrong and what to do about it; 503 while nobody commands the house."""
        found = live.health()
        down = found.overall == "down"
        status = HTTPStatus.SERVICE_UNAVAILABLE if down else HTTPStatus.OK
        return JSONResponse(found.model_dump(mode="json"), status_code=status)

    @router.get("/dashboard/bundle")
    async def bundle() -> Response:
        """Everything the page shows, in one answer; the same that /api/live sends first."""
        return Response(live.bundle_text(), media_type="application/json")

    @router.get("/version")
    async def version() -> Version:
        """Which Darkstar this is."""
        return Version(version=house.version, contract=CONTRACT_VERSION, site=house.site)

    return router
