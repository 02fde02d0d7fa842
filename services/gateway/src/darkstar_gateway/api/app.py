"""The web application: the API below /api, and the page."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from darkstar_common.contract import Part
from darkstar_common.contract.channels import VERSION as CONTRACT_VERSION
from darkstar_gateway.api.access.entrance import Entrance
from darkstar_gateway.api.access.guard import Guard
from darkstar_gateway.api.access.session import grant_of, session_router
from darkstar_gateway.api.advice import advice_router
from darkstar_gateway.api.asking import Recorder
from darkstar_gateway.api.commands import commands_router
from darkstar_gateway.api.connections import connections_router
from darkstar_gateway.api.description import DescribedApp, docs_router
from darkstar_gateway.api.dump import dump_router
from darkstar_gateway.api.energy import energy_router
from darkstar_gateway.api.entities import entities_router
from darkstar_gateway.api.executor import executor_router
from darkstar_gateway.api.forecasts import forecasts_router
from darkstar_gateway.api.headers import SecurityHeaders
from darkstar_gateway.api.history import history_router
from darkstar_gateway.api.logs import logs_router
from darkstar_gateway.api.page import page_router
from darkstar_gateway.api.problems import install_problems
from darkstar_gateway.api.push import events_router, socket_router
from darkstar_gateway.api.settings import settings_router
from darkstar_gateway.api.today import today_router
from darkstar_gateway.api.whatif import whatif_router
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.health import Health
from darkstar_gateway.core.house import House
from darkstar_gateway.live import Live

_BUNDLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}
_VARIES = {"vary": "accept-encoding"}
_PACKED = {**_VARIES, "content-encoding": "gzip"}


class Version(Part):
    """Which Darkstar this is."""

    version: str
    contract: str
    site: str


def create_app(wired: Wired) -> FastAPI:
    """The application over what is `wired`; it holds nothing of its own."""
    app = DescribedApp(wired.house.version)
    entrance = Entrance(wired.config, wired.secrets, wired.state_dir, wired.wall)
    app.add_middleware(Guard, entrance=entrance)
    app.add_middleware(SecurityHeaders)
    install_problems(app)
    for router in (session_router(entrance), docs_router(wired.page), *_api_routers(wired)):
        app.include_router(router, prefix="/api")
    app.include_router(page_router(wired.page))
    return app


def _api_routers(wired: Wired) -> Iterator[APIRouter]:
    bus, clock, patience = wired.bus, wired.clock, wired.patience
    recorder = Recorder.of(wired)
    yield _state_router(wired.house, wired.live)
    yield history_router(recorder)
    yield energy_router(wired, recorder)
    yield today_router(wired, recorder)
    yield executor_router(wired, recorder)
    yield entities_router(wired)
    yield connections_router(wired)
    yield logs_router(wired)
    yield dump_router(wired, recorder)
    yield forecasts_router(wired, recorder)
    yield advice_router(wired)
    yield commands_router(bus, clock, patience)
    yield whatif_router(wired)
    yield settings_router(wired)
    yield events_router(wired.live)
    yield socket_router(wired.live)


def _state_router(house: House, live: Live) -> APIRouter:
    router = APIRouter(tags=["state"])

    @router.get("/health", responses={200: {"model": Health}, 503: {"model": Health}})
    async def health(request: Request) -> JSONResponse:
        """What is wrong and what to do about it; 503 while nobody commands the house.

        Who is not signed in is told `overall` and no more.
        """
        found = live.health()
        down = found.overall == "down"
        status = HTTPStatus.SERVICE_UNAVAILABLE if down else HTTPStatus.OK
        told = found.model_dump(mode="json", include=None if grant_of(request) else {"overall"})
        return JSONResponse(told, status_code=status)

    @router.get("/dashboard/bundle", responses=_BUNDLE)
    async def bundle(request: Request) -> Response:
        """Everything the page shows, in one answer; the same that /api/live sends first."""
        kind = "application/json"
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(live.bundle_text(), media_type=kind, headers=_VARIES)
        return Response(live.bundle_packed(), media_type=kind, headers=_PACKED)

    @router.get("/version")
    async def version() -> Version:
        """Which Darkstar this is."""
        return Version(version=house.version, contract=CONTRACT_VERSION, site=house.site)

    return router
