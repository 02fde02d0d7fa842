"""`darkstar doctor` on the broker as it is shipped, on one that lets everybody in, and on none."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.asking import ask
from support.broker import BINARY, Mosquitto, needs_mosquitto
from support.buses import mqtt_bus
from support.recorder_process import Recorder
from support.shipped_broker import ShippedMosquitto, password_file

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.contract import OVERRIDE_SET, SCHEDULE, Service
from darkstar_common.generate.acl import acl
from darkstar_common.launcher.doctor.facts import Rights
from darkstar_common.launcher.doctor.trying import SITE, rights
from darkstar_common.runtime import SystemClock

pytestmark = needs_mosquitto
PASSWORDS = {str(user): f"the password of {user}" for user in Service}


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[ShippedMosquitto]:
    """The shipped broker; not started yet."""
    if BINARY is None:
        pytest.skip("mosquitto is not installed")
    directory = tmp_path / "shipped"
    directory.mkdir()
    (directory / "passwords").write_text(password_file(PASSWORDS), encoding="utf-8")
    (directory / "acl").write_text(acl(), encoding="utf-8")
    made = ShippedMosquitto(directory)
    yield made
    made.stop()


async def tried(broker: Mosquitto, user: Service) -> Rights:
    bus = MqttBus(
        Broker(
            host="127.0.0.1", port=broker.port, username=str(user), password=PASSWORDS[str(user)]
        ),
        site=SITE, client_id=f"doctor-{user}", now=SystemClock().now, sender=user,
    )  # fmt: skip
    async with bus:
        await bus.connected()
        return await rights(bus, user)


def settle(place: Path) -> None:
    """A configuration to be called with; the page is not asked."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.yaml").write_text("gateway: {port: 0}\n")


async def examined(
    place: Path, broker: Mosquitto, **environment: str
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and the findings by what they are about (of several, the last)."""
    settle(place)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "darkstar_common.launcher", "doctor", "--json",
        cwd=place, stdout=PIPE, stderr=PIPE,
        env={**os.environ, "DARKSTAR_MQTT_HOST": "127.0.0.1",
             "DARKSTAR_MQTT_PORT": str(broker.port), **environment},
    )  # fmt: skip
    told, complaint = await process.communicate()
    assert not complaint, complaint.decode()
    findings = json.loads(told)["findings"]
    return process.returncode or 0, {one["about"]: one for one in findings}


async def test_every_user_can_do_what_it_may_and_no_more(shipped: ShippedMosquitto) -> None:
    shipped.start()
    async with asyncio.TaskGroup() as group:
        found = {user: group.create_task(tried(shipped, user)) for user in Service}
    for user, task in found.items():
        told = task.result()
        assert (told.lost, told.intruded) == ((), ()), user
        assert told.tried > 5, user


async def test_a_row_that_the_access_list_lacks_is_lost(shipped: ShippedMosquitto) -> None:
    line = f"topic write {OVERRIDE_SET.topic('+')}\n"
    whole = acl()
    assert line in whole
    (shipped.directory / "acl").write_text(whole.replace(line, ""), encoding="utf-8")
    shipped.start()
    found = await tried(shipped, Service.PEOPLE)
    assert (found.lost, found.intruded) == ((OVERRIDE_SET.path,), ())


async def test_an_access_list_that_nobody_heeds_is_noticed(own_broker: Mosquitto) -> None:
    own_broker.start()
    found = await tried(own_broker, Service.EXECUTOR)
    assert SCHEDULE.path in found.intruded
    assert found.lost == ()


async def test_without_a_broker_the_rest_is_told(own_broker: Mosquitto, tmp_path: Path) -> None:
    code, found = await examined(tmp_path, own_broker)
    assert code == 1
    assert found["broker"]["verdict"] == "problem"
    assert "does not let us in" in found["broker"]["sentence"]
    assert found["configuration"]["verdict"] == "ok"
    assert "access list" not in found


async def test_a_wrong_password_is_told_as_the_broker_says_it(
    shipped: ShippedMosquitto, tmp_path: Path
) -> None:
    shipped.start()
    secret = tmp_path / "password"
    secret.write_text("wrong, and long enough")
    secret.chmod(0o600)
    code, found = await examined(
        tmp_path / "house", shipped, DARKSTAR_MQTT_USERNAME="gateway",
        DARKSTAR_MQTT_PASSWORD_FILE=str(secret),
    )  # fmt: skip
    assert code == 1
    assert "uthori" in found["broker"]["sentence"], found["broker"]
    assert found["secrets"]["verdict"] == "ok"


async def test_a_running_recorder_answers_and_its_clock_agrees(
    broker: Mosquitto, recorder: Recorder, tmp_path: Path
) -> None:
    await recorder.start()
    async with mqtt_bus(broker) as bus:
        await bus.connected()
        await ask(bus, what="slots")
    code, found = await examined(tmp_path / "house", broker)
    assert code == 1, "the other services are not there"
    assert found["clock"]["verdict"] == "ok"
    assert "has closed no slot" in found["recorder"]["sentence"]
    assert found["access list"]["verdict"] == "warning", "everybody may do everything"
    assert found["planner"]["sentence"] == "it was never there"
