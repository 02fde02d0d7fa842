"""The check that tells Docker whether a service is well."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server

HEALTH = Path(__file__).resolve().parents[3] / "deploy/health.py"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def port(registry: CollectorRegistry) -> Iterator[int]:
    server, thread = start_http_server(0, "127.0.0.1", registry=registry)
    yield server.server_port
    server.shutdown()
    server.server_close()
    assert isinstance(thread, threading.Thread)
    thread.join()


def checked(port: int | str) -> subprocess.CompletedProcess[str]:
    environment = {"DARKSTAR_METRICS_PORT": str(port)}
    command = (sys.executable, "-I", "-S", str(HEALTH))
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("value", "code"), [(1, 0), (0, 1)])
def test_a_service_is_well_while_the_broker_knows_it(
    value: int, code: int, registry: CollectorRegistry, port: int
) -> None:
    Gauge("darkstar_broker_connected", "As the bus has it", registry=registry).set(value)
    assert checked(port).returncode == code


def test_a_service_that_says_nothing_of_the_broker_is_not_well(port: int) -> None:
    found = checked(port)
    assert found.returncode == 1
    assert "the broker is not connected" in found.stderr


@pytest.mark.parametrize("port", ["", "nonsense", "1"])
def test_a_service_that_does_not_answer_is_not_well(port: str) -> None:
    found = checked(port)
    assert found.returncode == 1
    assert "no metrics on port" in found.stderr
