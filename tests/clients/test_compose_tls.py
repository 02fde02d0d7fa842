"""The containers with compose.tls.yaml: everything that goes to and from the broker is encrypted.

Needs a Docker engine (DARKSTAR_TEST_ENGINE), on which it builds what is missing.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.containers import (
    OURS,
    Stack,
    build_images,
    engine_or_skip,
    fresh_copy,
    health,
    running,
    schedule_on,
)

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.launcher.broker import free_port
from darkstar_common.runtime import SystemClock

PROJECT = "darkstar-test-tls"
pytestmark = pytest.mark.timeout(300, func_only=True)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def stack(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """As docs/operations.md ("TLS") has it set up."""
    engine_or_skip().close()
    build_images()
    deploy = fresh_copy(tmp_path_factory.mktemp("tls"))
    subprocess.run((sys.executable, str(deploy / "certs.py"), "broker.lan"), check=True)
    with (deploy / ".env").open("a", encoding="utf-8") as file:
        file.write("COMPOSE_FILE=compose.yaml:compose.tls.yaml\n")
        file.write(f"DARKSTAR_BROKER_TLS_ADDRESS=127.0.0.1:{port}\n")
    with running(Stack(deploy, PROJECT)) as stack:
        yield stack


async def test_a_schedule_is_published_to_who_knows_the_authority(stack: Stack, port: int) -> None:
    engine = engine_or_skip()
    found = health(engine, stack, *OURS, "mosquitto", "simulator")
    engine.close()
    assert set(found.values()) == {"healthy"}, found
    broker = Broker(
        host="127.0.0.1",
        port=port,
        username="people",
        password=stack.password("people"),
        tls=True,
        ca_file=stack.deploy / "secrets/tls/ca.pem",
    )
    bus = MqttBus(broker, site="home", client_id="test", now=SystemClock().now)
    assert (await schedule_on(bus)).slots


def test_the_plain_listener_is_gone_inside_and_outside(stack: Stack) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", stack.broker_port), timeout=5)
    inside = "import socket; socket.create_connection(('mosquitto', 1883), timeout=5)"
    refused = stack.compose("exec", "-T", "gateway", "python3", "-c", inside)
    assert refused.returncode == 1
    assert "ConnectionRefusedError" in refused.stderr


def test_the_doctor_finds_it_encrypted(stack: Stack) -> None:
    told = stack.compose("exec", "-T", "gateway", "darkstar", "doctor", "--json")
    findings = json.loads(told.stdout)["findings"]
    (broker,) = [one for one in findings if one["about"] == "broker"]
    assert broker["verdict"] == "ok", broker
    assert "mosquitto:8883" in broker["sentence"]
    assert "encrypted" in broker["sentence"]


def test_no_container_has_the_authoritys_own_key(stack: Stack) -> None:
    for name in (*OURS, "simulator", "mosquitto"):
        shown = stack.compose("exec", "-T", name, "sh", "-c", "cat /run/secrets/*")
        key = (stack.deploy / "secrets/tls/ca.key").read_text(encoding="utf-8")
        assert key.splitlines()[1] not in shown.stdout
