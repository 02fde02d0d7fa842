"""`darkstar trace` asks a running recorder, and looks into logs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from uuid import uuid4

import pytest
from support import chained
from support.asking import ask
from support.broker import Mosquitto, needs_mosquitto
from support.buses import mqtt_bus
from support.recorder_process import MORNING, Recorder

from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    EPISODE,
    LOAD_FORECAST,
    PRICES,
    SCHEDULE,
    ActionRecord,
    ControlState,
    PriceCurve,
    QuantileForecast,
    Schedule,
)

pytestmark = needs_mosquitto
SECOND = chained.SECOND
PRICE: PriceCurve = chained.prices(MORNING)
LOAD: QuantileForecast = chained.load(MORNING + SECOND)
PLAN: Schedule = chained.schedule(
    PRICE.message_id,
    {"prices": PRICE.message_id, "load": LOAD.message_id, "house": uuid4()},
    MORNING + 2 * SECOND,
)
DONE: ActionRecord = chained.action(PLAN.message_id, chained.write(), at=MORNING + 3 * SECOND)
REQUEST = uuid4()
STATE: ControlState = chained.overridden(REQUEST, MORNING + 4 * SECOND)
FORCED: ActionRecord = chained.action(REQUEST, at=MORNING + 5 * SECOND)


async def recorded(bus: MqttBus) -> None:
    """A house that has priced, planned and acted, and was overridden by a person."""
    await ask(bus, what="slots")  # once it answers, it listens
    await bus.publish(PRICES, PRICE)
    await bus.publish(LOAD_FORECAST, LOAD)
    await bus.publish(SCHEDULE, PLAN)
    await bus.publish(EPISODE, chained.episode(PLAN))
    await bus.publish(ACTION, DONE)
    await bus.publish(CONTROL_STATE, STATE)
    await bus.publish(ACTION, FORCED)
    async with asyncio.timeout(20):
        while (await ask(bus, what="messages", id=REQUEST)).row_count < 2:  # noqa: ASYNC110 (each is asked for)
            await asyncio.sleep(0.05)


def settle(place: Path) -> None:
    """A configuration to be called with."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.yaml").write_text("site: home\n")


async def traced(broker: Mosquitto, place: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, what it prints and what it complains of."""
    settle(place)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "darkstar_common.launcher", "trace", *words,
        cwd=place, stdout=PIPE, stderr=PIPE,
        env={**os.environ, "DARKSTAR_MQTT_HOST": "127.0.0.1",
             "DARKSTAR_MQTT_PORT": str(broker.port)},
    )  # fmt: skip
    told, complaint = await process.communicate()
    return process.returncode or 0, told.decode(), complaint.decode()


async def test_a_price_is_followed_to_the_setpoint_and_an_override_to_what_it_did(
    broker: Mosquitto, recorder: Recorder, tmp_path: Path
) -> None:
    await recorder.start()
    async with mqtt_bus(broker) as bus:
        await bus.connected()
        await recorded(bus)
        downwards = await traced(broker, tmp_path, str(PRICE.message_id)[:8])
        upwards = await traced(broker, tmp_path, str(DONE.message_id), "--json")
        override = await traced(broker, tmp_path, str(REQUEST)[:8].upper())
    assert downwards[0] == upwards[0] == override[0] == 0, (downwards, upwards, override)
    lines = downwards[1].splitlines()
    topics = ["market/prices", "plan/schedule", "plan/episode", "control/action"]
    places = [next(n for n, one in enumerate(lines) if f"  {topic}  " in one) for topic in topics]
    assert places == sorted(places)
    assert any("number.inverter_max_charge: 10 → 50 written" in one for one in lines)
    assert any("made from load:" in one and "load by load-7" in one for one in lines)
    found = {one["message_id"]: one["topic"] for one in json.loads(upwards[1])["messages"]}
    assert found[str(PRICE.message_id)] == "market/prices"
    assert found[str(DONE.message_id)] == "control/action"
    assert "override: nothing → force_charge" in override[1]
    assert str(FORCED.message_id)[:8] in override[1]


@pytest.mark.parametrize(("beginning", "says"), [("0000", "begins with 0000")])
async def test_an_unknown_id_is_told_with_how_long_things_are_kept(
    broker: Mosquitto, recorder: Recorder, tmp_path: Path, beginning: str, says: str
) -> None:
    await recorder.start()
    async with mqtt_bus(broker) as bus:
        await bus.connected()
        await ask(bus, what="slots")
        short = await traced(broker, tmp_path, beginning)
        whole = await traced(broker, tmp_path, str(uuid4()))
    assert short[0] == whole[0] == 2
    assert says in short[2]
    for complaint in (short[2], whole[2]):
        assert "forecasts for 90 days" in complaint
        assert "recorder.keep" in complaint


async def test_without_a_recorder_the_logs_are_enough(
    own_broker: Mosquitto, tmp_path: Path
) -> None:
    log = tmp_path / "planner.log"
    line = {"event": "schedule_published", "message_id": "3f2a91c0-1", "service": "planner"}
    log.write_text(json.dumps({**line, "timestamp": "2026-01-01T12:00:00Z", "status": "optimal"}))
    code, told, complaint = await traced(own_broker, tmp_path, "3f2a", "--logs", str(log))
    assert code == 0
    assert "plan/schedule  from planner  3f2a91c0" in told
    assert "only the logs were asked, for there is no broker at" in complaint
    code, told, complaint = await traced(own_broker, tmp_path, "3f2a")
    assert (code, told) == (2, "")
    assert "there is no broker at" in complaint
