from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.gateway_house import house_state, messages
from support.taker import serving, until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.config import Access, Config, Gateway, HomeAssistant
from darkstar_common.contract import (
    HOUSE_STATE,
    LOG,
    NOTIFY,
    NOW,
    LogLine,
    LogLines,
    Notification,
    Service,
)
from darkstar_common.runtime import NO_SECRETS, Secrets
from darkstar_common.testing import FakeClock, a_context
from darkstar_gateway.__main__ import main
from darkstar_gateway.api.page import Page
from darkstar_gateway.listening import AddressError, bound_socket, url_of
from darkstar_gateway.service import serve

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
FREE = Config(gateway=Gateway(port=0, access=Access(required=False)))


@dataclass
class Running:
    bus: MemoryBus
    url: str

    @asynccontextmanager
    async def page(self) -> AsyncIterator[ClientConnection]:
        async with connect(self.url.replace("http", "ws") + "api/live") as socket:
            yield socket


async def heard(page: ClientConnection, kind: str) -> Any:
    """The next message of that kind."""
    async with asyncio.timeout(20):
        while True:
            message = json.loads(await page.recv())
            if message["type"] == kind:
                return message


@asynccontextmanager
async def running(
    tmp_path: Path, config: Config = FREE, secrets: Secrets = NO_SECRETS
) -> AsyncIterator[Running]:
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    context = a_context(
        bus, state_dir=tmp_path, clock=clock, config=config, service=Service.GATEWAY,
        secrets=secrets,
    )  # fmt: skip
    listening = bound_socket(FREE.gateway)
    url = url_of(listening)
    for channel, message in messages(NOON):
        await bus.publish(channel, message)
    serving = asyncio.create_task(
        serve(context, listening, Page.read(tmp_path), connected=lambda: True)
    )
    try:
        yield Running(bus, url)
    finally:
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


async def test_a_page_sees_the_house_and_then_its_changes(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway, gateway.page() as page:
        first = await heard(page, "bundle")
        assert first["bundle"]["house_state"]["soc_percent"]["value"] == 46.3
        await gateway.bus.publish(HOUSE_STATE, house_state(NOON, 47.0))
        changes = (await heard(page, "changes"))["changes"]
        assert set(changes) == {"house_state"}
        assert changes["house_state"]["soc_percent"]["value"] == 47.0


async def test_it_tells_the_time_while_nothing_happens(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway, gateway.page() as page:
        await heard(page, "bundle")
        assert (await heard(page, "tick"))["now"] == "2026-06-12T12:00:00Z"


async def test_price_and_plan_of_the_moment_are_on_the_bus(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await until(lambda: gateway.bus.sent(NOW) and gateway.bus.sent(NOW)[-1].planned)
        said = gateway.bus.sent(NOW)
        await gateway.bus.publish(HOUSE_STATE, house_state(NOON, 47.0))
        async with gateway.page() as page:
            await heard(page, "tick")
        assert gateway.bus.sent(NOW) == said, "it is said once for each slot"
    assert said[-1].slot_start == NOON
    assert said[-1].import_per_kwh is not None


async def test_darkstar_is_announced_to_home_assistant(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway, gateway.bus.inbox(filters=["homeassistant/#"]) as own:
        async with asyncio.timeout(20):
            first = await anext(aiter(own))
    assert isinstance(first, RawDelivery)
    assert first.topic.endswith("/config")


async def test_a_notification_reaches_home_assistant_and_harms_no_page(tmp_path: Path) -> None:
    async with serving() as taker:
        taker.hangs = True
        home = HomeAssistant(url=taker.url)
        config = FREE.model_copy(update={"home_assistant": home})
        secrets = Secrets(home_assistant_token="of-the-test")  # noqa: S106 (it is none)
        async with running(tmp_path, config, secrets) as gateway, gateway.page() as page:
            await heard(page, "bundle")
            told = Notification(
                sender=Service.EXECUTOR,
                emitted_at=NOON,
                kind="legionella",
                title="Hot",
                text="It is.",
            )
            await gateway.bus.publish(NOTIFY, told)
            await taker.until(1)
            assert (await heard(page, "changes"))["changes"]["notifications"]
    assert taker.requests[0][2] == {"title": "Hot", "message": "It is."}


@pytest.mark.parametrize("garbage", ["banana", "[" * 3000, '{"type": 1}', b"\x00\xff", "null"])
async def test_garbage_closes_only_who_sent_it(tmp_path: Path, garbage: str | bytes) -> None:
    async with running(tmp_path) as gateway, gateway.page() as good, gateway.page() as bad:
        await heard(good, "bundle")
        await bad.send(garbage)
        with pytest.raises(ConnectionClosedError) as closed:
            await heard(bad, "never")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1003
        assert "resync" in closed.value.rcvd.reason
        await good.send('{"type": "resync"}')
        assert await heard(good, "bundle")


async def test_a_megabyte_closes_only_who_sent_it(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway, gateway.page() as good, gateway.page() as bad:
        await bad.send("x" * 1_000_000)
        with pytest.raises((ConnectionClosedError, ConnectionClosedOK)):
            await heard(bad, "never")
        assert await heard(good, "bundle")


async def test_what_services_log_is_kept_and_told_to_no_page_that_does_not_ask(
    tmp_path: Path,
) -> None:
    line = LogLine(at=NOON, level="warning", event="price_missing")
    said = LogLines(sender=Service.PLANNER, emitted_at=NOON, lines=(line,))
    async with (
        running(tmp_path) as gateway,
        gateway.page() as page,
        httpx.AsyncClient(base_url=gateway.url) as client,
    ):
        await heard(page, "bundle")
        await gateway.bus.publish(LOG[Service.PLANNER], said)
        assert (await heard(page, "tick"))["type"] == "tick"
        found = (await client.get("api/logs", params={"level": "warning"})).json()
    assert [one["event"] for one in found["lines"]] == ["price_missing"]


async def test_http_is_served_beside_it(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway, httpx.AsyncClient(base_url=gateway.url) as client:
        answer = await client.get("api/health")
        assert answer.json()["overall"] == "ok"


async def test_stopping_does_not_wait_for_the_pages(tmp_path: Path) -> None:
    async with asyncio.timeout(20):
        async with running(tmp_path) as gateway:
            page = await connect(gateway.url.replace("http", "ws") + "api/live")
            await heard(page, "bundle")
        with pytest.raises((ConnectionClosedError, ConnectionClosedOK)):
            await heard(page, "never")


def test_a_busy_port_is_a_sentence_with_the_way_out() -> None:
    with bound_socket(FREE.gateway) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError, match="another program listens there") as error:
            bound_socket(Gateway(port=port))
    assert f"127.0.0.1:{port}" in str(error.value)
    assert "gateway.port" in str(error.value)


@pytest.mark.parametrize("words", [["banana"], ["run", "now"]])
def test_a_wrong_word_on_the_command_line_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["darkstar-gateway", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "`run`" in capsys.readouterr().err


@pytest.mark.parametrize("by_environment", [False, True])
def test_a_second_gateway_ends_before_it_takes_the_session_of_the_first(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    by_environment: bool,
) -> None:
    with bound_socket(FREE.gateway) as taken:
        port = taken.getsockname()[1]
        config = tmp_path / "config.yaml"
        told = "" if by_environment else f", port: {port}"
        config.write_text(f"gateway: {{access: {{required: false}}{told}}}\n")
        monkeypatch.setattr(sys, "argv", ["darkstar-gateway"])
        monkeypatch.setenv("DARKSTAR_CONFIG", str(config))
        if by_environment:
            monkeypatch.setenv("DARKSTAR_GATEWAY_PORT", str(port))
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "another program listens there" in said
    assert f":{port}:" in said


def test_an_address_of_another_machine_is_a_sentence_too() -> None:
    with pytest.raises(AddressError, match=r"gateway\.host"):
        bound_socket(Gateway(host="192.0.2.1", port=0))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "localhost")],  # noqa: S104 (the point of it)
)
def test_the_address_is_one_a_browser_here_can_use(host: str, expected: str) -> None:
    with bound_socket(Gateway(host=host, port=0)) as listening:
        assert url_of(listening) == f"http://{expected}:{listening.getsockname()[1]}/"
        assert listening.family == socket.AF_INET


def test_an_answer_is_sent_without_waiting_for_its_head_to_be_acknowledged() -> None:
    """Each packed answer once took 40 ms longer, which is what a browser's kernel waits."""
    with bound_socket(FREE.gateway) as listening:
        listening.setblocking(True)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
