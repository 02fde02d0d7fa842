"""A line to Home Assistant: its WebSocket API, questions and answers, and what it tells by itself.

HomeAssistantError     it cannot be used; reason and guidance are for people, and hold no secret
├── TokenRefusedError  it does not take the token; asked too often it shuts us out
└── RefusedError       it is there, and refuses what was asked
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any, TypeAlias

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

PATIENCE = timedelta(seconds=10)
"""For a connection, and for each answer, of the wall's time."""
_LARGEST = 32 * 2**20
"""All states of a large house are a few megabytes; an answer is not longer [bytes]."""
_QUIET = logging.getLogger("darkstar_gateway.line")
_QUIET.setLevel(logging.CRITICAL)  # the library logs what it sends, and the token is sent
_THERE = "check home_assistant.url in the configuration, and that Home Assistant runs"
_NO_ENTRY = (
    "make a long-lived access token in Home Assistant (your profile, Security), and name it in "
    "DARKSTAR_HOME_ASSISTANT_TOKEN"
)
Told: TypeAlias = "Callable[[Mapping[str, Any]], Awaitable[None]]"


class HomeAssistantError(Exception):
    """It cannot be used."""

    def __init__(self, reason: str, guidance: str = _THERE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.guidance = guidance


class TokenRefusedError(HomeAssistantError):
    """It does not take the token."""


class RefusedError(HomeAssistantError):
    """It refuses what was asked."""


class Line:
    """An open connection, after the login."""

    def __init__(self, socket: ClientConnection, version: str, patience: timedelta) -> None:
        self.version = version
        """Of Home Assistant."""
        self._socket, self._patience = socket, patience
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._told: dict[int, Told] = {}
        self._lost: asyncio.Future[HomeAssistantError]
        self._lost = asyncio.get_running_loop().create_future()

    async def ask(self, what: str, **more: Any) -> Any:
        """The answer to a command.

        Raises:
            RefusedError: It is refused.
            HomeAssistantError: The line broke, or there was no answer in time.
        """
        return await self._ask(next(self._numbers), what, more)

    async def subscribe(self, told: Told, what: str, **more: Any) -> None:
        """Let `told` have each event from now on, in order; it is waited for.

        Raises:
            RefusedError: It is refused.
            HomeAssistantError: The line broke, or there was no answer in time.
        """
        number = next(self._numbers)
        self._told[number] = told  # the first event may come right behind the answer
        await self._ask(number, what, more)

    async def ended(self) -> HomeAssistantError:
        """Wait for the end of the line; why it ended."""
        return await asyncio.shield(self._lost)

    async def read(self) -> None:
        """Give answers and events to those who wait for them, until the line breaks."""
        error = HomeAssistantError("it hung up", "it is called again by itself")
        try:
            async for text in self._socket:
                await self._take(_message(text))
        except (OSError, WebSocketException) as closed:
            error = HomeAssistantError(f"the line broke ({_said(closed)})")
        except HomeAssistantError as other:
            error = other
        finally:
            self._end(error)

    async def _ask(self, number: int, what: str, more: Mapping[str, Any]) -> Any:
        if self._lost.done():
            raise self._lost.result()
        answer = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await self._socket.send(json.dumps({"id": number, "type": what, **more}))
                return await answer
        except TimeoutError:
            seconds = f"{self._patience.total_seconds():g} s"
            raise HomeAssistantError(f"it did not answer within {seconds}") from None
        except (OSError, WebSocketException) as error:
            raise HomeAssistantError(f"the line broke ({_said(error)})") from None
        finally:
            del self._asked[number]

    async def _take(self, message: Mapping[str, Any]) -> None:
        number = message.get("id")
        if message.get("type") == "event" and number in self._told:
            event = message.get("event")
            await self._told[number](event if isinstance(event, dict) else {})
            return
        answer = self._asked.get(number) if isinstance(number, int) else None
        if answer is None or answer.done() or message.get("type") != "result":
            return
        if message.get("success"):
            answer.set_result(message.get("result"))
        else:
            answer.set_exception(RefusedError(_why(message), "see Home Assistant's log"))

    def _end(self, error: HomeAssistantError) -> None:
        for one in self._asked.values():
            if not one.done():
                one.set_exception(error)
        if not self._lost.done():
            self._lost.set_result(error)


@asynccontextmanager
async def called(url: str, token: str, *, patience: timedelta = PATIENCE) -> AsyncIterator[Line]:
    """A line to the Home Assistant at `url` [http…], closed in the end.

    Raises:
        TokenRefusedError: It does not take the token.
        HomeAssistantError: There is none.
    """
    try:
        async with asyncio.timeout(patience.total_seconds()):
            socket = await connect(
                _address(url),
                open_timeout=None,
                close_timeout=2,
                max_size=_LARGEST,
                logger=_QUIET,
                proxy=None,
            )
    except TimeoutError:
        seconds = f"{patience.total_seconds():g} s"
        raise HomeAssistantError(f"it did not answer within {seconds}") from None
    except (OSError, WebSocketException, ValueError) as error:
        raise HomeAssistantError(f"it cannot be reached ({_said(error)})") from None
    try:
        version = await _logged_in(socket, token, patience)
        line = Line(socket, version, patience)
        reading = asyncio.create_task(line.read(), name="line")
        try:
            yield line
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    finally:
        await socket.close()


async def _logged_in(socket: ClientConnection, token: str, patience: timedelta) -> str:
    """Its version, once it has taken the token."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            _message(await socket.recv())
            await socket.send(json.dumps({"type": "auth", "access_token": token}))
            answer = _message(await socket.recv())
    except TimeoutError:
        raise HomeAssistantError("it does not say who it is") from None
    except (OSError, WebSocketException) as error:
        raise HomeAssistantError(f"it hung up ({_said(error)})") from None
    if answer.get("type") == "auth_invalid":
        raise TokenRefusedError("it does not take the token", _NO_ENTRY)
    if answer.get("type") != "auth_ok":
        raise HomeAssistantError("what answers there is no Home Assistant")
    return str(answer.get("ha_version", ""))


def _address(url: str) -> str:
    return f"ws{url.rstrip('/').removeprefix('http')}/api/websocket"


def _message(text: str | bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise HomeAssistantError("what answers there is no Home Assistant")
    return message


def _why(message: Mapping[str, Any]) -> str:
    error = message.get("error")
    said = error.get("message") if isinstance(error, dict) else None
    return str(said) if said else "it does not say why"


def _said(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
