"""No secret is in anything that the gateway says: some are planted, and searched."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from support.gateway_app import NOON
from support.whole_gateway import a_whole_gateway
from websockets.asyncio.client import connect

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.contract import Notification, Service
from darkstar_common.contract.channels import NOTIFY
from darkstar_common.launcher.broker import free_port
from darkstar_common.runtime import Secrets
from darkstar_common.testing import settle

PLANTED = {
    "gateway_password": "planted-owner-7c1",
    "viewer_password": "planted-viewer-9d2",
    "gateway_token": "planted-token-of-programs-4e3",
    "home_assistant_token": "planted-ha-token-5f4",
    "notify": "planted-webhook-6a5",
}
SAID = {"password": "planted-typed-8b6", "field": "planted-field-1c7"}
"""What somebody types at the wrong place."""
BEARER = {"authorization": f"Bearer {PLANTED['gateway_token']}"}
# of a module that one of Apprise's many plug-ins needs
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Overheard:
    """All that was said: answers, messages and logs."""

    def __init__(self, url: str, bus: MemoryBus) -> None:
        self.url, self.bus = url, bus
        self.words: list[tuple[str, str]] = []

    def add(self, where: str, text: str) -> None:
        self.words.append((where, text))

    def leaks(self) -> list[str]:
        """Where one was found; of a command it is said what was not understood."""
        return [
            f"{where}: {one}"
            for where, text in self.words
            for one in (*PLANTED.values(), *(() if "api/commands" in where else SAID.values()))
            if one in text
        ]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as found:
        yield found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Overheard]:
    nobody = free_port()
    config = f"gateway: {{port: 0}}\nhome_assistant: {{url: 'http://127.0.0.1:{nobody}'}}\n"
    told = {key: one for key, one in PLANTED.items() if key != "notify"}
    urls = (
        f"json://user:{PLANTED['notify']}@127.0.0.1:{nobody}/{PLANTED['notify']}",
        f"nonsense://{PLANTED['notify']}",
    )
    async with a_whole_gateway(tmp_path, Secrets(**told, notify_urls=urls), config=config) as whole:
        heard = Overheard(whole.url, whole.people)
        listening = asyncio.create_task(listen(whole.people, heard))
        await settle()
        yield heard
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def listen(people: MemoryBus, heard: Overheard) -> None:
    async with people.inbox(filters=["#"]) as inbox:
        async for one in inbox:
            if isinstance(one, RawDelivery):
                heard.add(f"the bus, {one.topic}", one.payload.decode(errors="replace"))


async def overhear(
    heard: Overheard, client: httpx.AsyncClient, method: str, path: str, **words: Any
) -> None:
    answer = await client.request(method, path, **words)
    said = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    heard.add(f"{method} {path}", f"{answer.status_code} {said} {answer.text}")


async def every_route(heard: Overheard, client: httpx.AsyncClient) -> int:
    described = (await client.get("api/openapi.json", headers=BEARER)).json()
    count = 0
    for path, methods in described["paths"].items():
        if path == "/api/events":
            continue
        for method in methods:
            plain = path.lstrip("/").replace("{path}", "override/set").replace("{what}", "slots")
            bodies = [b"", b'{"%b": "%b"}' % (b"field", SAID["field"].encode())]
            for body in bodies if method != "get" else [b""]:
                headers = {**BEARER, "content-type": "application/json"}
                await overhear(heard, client, method.upper(), plain, content=body, headers=headers)
                count += 1
    return count


async def test_no_answer_message_or_log_holds_a_secret(
    logged: list[Any], house: Overheard, caplog: pytest.LogCaptureFixture
) -> None:
    async with httpx.AsyncClient(base_url=house.url, timeout=30) as client:
        assert await every_route(house, client) > 20
        await wrong_ones(house, client)
        note = Notification(
            sender=Service.EXECUTOR, emitted_at=NOON, kind="legionella", title="Hot", text="It is."
        )
        await house.bus.publish(NOTIFY, note)
        await overhear(house, client, "POST", "api/commands/notify/test", headers=BEARER)
        async with connect(
            house.url.replace("http", "ws") + "api/live", additional_headers=BEARER
        ) as socket:
            house.add("the WebSocket", str(await socket.recv()))
        async with client.stream("GET", "api/events", headers=BEARER) as events:
            house.add("the events", await anext(events.aiter_text()))
        await overhear(house, client, "GET", "api/health", headers=BEARER)
        await overhear(house, client, "GET", "")
    house.add("the log", json.dumps(logged, default=str))
    ours = [
        one
        for one in caplog.records
        if not one.name.startswith(("httpcore", "websockets", "hpack"))
    ]
    house.add("libraries' logs", "\n".join(one.getMessage() for one in ours))
    assert len(house.words) > 60
    assert house.leaks() == []


async def wrong_ones(house: Overheard, client: httpx.AsyncClient) -> None:
    """What is refused is not said again either."""
    typed = SAID["password"]
    for body in ({"password": typed}, {"password": [typed]}, {"password": typed * 100}, typed):
        await overhear(house, client, "POST", "api/session", json=body)
    await overhear(
        house, client, "GET", "api/version", headers={"authorization": f"Bearer {typed}"}
    )
    for path in ("api/history/slots", "api/energy", "api/logs"):
        asked = {"start": typed, "day": typed, "limit": typed, "level": typed, "period": typed}
        await overhear(house, client, "GET", path, params=asked, headers=BEARER)
    bodies: tuple[Any, ...] = (
        {"changes": {"gateway.port": typed}, "action": typed},
        [typed],
        typed,
    )
    for path in ("api/settings", "api/settings/check", "api/whatif", "api/commands/override/set"):
        for body in bodies:
            await overhear(house, client, "POST", path, json=body, headers=BEARER)


async def test_where_something_is_said_again_the_search_finds_it(house: Overheard) -> None:
    """The search itself is seen to find."""
    for one in (*PLANTED.values(), *SAID.values()):
        house.add("somewhere", f"x{one}y")
    assert len(house.leaks()) == len(PLANTED) + len(SAID)
