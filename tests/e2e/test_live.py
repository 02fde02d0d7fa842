"""A running house as an impatient person and a hostile network meet it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from support.running import Visitor, running_house

from darkstar_common.contract import (
    CONTROL_STATE,
    OVERRIDE_CLEAR,
    OVERRIDE_SET,
    TABLE,
    ControlState,
    RequestResult,
)
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.trial import HISTORY, Trial, span
from darkstar_common.slots import slot_start

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timed,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]
GARBAGE = {
    "not JSON": b"\x00\xff garbage",
    "wrong type": b'{"slots": "many", "sender": 7}',
    "NaN": b'{"soc_percent": {"value": NaN}, "cost": NaN}',
    "1 MB": b"[" + b"1," * 500_000 + b"1]",
    "unknown request": b"banana",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(
    generated_house: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Visitor]:
    """One house for all of them: it does not mind what any of them did."""
    first, _ = span(generated_house)
    start = slot_start(first + HISTORY + timedelta(hours=10))
    directory = tmp_path_factory.mktemp("live")
    trial = Trial(directory=directory, house=generated_house, start=start, speed=20)
    async with running_house(trial) as found:
        await found.until(lambda: bool(found.schedules), seconds=20, what="a first schedule")
        await found.until(lambda: "control/state" in found.latest, seconds=20, what="a command")
        yield found


async def pub(visitor: Visitor, topic: str, payload: bytes) -> None:
    """Publish as a person does, with mosquitto_pub where it is installed."""
    if shutil.which("mosquitto_pub") is None:
        await visitor.bus.publish_raw(topic, payload, qos=1)
        return
    words = ("-p", str(visitor.house.mqtt_port), "-q", "1", "-t", topic, "-s")
    process = await asyncio.create_subprocess_exec(
        "mosquitto_pub", *words, stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(payload)
    assert process.returncode == 0


async def test_a_first_schedule_comes_within_20_s(visitor: Visitor) -> None:
    assert visitor.schedules[0].slots


async def test_an_override_acts_within_a_second_and_shows(visitor: Visitor) -> None:
    def charging() -> bool:
        state: ControlState = visitor.latest["control/state"]
        return state.override is not None and state.command.intent == "charge_from_grid"

    topic = OVERRIDE_SET.topic("home")
    assert topic == "darkstar/v1/home/override/set"
    async with visitor.bus.inbox(filters=["inverter/#"]) as inbox:
        await pub(visitor, topic, b"force_charge")
        await visitor.until(charging, seconds=1, what="force_charge on control/state")
        async with asyncio.timeout(1):
            async for delivery in inbox:
                if "grid_charging" in str(delivery) and b"ON" in getattr(delivery, "payload", b""):
                    break
    state: ControlState = visitor.latest["control/state"]
    assert state.override is not None
    assert state.override.until > visitor.house.clock.now()
    assert state.command.soc_target_percent is not None, "grid charging carries a ceiling"
    await pub(visitor, OVERRIDE_CLEAR.topic("home"), b"now")
    await visitor.until(lambda: not charging(), seconds=1, what="the override cleared")


async def test_a_banana_is_refused_with_what_is_understood(visitor: Visitor) -> None:
    topic = OVERRIDE_SET.topic("home")
    async with visitor.bus.inbox(filters=[f"{topic}/result"]) as inbox:
        await pub(visitor, topic, b"banana")
        async with asyncio.timeout(10):
            async for delivery in inbox:
                result = RequestResult.model_validate_json(getattr(delivery, "payload", b""))
                if "banana" in result.reason:  # an earlier request is answered once it is saved
                    break
    assert not result.accepted
    said = f"{result.reason} {' '.join(result.understood)}"
    for word in ("force_charge", "force_export", "force_heat", "hold", "self_consume"):
        assert word in said
    after: ControlState = visitor.latest["control/state"]
    assert after.override is None
    assert "override" not in after.rule


async def test_garbage_on_every_topic_harms_nobody_and_is_counted(visitor: Visitor) -> None:
    pids = {name: visitor.house.fleet.children[name].pid for name in SERVICES}
    for payload in GARBAGE.values():
        for row in TABLE:
            await visitor.bus.publish_raw(row.topic("home").replace("+", "x"), payload, qos=1)
    await visitor.bus.flushed()
    await visitor.after("house/state", seconds=10)
    begin = datetime(2026, 6, 1, tzinfo=UTC)
    await visitor.history("slots", begin, begin + timedelta(hours=1))  # the recorder answers
    assert {name: visitor.house.fleet.children[name].pid for name in SERVICES} == pids
    async with httpx.AsyncClient() as client:
        for name, port in visitor.house.metrics_ports.items():
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            rejected = sum(
                float(line.rsplit(" ", 1)[1])
                for line in text.splitlines()
                if line.startswith("darkstar_messages_rejected_total{")
            )
            assert rejected >= len(GARBAGE), f"{name} counted {rejected:g}"
    for name in SERVICES:
        log = visitor.logs(name)
        assert "Traceback" not in log, name
        events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        told = [one for one in events if one.get("event") == "message_rejected"]
        assert told, f"{name} logged nothing"
        keys = [(one.get("topic"), one.get("problem")) for one in told]
        assert len(keys) == len(set(keys)), f"{name} repeats itself"


async def test_control_state_is_kept_for_who_comes_late(visitor: Visitor) -> None:
    async with visitor.house.bus("late") as late, late.inbox(CONTROL_STATE) as inbox:
        async with asyncio.timeout(10):
            async for delivery in inbox:
                assert delivery.retained
                break
