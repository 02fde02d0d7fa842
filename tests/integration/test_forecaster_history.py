"""However much of a house is known, there are forecasts; a real recorder tells what it knows."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.broker import Mosquitto
from support.buses import mqtt_bus
from support.commands import Commands
from support.recorder_process import Recorder

from darkstar_common.bus import Delivery
from darkstar_common.config import Config
from darkstar_common.contract import (
    LOAD_FORECAST,
    MODELS,
    PRICES,
    PV_FORECAST,
    ModelCards,
    PriceCurve,
    QuantileForecast,
    Service,
)
from darkstar_common.runtime import SystemClock
from darkstar_common.slots import SLOT, slot_start, slots
from darkstar_common.testing import a_context
from darkstar_forecaster.service import in_processes

pytestmark = pytest.mark.timeout(180)
DAY = timedelta(days=1)
CONFIG = Config.model_validate(
    {
        "water_heater": None,
        "weather": {"sources": []},
        "location": {},
        "solar": {"arrays": [{}]},
        "forecaster": {"train": {"enabled": False}, "reflex": {"enabled": False}},
    }
)
NEEDED = (LOAD_FORECAST, PV_FORECAST, PRICES, MODELS)


@dataclass
class Heard:
    """What the forecaster said last."""

    forecasts: dict[str, QuantileForecast] = field(default_factory=dict)
    prices: PriceCurve | None = None
    cards: ModelCards | None = None

    @property
    def complete(self) -> bool:
        told = {one.quantity for one in self.cards.cards} if self.cards else set()
        return len(self.forecasts) == 2 and self.prices is not None and len(told) == 3

    def take(self, message: object) -> None:
        if isinstance(message, QuantileForecast):
            self.forecasts[message.quantity] = message
        elif isinstance(message, PriceCurve):
            self.prices = message
        elif isinstance(message, ModelCards):
            self.cards = message


def a_past(path: Path, end: datetime, days: int) -> Path:
    """A kilowatt of load with a busy evening, and sun at noon."""
    lines = ["start_utc,load_kwh,pv_kwh"]
    for start in slots(end - days * DAY, days * 96):
        hour = start.hour + start.minute / 60
        load = 0.2 + 0.2 * (17 <= hour < 21)
        pv = max(0.0, math.sin((hour - 6) / 12 * math.pi)) * (1 + start.day % 3 / 3)
        lines.append(f"{start.isoformat()},{load:.3f},{pv:.4f}")
    path.write_text("\n".join(lines))
    return path


@asynccontextmanager
async def forecasting(broker: Mosquitto, state: Path) -> AsyncIterator[Heard]:
    """The forecaster on the broker, and what it says."""
    heard = Heard()
    async with (
        mqtt_bus(broker, sender=Service.FORECASTER) as bus,
        mqtt_bus(broker, sender=Service.GATEWAY) as people,
        people.inbox(*NEEDED) as inbox,
        asyncio.timeout(120),
    ):
        await bus.connected()
        context = a_context(
            bus, state_dir=state, clock=SystemClock(), config=CONFIG, service=Service.FORECASTER
        )
        service = asyncio.create_task(in_processes(context))
        try:
            async for delivery in inbox:
                if isinstance(delivery, Delivery):
                    heard.take(delivery.message)
                if heard.complete:
                    break
            yield heard
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)


@pytest.mark.parametrize(
    ("days", "level"), [(0, "infant"), (3, "infant"), (15, "graduate"), (365, "graduate")]
)
async def test_there_are_forecasts_however_much_is_known(
    broker: Mosquitto, recorder: Recorder, tmp_path: Path, days: int, level: str
) -> None:
    now = slot_start(SystemClock().now())
    if days:
        recorder.directory.mkdir()
        (recorder.directory / "config.yaml").write_text(recorder.config)
        call = Commands(directory=recorder.directory, state=recorder.state)
        done = await call("import", str(a_past(tmp_path / "past.csv", now, days)))
        assert done.code == 0, done.complaint
    await recorder.start()
    async with forecasting(broker, tmp_path) as heard:
        assert heard.prices is not None
        assert heard.cards is not None
    load, pv = heard.forecasts["load"], heard.forecasts["pv"]
    assert (load.level, pv.level) == (level, level)
    for one in (load, pv):
        assert one.model_version
        assert one.slots[-1].start + SLOT >= now + 7 * DAY
    assert heard.prices.slots[-1].kind == "forecast"
    assert {one.quantity: one.level for one in heard.cards.cards if one.quantity != "price"} == {
        "load": load.level, "pv": pv.level,
    }  # fmt: skip
    evening = [one.mean_kw for one in load.slots if 17 <= one.start.hour < 20]
    night = [one.mean_kw for one in load.slots if one.start.hour < 4]
    assert sum(filter(None, evening)) > sum(filter(None, night))
