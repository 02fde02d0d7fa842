"""The containers: what the compose file promises, and the whole of it on a real engine.

The second part needs a Docker engine: DARKSTAR_TEST_ENGINE names its socket. It builds the images
as `make up` does, starts a project of its own, on ports of its own, and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import polars as pl
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
    until,
)
from support.deploying import script

from darkstar_common.config import Config

ROOT = Path(__file__).resolve().parents[2]
CHECK = script("check")
PROJECT = "darkstar-test"
SOON = timedelta(seconds=60)
RUNNING = (*OURS, "simulator", "mosquitto")
TRIED = "exec 2>&1; id -u; touch /x; command -v cc gcc pip pip3; grep CapEff /proc/1/status"
PAST = "start_utc,load_kwh\n2020-01-31T23:45Z,0.5\n2020-02-01T00:00Z,0.75\n"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = CHECK.resolved("compose.yaml")
    return found


def test_the_check_says_so_in_a_line() -> None:
    command = (sys.executable, str(ROOT / "deploy/check.py"))
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "compose: 11 services, valid\n"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"read_only": False}, "planner.read_only"),
        ({"cap_drop": None}, "planner.cap_drop"),
        ({"security_opt": []}, "planner.security_opt"),
        ({"restart": "always"}, "planner.restart"),
        ({"mem_limit": None}, "planner.mem_limit is missing"),
        ({"cpus": 0}, "planner.cpus is missing"),
        ({"pids_limit": None}, "planner.pids_limit is missing"),
        ({"logging": {"options": {"mode": "non-blocking"}}}, "its log would fill the disk"),
        ({"logging": {"options": {"max-size": "1m"}}}, "a disk that hangs would stop the service"),
        ({"image": "eclipse-mosquitto:2"}, "not pinned by its digest"),
        ({"ports": [{"published": "80", "host_ip": "0.0.0.0"}]}, "publishes port 80"),  # noqa: S104 (refused)
        ({"environment": {"DARKSTAR_MQTT_PASSWORD": "x"}}, "belongs into a secret"),
    ],
)
def test_the_check_complains_of(
    change: dict[str, Any], complaint: str, document: dict[str, Any]
) -> None:
    worse = {"services": {"planner": document["services"]["planner"] | change}}
    (found,) = CHECK.problems(worse)
    assert complaint in found


@pytest.mark.parametrize("name", [*OURS, "simulator"])
def test_a_service_has_its_own_user_password_and_state(name: str, document: dict[str, Any]) -> None:
    service = document["services"][name]
    assert service["environment"]["DARKSTAR_MQTT_USERNAME"] == name
    secrets = [one["source"] for one in service["secrets"]]
    doors = ["page_password", "page_token", "viewer_password"]
    assert secrets == [name, *(doors if name == "gateway" else [])]
    states = [one["source"] for one in service["volumes"] if one["type"] == "volume"]
    assert states == [name]
    assert document["secrets"][name]["file"] == str(ROOT / "deploy/secrets" / name)
    assert (ROOT / f"requirements/{name}.txt").exists()


@pytest.mark.parametrize("name", [*OURS, "simulator", "simulated-past"])
def test_all_read_one_configuration_and_the_gateway_alone_writes_it(
    name: str, document: dict[str, Any]
) -> None:
    volumes = document["services"][name]["volumes"]
    (house,) = [one for one in volumes if one["target"] == "/etc/darkstar"]
    assert house["source"] == str(ROOT / "deploy/house/config")
    assert house.get("read_only", False) is (name != "gateway")
    assert not house["bind"].get("create_host_path")


def test_nothing_but_what_people_open_is_reached_from_outside(
    document: dict[str, Any],
) -> None:
    published = {name for name, one in document["services"].items() if one.get("ports")}
    assert published == {"gateway", "mosquitto", "prometheus", "grafana"}


@pytest.mark.parametrize("name", OURS)
def test_a_solver_is_given_time_to_end(name: str, document: dict[str, Any]) -> None:
    assert document["services"][name]["stop_grace_period"] == "30s"
    assert Config().planner.time_limit_seconds < 30


def test_an_existing_broker_takes_the_place_of_ours() -> None:
    services = CHECK.resolved("compose.yaml", "compose.external-broker.yaml")["services"]
    assert "mosquitto" not in services
    assert not any("mosquitto" in (one.get("depends_on") or {}) for one in services.values())


@pytest.mark.parametrize("more", [(), ("compose.external-broker.yaml",), ("compose.tls.yaml",)])
def test_the_executor_is_stopped_before_the_bridge_that_may_carry_its_farewell(
    more: tuple[str, ...],
) -> None:
    services = CHECK.resolved("compose.yaml", *more)["services"]
    assert "gateway" in services["executor"]["depends_on"]
    assert "executor" not in (services["gateway"].get("depends_on") or {})


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    client = engine_or_skip()
    build_images()
    yield client
    client.close()


@pytest.fixture(scope="module")
def stack(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(Stack(fresh_copy(tmp_path_factory.mktemp("stack")), PROJECT)) as stack:
        yield stack
    assert not engine.volumes.list(filters={"name": f"{PROJECT}_"})


def _container(engine: Any, name: str) -> Any:
    return engine.containers.get(f"{PROJECT}-{name}-1")


def _all_well(engine: Any, stack: Stack) -> bool:
    return set(health(engine, stack, *RUNNING).values()) == {"healthy"}


@pytest.mark.timeout(300, func_only=True)
async def test_a_schedule_is_published(stack: Stack, engine: Any) -> None:
    assert _all_well(engine, stack)
    assert len((await schedule_on(stack.bus())).slots) > 90


@pytest.mark.timeout(300, func_only=True)
def test_the_page_answers(stack: Stack) -> None:
    asked = f"http://127.0.0.1:{stack.page_port}/api/health"
    with urlopen(asked, timeout=10) as answer:
        assert set(json.load(answer)) == {"overall"}, "nobody has signed in"
    token = (stack.deploy / "secrets/page_token").read_text(encoding="utf-8").strip()
    known = Request(asked, headers={"authorization": f"Bearer {token}"})
    with urlopen(known, timeout=10) as answer:  # noqa: S310 (our own address)
        assert {one["online"] for one in json.load(answer)["groups"]} == {True}
    with urlopen(f"http://127.0.0.1:{stack.page_port}/", timeout=10) as answer:
        assert b"<script" in answer.read()


@pytest.mark.timeout(300, func_only=True)
async def test_doctor_and_trace_are_in_the_gateways_container(stack: Stack, engine: Any) -> None:
    """As docs/operations.md calls them."""
    assert _all_well(engine, stack)
    schedule = await schedule_on(stack.bus())
    words = ("exec", "-T", "gateway", "darkstar")
    examined = stack.compose(*words, "doctor", "--json")
    findings = json.loads(examined.stdout)["findings"]
    assert [one for one in findings if one["verdict"] == "problem"] == []
    assert examined.returncode == 0
    verdicts = {one["about"]: one["verdict"] for one in findings}
    well = ("configuration", "secrets", "page", "broker", "access list", "recorder", "services")
    assert {one: verdicts[one] for one in well} == dict.fromkeys(well, "ok")
    traced = stack.compose(*words, "trace", str(schedule.message_id), "--json")
    assert traced.returncode == 0, traced.stderr
    topics = {one["topic"] for one in json.loads(traced.stdout)["messages"]}
    assert {"market/prices", "forecast/load", "plan/schedule"} <= topics


@pytest.mark.timeout(300, func_only=True)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may end a container's process")
@pytest.mark.parametrize("name", RUNNING)
def test_what_dies_comes_back_by_itself(name: str, stack: Stack, engine: Any) -> None:
    """As when the kernel ends a process for want of memory."""
    before = _container(engine, name).attrs["State"]["Pid"]
    os.kill(before, signal.SIGKILL)
    assert until(
        lambda: (
            _container(engine, name).attrs["State"]["Pid"] not in {0, before}
            and _all_well(engine, stack)
        ),
        SOON,
    ), health(engine, stack, *RUNNING)


@pytest.mark.timeout(300, func_only=True)
@pytest.mark.parametrize("name", RUNNING)
def test_what_docker_kill_ended_the_next_up_brings_back(
    name: str, stack: Stack, engine: Any
) -> None:
    """`docker kill` is a person's wish, and Docker keeps to it: no restart policy undoes it."""
    _container(engine, name).kill()
    others = [one for one in RUNNING if one not in {name, "mosquitto"}]
    away = health(engine, stack, name, *others)
    assert away.pop(name) == "away"
    if name != "mosquitto":
        assert set(away.values()) == {"healthy"}, "the others go on"
    assert stack.up().returncode == 0
    assert _all_well(engine, stack)


@pytest.mark.timeout(300, func_only=True)
def test_a_container_may_do_nothing_but_its_work(stack: Stack, engine: Any) -> None:
    assert stack
    for name in (*OURS, "simulator"):
        found = _container(engine, name).exec_run(["sh", "-c", TRIED])
        words = found.output.decode().split()
        assert words[0] == "10001"
        assert "Read-only file system" in found.output.decode()
        assert words[-2:] == ["CapEff:", "0" * 16]
        assert not any(word.endswith(("/cc", "/gcc", "/pip", "/pip3")) for word in words)


@pytest.mark.timeout(300, func_only=True)
def test_the_recorders_commands_work_as_the_docs_call_them(stack: Stack, tmp_path: Path) -> None:
    """In docs/operations.md: "The recorder's commands"."""

    def said(*words: str) -> str:
        done = stack.compose(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    recorder = ("exec", "-T", "recorder", "darkstar-recorder")
    (tmp_path / "past.csv").write_text(PAST)
    said("cp", str(tmp_path / "past.csv"), "recorder:/var/lib/darkstar/past.csv")
    assert "2 slots read, 2 new" in said(*recorder, "import", "past.csv")
    said(*recorder, "export", "out", "--from", "2020-01-01", "--until", "2020-02-01")
    said("cp", "recorder:/var/lib/darkstar/out", str(tmp_path))
    read = pl.read_parquet(tmp_path / "out/slots/**/*.parquet")
    assert read["load_kwh"].to_list() == [0.5]
    said(*recorder, "backup", "--to", "copy.duckdb")
    said("cp", "recorder:/var/lib/darkstar/copy.duckdb", str(tmp_path))
    said("exec", "-T", "recorder", "rm", "-rf", "out", "copy.duckdb")
    assert stack.compose(*recorder, "restore", "copy.duckdb").returncode == 2
    said("stop", "recorder")
    copy = f"{tmp_path}/copy.duckdb:/copy.duckdb:ro"
    alone = ("run", "--rm", "--no-deps")
    assert "as it was in /copy.duckdb" in said(
        *alone, "--volume", copy, "recorder", "restore", "/copy.duckdb"
    )
    assert " MB before, " in said(*alone, "recorder", "compact")
    said("start", "recorder")
    assert stack.up().returncode == 0
    assert "2 slots read, 0 new" in said(*recorder, "import", "past.csv")


@pytest.mark.timeout(300, func_only=True)
def test_without_passwords_nothing_starts(engine: Any, tmp_path: Path) -> None:
    assert engine
    stack = Stack(fresh_copy(tmp_path), f"{PROJECT}-bare")
    (stack.deploy / "secrets/passwords").write_text("", encoding="utf-8")
    command = ("run", "--rm", "--no-deps", "mosquitto")
    refused = stack.compose(*command)
    assert refused.returncode == 1
    assert "no passwords: run deploy/prepare.py" in refused.stderr
    (stack.deploy / "secrets/passwords").unlink()
    assert stack.compose(*command).returncode != 0
    stack.compose("down", "--volumes")
