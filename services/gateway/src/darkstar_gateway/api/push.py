"""The WebSocket: everything once, then what changes."""

from __future__ import annotations

import asyncio
import json

from fastapi import APIRouter, WebSocket
from starlette.status import WS_1003_UNSUPPORTED_DATA
from starlette.websockets import WebSocketDisconnect

from darkstar_gateway.live import Live, Watcher

SEND_TIMEOUT_SECONDS = 10.0
"""A page that takes a message no faster is dropped, and reconnects [s of the wall]."""


def socket_router(live: Live) -> APIRouter:
    """`/api/live`."""
    router = APIRouter()

    @router.websocket("/live")
    async def watch(websocket: WebSocket) -> None:
        await websocket.accept()
        with live.watched() as watcher:
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
    except (json.JSONDecodeError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("type") == "resync"
