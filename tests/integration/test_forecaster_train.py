"""`darkstar-forecaster train` asks the forecaster that runs, over a broker."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from support.broker import Mosquitto
from support.buses import mqtt_bus

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config
from darkstar_common.contract import FORECAST_TRAIN, RequestResult, Service, TrainForecast
from darkstar_forecaster.tools.tool import ToolError
from darkstar_forecaster.tools.train import asked


async def answering(bus: MqttBus, heard: list[TrainForecast], ready: asyncio.Event) -> None:
    """A forecaster that takes every request."""
    async with bus.inbox(FORECAST_TRAIN) as inbox:
        ready.set()
        async for delivery in inbox:
            assert isinstance(delivery, Delivery)
            heard.append(delivery.message)
            await delivery.answer(
                RequestResult(
                    sender=Service.FORECASTER, emitted_at=datetime.now(UTC), accepted=True,
                    reason="it is being trained",
                )
            )  # fmt: skip


async def test_the_forecaster_that_runs_is_asked(broker: Mosquitto) -> None:
    heard: list[TrainForecast] = []
    ready = asyncio.Event()
    async with mqtt_bus(broker, sender=Service.FORECASTER) as bus, asyncio.timeout(60):
        await bus.connected()
        service = asyncio.create_task(answering(bus, heard, ready))
        await ready.wait()
        answer = await asked(
            Broker(port=broker.port), Config(site=bus.site), TrainForecast(quantity="load")
        )
        service.cancel()
    assert answer.reason == "it is being trained"
    assert [one.quantity for one in heard] == ["load"]


@pytest.mark.parametrize("running", [True, False])
async def test_without_a_forecaster_or_a_broker_it_says_so(
    broker: Mosquitto, running: bool
) -> None:
    if not running:
        broker.stop()
    said = "does not answer" if running else "there is no broker at localhost"
    with pytest.raises(ToolError, match=said):
        await asked(
            Broker(port=broker.port), Config(), TrainForecast(), patience=timedelta(seconds=2)
        )
