"""What there is in the house, for those who say who plays which role."""

from __future__ import annotations

from fastapi import APIRouter

from darkstar_common.runtime import read_settings
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.entities import BrokerPlace, HouseEntities, house_entities


def entities_router(wired: Wired) -> APIRouter:
    """`GET /api/entities`."""
    router = APIRouter(tags=["entities"])
    broker = read_settings().broker(wired.config)
    address = f"{broker.host}:{broker.port}"

    @router.get("/entities", summary="What was discovered, and which role it plays or could play")
    async def entities() -> HouseEntities:
        """The entities on the broker, the roles, and what is proposed for each, likeliest first."""
        place = BrokerPlace(connected=wired.live.connected, address=address)
        return house_entities(wired.live.view.devices, place)

    return router
