"""The forecaster as a process: its weather outlives a kill; a topic of others is heard."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.broker import Mosquitto
from support.buses import mqtt_bus
from support.fake_open_meteo import FakeOpenMeteo
from support.fake_web import Asked, Given, fake_web

from darkstar_common.bus import Delivery, Inbox
from darkstar_common.contract import WEATHER, WeatherForecast
from darkstar_common.launcher.fleet import console_script
from darkstar_common.runtime import SystemClock

pytestmark = pytest.mark.timeout(120)
HOUR = timedelta(hours=1)


def written(directory: Path, sections: dict[str, Any]) -> Path:
    """The configuration in a file."""
    directory.mkdir(exist_ok=True)
    config = directory / "config.yaml"
    config.write_text(json.dumps(sections), encoding="utf-8")
    return config


@asynccontextmanager
async def forecaster(broker: Mosquitto, directory: Path, **sections: Any) -> AsyncIterator[None]:
    """The process, until it is killed."""
    environment = {
        "DARKSTAR_CONFIG": str(written(directory, sections)),
        "DARKSTAR_MQTT_PORT": str(broker.port),
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_STATE_DIR": str(directory / "state"),
    }
    with (directory / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            console_script("darkstar-forecaster"),
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
        try:
            yield
            assert process.returncode is None, (directory / "log").read_text()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def next_weather(inbox: Inbox) -> WeatherForecast:
    async with asyncio.timeout(60):
        async for delivery in inbox:
            if isinstance(delivery, Delivery) and isinstance(delivery.message, WeatherForecast):
                return delivery.message
    raise AssertionError("the inbox ended")


async def test_weather_outlives_a_kill_while_open_meteo_is_away(
    broker: Mosquitto, tmp_path: Path
) -> None:
    sky, away = FakeOpenMeteo(now=SystemClock().now), False

    def answer(asked: Asked) -> Given:
        return Given(status=503) if away else sky(asked)

    with fake_web(answer) as web:
        house = {
            "location": {},
            "weather": {"open_meteo_url": web.url, "archive_url": web.url},
        }
        async with mqtt_bus(broker) as bus, bus.inbox(WEATHER) as inbox:
            async with forecaster(broker, tmp_path / "house", **house):
                first = await next_weather(inbox)
            away = True
            async with forecaster(broker, tmp_path / "house", **house):
                again = await next_weather(inbox)
    assert again.message_id != first.message_id
    assert again.source == "open_meteo"
    assert abs(again.issued_at - first.issued_at) < timedelta(seconds=1)
    told = {one.start: one for one in first.slots}
    assert len(told) == 672
    assert all(one == told[one.start] for one in again.slots if one.start in told)
    assert len(told.keys() & {one.start for one in again.slots}) >= 671


@pytest.mark.parametrize("retain", [True, False])
async def test_weather_on_a_topic_of_somebody_else_becomes_the_houses(
    broker: Mosquitto, tmp_path: Path, retain: bool
) -> None:
    now = SystemClock().now().replace(minute=0, second=0, microsecond=0)
    rows = [
        {"start": (now + number * HOUR).isoformat(), "temperature_c": -3} for number in range(24)
    ]
    house = {"weather": {"sources": ["mqtt"], "topic": "outside/weather"}}
    payload = json.dumps({"slots": rows})
    async with mqtt_bus(broker) as bus, bus.inbox(WEATHER) as inbox:
        if retain:
            await bus.publish_raw("outside/weather", payload, qos=1, retain=True)
        async with forecaster(broker, tmp_path / "house", **house):
            told = asyncio.create_task(next_weather(inbox))
            while not told.done():
                await asyncio.wait({told}, timeout=0.5)
                if not retain:  # nobody knows when it begins to listen
                    await bus.publish_raw("outside/weather", payload)
            message = told.result()
    assert message.source == "mqtt outside/weather"
    assert {one.temperature_c for one in message.slots} == {-3.0}
