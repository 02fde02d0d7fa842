"""Prices over a real broker and a real line: a topic first, Nord Pool where it says nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from support.broker import Mosquitto
from support.buses import mqtt_bus
from support.fake_market import fake_market, wavy

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import PRICES, PriceCurve, PriceSlot, Service
from darkstar_common.runtime import Context
from darkstar_common.slots import day_slots
from darkstar_common.testing import FakeClock, a_context
from darkstar_forecaster.pricing import Pricing
from darkstar_forecaster.sources.prices import price_source

AFTERNOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
TODAY = date(2026, 5, 5)
DAY = timedelta(days=1)
TOPIC = "energy/prices"


@dataclass
class Told:
    """What the forecaster publishes, and its context."""

    context: Context
    people: MqttBus
    curves: asyncio.Queue[PriceCurve]
    looked: asyncio.Event

    async def look(self) -> None:
        """It has looked for prices once, so it listens, too."""
        self.looked.set()

    async def next(self) -> PriceCurve:
        async with asyncio.timeout(60):
            return await self.curves.get()

    async def tell(self, day: date, spot: float, *, retain: bool) -> None:
        zone = self.context.config.zone
        rows = [{"start": one.isoformat(), "value": spot} for one in day_slots(day, zone)]
        await self.people.publish_raw(TOPIC, json.dumps(rows), qos=1, retain=retain)


async def _collect(people: MqttBus, curves: asyncio.Queue[PriceCurve]) -> None:
    async with people.inbox(PRICES) as inbox:
        async for delivery in inbox:
            if isinstance(delivery, Delivery):
                await curves.put(delivery.message)


@asynccontextmanager
async def pricing(
    broker: Mosquitto, state: Path, prices: Mapping[str, Any], *, retained: bool
) -> AsyncIterator[Told]:
    config = Config.model_validate(
        {"prices": {"topic": TOPIC, **prices}, "forecaster": {"horizon_hours": 24}}
    )
    site = f"prices-{state.name.replace('_', '-')}".lower()
    async with (
        mqtt_bus(broker, sender=Service.FORECASTER, site=site) as bus,
        mqtt_bus(broker, sender=Service.GATEWAY, site=site) as people,
    ):
        await bus.connected()
        await people.connected()
        context = a_context(
            bus, state_dir=state, clock=FakeClock(AFTERNOON), config=config,
            service=Service.FORECASTER,
        )  # fmt: skip
        told = Told(context, people, asyncio.Queue(), asyncio.Event())
        await people.publish_raw(TOPIC, b"", qos=1, retain=True)
        if retained:
            await told.tell(TODAY, 0.5, retain=True)
        work = [
            asyncio.create_task(_collect(people, told.curves)),
            asyncio.create_task(Pricing(context, price_source(context)).run(told.look)),
        ]
        try:
            yield told
        finally:
            for one in work:
                one.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await people.publish_raw(TOPIC, b"", qos=1, retain=True)


def spots(curve: PriceCurve, day: date) -> list[PriceSlot]:
    return [one for one in curve.slots if (one.start + timedelta(hours=2)).date() == day]


async def test_a_topic_goes_first_and_nord_pool_has_the_rest(
    shared_broker: Mosquitto, tmp_path: Path
) -> None:
    with fake_market(lambda: AFTERNOON) as market:
        prices = {"sources": ["mqtt", "nordpool"], "nordpool_url": market.url}
        async with pricing(shared_broker, tmp_path, prices, retained=True) as told:
            curve = await told.next()
    assert {one.kind for one in curve.slots} == {"published"}
    assert {one.spot_per_kwh for one in spots(curve, TODAY)} == {0.5}
    for one in spots(curve, TODAY + DAY):
        assert round(one.spot_per_kwh - wavy(one.start) / 1000, 9) == 0
    assert curve.source == "Nord Pool"
    assert sorted(day for _, day in market.asked("nordpool")) == [
        *(TODAY - number * DAY for number in range(7, 0, -1)),
        TODAY + DAY,
    ]


async def test_prices_are_out_as_soon_as_a_topic_tells_them(
    shared_broker: Mosquitto, tmp_path: Path
) -> None:
    async with pricing(shared_broker, tmp_path, {"sources": ["mqtt"]}, retained=False) as told:
        await told.looked.wait()
        assert "has told nothing yet" in told.context.status.issues[0].message
        await told.tell(TODAY, 0.4, retain=False)
        first = await told.next()
        assert {one.spot_per_kwh for one in spots(first, TODAY)} == {0.4}
        await told.tell(TODAY + DAY, 0.8, retain=False)
        second = await told.next()
        assert {one.spot_per_kwh for one in spots(second, TODAY + DAY)} == {0.8}
        assert {one.kind for one in second.slots} == {"published"}
        assert not told.context.status.issues
