"""Whether Home Assistant's API can be used, and what it has that is not on MQTT."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from darkstar_common.contract import Part
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.bridge.line import (
    PATIENCE,
    HomeAssistantError,
    Line,
    RefusedError,
    called,
)
from darkstar_gateway.core.bridge.picking import BridgeCandidate, candidates

_NO_ADDRESS = HomeAssistantError(
    "it has no address", "set home_assistant.url, such as http://homeassistant.local:8123"
)
_NO_TOKEN = HomeAssistantError(
    "there is no token for it",
    "make a long-lived access token in Home Assistant (your profile, Security), and name it in "
    "DARKSTAR_HOME_ASSISTANT_TOKEN",
)


class HomeAssistantPlace(BaseModel):
    """Where to try it."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = Field(default=None, max_length=500, pattern=r"^https?://[^\s]+$")
    """Such as http://homeassistant.local:8123; null: the configured one."""


class Tried(Part):
    """What came of a try; nothing was changed by it."""

    ok: bool
    version: str | None
    """Of Home Assistant; null: it was not reached."""
    message: str
    """A sentence: that it works, or what is wrong and what to do about it."""


class HomeAssistantEntities(Part):
    """What the bridge could take."""

    ok: bool
    message: str | None
    """What is wrong and what to do about it; null: nothing."""
    entities: tuple[BridgeCandidate, ...]


def connections_router(wired: Wired) -> APIRouter:
    """`POST /api/connections/home_assistant` and `GET /api/entities/home_assistant`."""
    router = APIRouter(tags=["entities"])

    @router.post("/connections/home_assistant", summary="Try Home Assistant's API")
    async def try_home_assistant(place: HomeAssistantPlace) -> Tried:
        """Call it at that address with the token that the gateway was told, and hang up."""
        url = _without_password(place.url or wired.config.home_assistant.url)
        try:
            async with _line(wired, url) as line:
                said = f"Home Assistant {line.version} answers, and takes the token."
                return Tried(ok=True, version=line.version or None, message=said)
        except HomeAssistantError as error:
            return Tried(ok=False, version=None, message=_sentence(error))

    @router.get("/entities/home_assistant", summary="What Home Assistant has that is not on MQTT")
    async def entities() -> HomeAssistantEntities:
        """Entities that `home_assistant.bridge` could name."""
        settings = wired.config.home_assistant
        try:
            async with _line(wired, settings.url) as line:
                states = await line.ask("get_states")
                found = candidates(_rows(states), await _registry(line), settings.bridge)
                return HomeAssistantEntities(ok=True, message=None, entities=found)
        except HomeAssistantError as error:
            return HomeAssistantEntities(ok=False, message=_sentence(error), entities=())

    return router


@asynccontextmanager
async def _line(wired: Wired, url: str | None) -> AsyncIterator[Line]:
    token = wired.secrets.home_assistant_token
    if not url:
        raise _NO_ADDRESS
    if not token:
        raise _NO_TOKEN
    async with called(url, token, patience=min(wired.patience, PATIENCE)) as line:
        yield line


async def _registry(line: Line) -> list[object]:
    """Its list of entities; empty where the token may not see it."""
    try:
        return _rows(await line.ask("config/entity_registry/list"))
    except RefusedError:
        return []


def _rows(answer: Any) -> list[object]:
    return answer if isinstance(answer, list) else []


def _without_password(url: str | None) -> str | None:
    """`url`, unless it holds a name and a password.

    Raises:
        Problem: It does.
    """
    if url and "@" in url.partition("//")[2].partition("/")[0]:
        detail = "An address holds no name and no password; the token is all that is needed."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return url


def _sentence(error: HomeAssistantError) -> str:
    return f"Home Assistant cannot be used: {error.reason}; {error.guidance}."
