"""Server-Sent Events, over a real connection, for they never end by themselves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import Gateway
from support.gateway_house import house_state, messages

from darkstar_common.config import Gateway as Settings
from darkstar_common.contract import HOUSE_STATE
from darkstar_common.testing import settle
from darkstar_gateway.api.app import create_app
from darkstar_gateway.api.push import place_of
from darkstar_gateway.listening import bound_socket, served, url_of
from darkstar_gateway.live import Place


@asynccontextmanager
async def listened(
    gateway: Gateway, headers: dict[str, str] | None = None, **asked: Any
) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[tuple[str, Any]]]]:
    """The answer, and its events: the id of each, and what it says."""
    listening = bound_socket(Settings(port=0))
    async with (
        served(create_app(gateway.wired), listening),
        httpx.AsyncClient(base_url=url_of(listening), timeout=20) as client,
        client.stream("GET", "api/events", params=asked, headers=headers) as answer,
    ):
        yield answer, _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    number = ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            number = value
        elif name == "data":
            yield number, json.loads(value)


def fill(gateway: Gateway) -> None:
    for channel, message in messages(gateway.clock.now()):
        gateway.live.apply(channel.path, message)
    gateway.live.publish()


async def test_everything_comes_first_and_then_what_changes(gateway: Gateway) -> None:
    fill(gateway)
    async with listened(gateway) as (answer, events):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        number, first = await anext(events)
        assert first["type"] == "bundle"
        assert number == f"{first['run']}-{first['sequence']}"
        gateway.live.apply(HOUSE_STATE.path, house_state(gateway.clock.now(), 47.0))
        gateway.live.publish()
        _, then = await anext(events)
        assert set(then["changes"]) == {"house_state"}
        gateway.live.publish()
        assert (await anext(events))[1]["type"] == "tick"


@pytest.mark.parametrize("by_header", [True, False])
async def test_who_comes_back_goes_on_where_it_was(gateway: Gateway, by_header: bool) -> None:
    fill(gateway)
    live = gateway.live
    place = {"run": live.run, "resume": str(live.sequence)}
    headers = {"last-event-id": f"{live.run}-{live.sequence}"}
    live.apply(HOUSE_STATE.path, house_state(gateway.clock.now(), 47.0))
    live.publish()
    way: Any = {"headers": headers} if by_header else place
    async with listened(gateway, **way) as (_, events):
        _, first = await anext(events)
    assert first["type"] == "changes"
    assert set(first["changes"]) == {"house_state"}


async def test_a_page_that_is_gone_is_forgotten(gateway: Gateway) -> None:
    async with listened(gateway) as (_, events):
        await anext(events)
        assert gateway.live.watcher_count == 1
    await settle()
    assert gateway.live.watcher_count == 0


@given(run=st.text() | st.none(), sequence=st.text() | st.none())
def test_whatever_a_page_says_of_its_place_is_a_place_or_none(
    run: str | None, sequence: str | None
) -> None:
    place = place_of(run, sequence)
    assert place is None or (place.run == run and place.sequence >= 0)


def test_a_place_is_understood() -> None:
    assert place_of("1f", "12") == Place("1f", 12)
    assert place_of("1f", "-1") is None
    assert place_of("1f", "9" * 5000) is None
    assert place_of("", "1") is None
