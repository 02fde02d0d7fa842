"""What changes, as it changes: by WebSocket, or as Server-Sent Events where none gets through."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, WebSocket
from fastapi.responses import StreamingResponse
from starlette.status import WS_1003_UNSUPPORTED_DATA
from starlette.websockets import WebSocketDisconnect

from darkstar_gateway.live import Live, Place, Watcher

SEND_TIMEOUT_SECONDS = 10.0
"""A page that takes a message no faster is dropped, and reconnects [s of the wall]."""
_UNBUFFERED = {"cache-control": "no-store", "x-accel-buffering": "no"}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


def socket_router(live: Live) -> APIRouter:
    """`/api/live`."""
    router = APIRouter()

    @router.websocket("/live")
    async def watch(
        websocket: WebSocket,
        resume: Annotated[str | None, Query()] = None,
        run: Annotated[str | None, Query()] = None,
    ) -> None:
        await websocket.accept()
        with live.watched(place_of(run, resume)) as watcher:
            telling = asyncio.create_task(_tell(websocket, watcher), name="tell")
            listening = asyncio.create_task(_listen(websocket, watcher), name="listen")
            both = (telling, listening)
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in both:
                    task.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        if not listening.cancelled() and listening.result():
            await websocket.close(WS_1003_UNSUPPORTED_DATA, listening.result())

    return router


def events_router(live: Live) -> APIRouter:
    """`GET /api/events`."""
    router = APIRouter(tags=["state"])

    @router.get(
        "/events",
        summary="What changes, as Server-Sent Events",
        response_class=StreamingResponse,
        responses=_EVENTS,
    )
    async def events(
        resume: Annotated[str | None, Query(description="`sequence` of the last text")] = None,
        run: Annotated[str | None, Query(description="`run` of the last text")] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """The texts of `/api/live`: everything once, then what changes, at least the time.

        Who says with `Last-Event-ID`, or `run` and `resume`, how far it has come, is told only
        what has changed since then, as long as that is known.
        """
        place = place_of(run, resume)
        if last_event_id is not None:
            told_run, _, number = last_event_id.partition("-")
            place = place_of(told_run, number)
        return StreamingResponse(
            _events(live, place), media_type="text/event-stream", headers=_UNBUFFERED
        )

    return router


def place_of(run: str | None, sequence: str | None) -> Place | None:
    """How far a page has come, as it says; None when that says nothing."""
    if not run or not sequence or not sequence.isdecimal() or len(sequence) > len(str(2**63)):
        return None
    return Place(run, int(sequence))


async def _events(live: Live, place: Place | None) -> AsyncIterator[str]:
    with live.watched(place) as watcher:
        while True:
            text = await watcher.next_text()
            yield f"id: {live.run}-{live.sequence}\ndata: {text}\n\n"


async def _tell(websocket: WebSocket, watcher: Watcher) -> None:
    """Send what there is to tell, until the page is gone or too slow."""
    try:
        while True:
            text = await watcher.next_text()
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await websocket.send_text(text)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):  # RuntimeError: closed while sending
        return


async def _listen(websocket: WebSocket, watcher: Watcher) -> str:
    """Wait for the page to go; the only thing it may say is that it wants everything again.

    Returns:
        Why the connection is to be closed; empty when the page closed it.
    """
    while True:
        event = await websocket.receive()
        if event["type"] == "websocket.disconnect":
            return ""
        if not _is_resync(event.get("text")):
            return 'Only {"type": "resync"} is understood.'
        watcher.resync()


def _is_resync(text: str | None) -> bool:
    try:
        said = json.loads(text or "")
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("type") == "resync"
