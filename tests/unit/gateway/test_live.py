from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gateway_house import house_state, messages, prices, schedule

from darkstar_common.config import Config
from darkstar_common.contract import (
    HOUSE_DEVICES,
    HOUSE_STATE,
    PRICES,
    SCHEDULE,
    Devices,
    DiscoveredEntity,
    Message,
    Service,
)
from darkstar_common.testing import FakeClock, settle
from darkstar_gateway.core.house import House
from darkstar_gateway.live import Live, Place, Watcher

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
HOUSE = House.of(Config(), clock_speed=240.0, version="0.1.0")


def a_live() -> Live:
    return Live(HOUSE, FakeClock(NOON), connected=lambda: True)


async def told(watcher: Watcher) -> Any:
    async with asyncio.timeout(20):
        return json.loads(await watcher.next_text())


async def is_quiet(watcher: Watcher) -> bool:
    waiting = asyncio.create_task(watcher.next_text())
    await settle()
    quiet = not waiting.done()
    waiting.cancel()
    return quiet


async def test_a_page_gets_everything_first() -> None:
    live = a_live()
    for channel, message in messages(NOON):
        live.apply(channel.path, message)
    with live.watched() as watcher:
        first = await told(watcher)
    assert first["type"] == "bundle"
    assert first["now"] == "2026-06-12T12:00:00Z"
    bundle = first["bundle"]
    assert bundle["house"]["clock_speed"] == 240.0
    assert bundle["house_state"]["soc_percent"]["value"] == 46.3
    assert len(bundle["schedule"]["slots"]) == 160
    assert bundle["services"]["planner"]["online"] is True
    assert bundle["health"]["overall"] == "ok"
    assert bundle["weather"] is None


async def test_then_only_what_changes_and_with_a_higher_number() -> None:
    live = a_live()
    with live.watched() as watcher:
        first = await told(watcher)
        live.apply(HOUSE_STATE.path, house_state(NOON))
        live.publish()
        second = await told(watcher)
    assert second["type"] == "changes"
    assert set(second["changes"]) == {"house_state", "health"}
    assert second["sequence"] > first["sequence"]


async def test_what_changes_often_is_told_once_and_as_it_is_now() -> None:
    live = a_live()
    with live.watched() as watcher:
        await told(watcher)
        for soc in range(50):
            live.apply(HOUSE_STATE.path, house_state(NOON, float(soc)))
            live.publish()
        latest = await told(watcher)
        assert await is_quiet(watcher)
    assert latest["changes"]["house_state"]["soc_percent"]["value"] == 49.0


async def test_without_a_change_it_tells_the_time() -> None:
    clock = FakeClock(NOON)
    live = Live(HOUSE, clock, connected=lambda: True)
    with live.watched() as watcher:
        await told(watcher)
        await clock.advance(timedelta(minutes=3))
        live.publish()
        tick = await told(watcher)
    assert tick == {
        "type": "tick", "run": live.run, "sequence": tick["sequence"],
        "now": "2026-06-12T12:03:00Z",
    }  # fmt: skip


async def test_nothing_is_told_before_it_is_published() -> None:
    live = a_live()
    with live.watched() as watcher:
        await told(watcher)
        live.apply(PRICES.path, prices(NOON))
        assert live.changed.is_set()
        assert await is_quiet(watcher)


async def test_a_page_may_ask_for_everything_again() -> None:
    live = a_live()
    with live.watched() as watcher:
        await told(watcher)
        watcher.resync()
        assert (await told(watcher))["type"] == "bundle"


async def test_a_page_that_is_gone_is_forgotten() -> None:
    live = a_live()
    with live.watched(), live.watched():
        assert live.watcher_count == 2
    assert live.watcher_count == 0


async def test_health_follows_the_clock_and_the_broker() -> None:
    clock, connection = FakeClock(NOON), [True]
    live = Live(HOUSE, clock, connected=lambda: connection[0])
    live.apply(SCHEDULE.path, schedule(NOON))
    with live.watched() as watcher:
        await told(watcher)
        await clock.advance(timedelta(days=3))
        live.publish()
        ended = await told(watcher)
        connection[0] = False
        live.publish()
        lost = await told(watcher)
    keys = [
        issue["key"] for group in ended["changes"]["health"]["groups"] for issue in group["issues"]
    ]
    assert "schedule_ended" in keys
    assert lost["changes"]["health"]["overall"] == "down"


async def test_two_pages_are_told_the_same() -> None:
    live = a_live()
    with live.watched() as one, live.watched() as other:
        assert await told(one) == await told(other)
        live.apply(PRICES.path, prices(NOON))
        live.publish()
        assert await told(one) == await told(other)


async def test_a_page_that_comes_back_is_told_only_what_it_missed() -> None:
    live = a_live()
    with live.watched() as watcher:
        first = await told(watcher)
    live.apply(PRICES.path, prices(NOON))
    live.publish()
    live.apply(HOUSE_STATE.path, house_state(NOON))
    live.publish()
    with live.watched(Place(first["run"], first["sequence"])) as watcher:
        again = await told(watcher)
        live.apply(SCHEDULE.path, schedule(NOON))
        live.publish()
        after = await told(watcher)
    assert again["type"] == "changes"
    assert set(again["changes"]) == {"prices", "house_state", "health"}
    assert again["sequence"] == first["sequence"] + 2
    assert set(after["changes"]) == {"schedule", "health"}


async def test_a_page_that_missed_nothing_is_told_the_time() -> None:
    live = a_live()
    with live.watched() as watcher:
        first = await told(watcher)
    with live.watched(Place(first["run"], first["sequence"])) as watcher:
        assert (await told(watcher))["type"] == "tick"


@pytest.mark.parametrize(("run", "sequence"), [("another", 0), (None, 99), (None, -1)])
async def test_a_page_that_cannot_be_followed_up_gets_everything(
    run: str | None, sequence: int
) -> None:
    live = a_live()
    with live.watched(Place(run or live.run, sequence)) as watcher:
        assert (await told(watcher))["type"] == "bundle"


SAYS: dict[str, Message] = {
    PRICES.path: prices(NOON), HOUSE_STATE.path: house_state(NOON), SCHEDULE.path: schedule(NOON),
}  # fmt: skip


@settings(max_examples=20)
@given(st.lists(st.sampled_from(sorted(SAYS)), max_size=8), st.integers(0, 8))
def test_what_is_missed_and_made_up_is_what_was_seen_all_along(
    said: list[str], gone_after: int
) -> None:
    """Whatever changes while a page is away, it ends with the same as one that stayed."""
    live = a_live()
    known = json.loads(live.bundle_text())
    for number, path in enumerate(said):
        live.apply(path, SAYS[path].model_copy())
        live.publish()
        if number < gone_after:
            known = json.loads(live.bundle_text())
    missed = live.changed_since(Place(known["run"], known["sequence"]))
    assert missed is not None
    if missed:
        known["bundle"] |= json.loads(live.changes_text(missed))["changes"]
    assert known["bundle"] == json.loads(live.bundle_text())["bundle"]


def test_what_many_pages_are_told_is_written_once() -> None:
    live = a_live()
    live.apply(PRICES.path, prices(NOON))
    live.publish()
    assert live.changes_text({"prices"}) is live.changes_text({"prices"})
    before = live.changes_text({"prices"})
    live.apply(PRICES.path, prices(NOON - timedelta(days=1)))
    live.publish()
    assert live.changes_text({"prices"}) != before


async def test_the_packed_bundle_is_the_bundle_and_never_stale() -> None:
    clock = FakeClock(NOON)
    live = Live(HOUSE, clock, connected=lambda: True)
    assert gzip.decompress(live.bundle_packed()).decode() == live.bundle_text()
    assert live.bundle_packed() is live.bundle_packed()
    live.apply(PRICES.path, prices(NOON))
    assert json.loads(gzip.decompress(live.bundle_packed()))["bundle"]["prices"]
    await clock.advance(timedelta(seconds=1))
    assert json.loads(gzip.decompress(live.bundle_packed()))["now"] == "2026-06-12T12:00:01Z"


def test_the_entities_that_were_discovered_are_not_told_to_every_page() -> None:
    entity = DiscoveredEntity(entity="sensor.a", component="sensor")
    devices = Devices(
        sender=Service.EXECUTOR, emitted_at=NOON, discovered=(), roles=(), entities=(entity,)
    )
    live = a_live()
    live.apply(HOUSE_DEVICES.path, devices)
    told_devices = json.loads(live.bundle_text())["bundle"]["devices"]
    assert "roles" in told_devices
    assert not {"entities", "proposals"} & set(told_devices)
    assert live.view.devices is not None
    assert live.view.devices.entities == (entity,)
