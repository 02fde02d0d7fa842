"""The add-on's image on a real engine, started as the Supervisor starts it.

DARKSTAR_TEST_ENGINE names the engine's socket; the image is built there from what `make addon` puts
together, as `darkstar-addon:local`. The container shares this machine's network, where broker and
Supervisor of the test are.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]  # testcontainers brings it
import httpx
import pytest
import pytest_asyncio
from support.client_house import ClientHouse, client_house
from support.fake_web import Given, fake_web

from darkstar_common.bus import Delivery
from darkstar_common.contract import STATUS
from darkstar_common.launcher.broker import free_port, mosquitto
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.runtime import Stopwatch

ENGINE = os.environ.get("DARKSTAR_TEST_ENGINE", "")
IMAGE = "darkstar-addon:local"
LATER = 90.0
"""A busy machine may take so long [s]."""

pytestmark = [
    pytest.mark.skipif(mosquitto() is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class Scene:
    """A container that runs, and who looks on."""

    container: Any
    house: ClientHouse
    directory: Path
    page_port: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    if not ENGINE:
        pytest.skip("DARKSTAR_TEST_ENGINE names no Docker engine, as unix:///var/run/docker.sock")
    client = docker.DockerClient(base_url=ENGINE)
    if not client.images.list(IMAGE):
        pytest.skip(f"{IMAGE} is not built on {ENGINE}: make addon, then docker build")
    directory, page_port = tmp_path_factory.mktemp("container"), free_port()
    async with client_house(directory / "house", (), others=("addons",)) as house:
        mqtt = {"host": "127.0.0.1", "port": house.mqtt_port, "ssl": False,
                "username": "addons", "password": "of-addons"}  # fmt: skip
        answers = {"/services/mqtt": {"data": mqtt}, "/info": {"data": {}}}
        with fake_web(lambda asked: Given(body=answers[asked.path])) as web:
            container = _started(client, directory, web.url, page_port)
            try:
                yield Scene(container, house, directory, page_port)
            finally:
                with suppress(docker.errors.NotFound):
                    container.remove(force=True)
                client.close()


def _started(client: Any, directory: Path, url: str, page_port: int) -> Any:
    for name in ("data", "config"):
        (directory / name).mkdir()
    (directory / "data/options.json").write_text(json.dumps({"log_level": "info"}))
    (directory / "data/options.json").chmod(0o600)
    words = (
        *("python3", "-m", "darkstar_common.launcher.addon"),
        *("--example", "/opt/darkstar/config.example.yaml", "--user", "10001"),
        *("--page-host", "127.0.0.1", "--page-port", str(page_port)),
    )
    return client.containers.run(
        IMAGE, list(words), detach=True, init=True, network_mode="host",
        environment={"SUPERVISOR_URL": url, "SUPERVISOR_TOKEN": "of-the-supervisor"},
        volumes={str(directory / name): {"bind": f"/{name}"} for name in ("data", "config")},
    )  # fmt: skip


async def test_all_five_services_of_the_image_are_online(scene: Scene) -> None:
    watch, missing = Stopwatch(), set(SERVICES)
    try:
        async with asyncio.timeout(LATER), scene.house.bus.inbox(*STATUS.values()) as inbox:
            async for delivery in inbox:
                if isinstance(delivery, Delivery) and delivery.message.online:
                    missing.discard(str(delivery.message.sender))
                if not missing:
                    break
    except TimeoutError:
        pytest.fail(f"{missing} are not online:\n{scene.container.logs().decode()}")
    print(f"\n    all online after {watch.elapsed.total_seconds():.1f} s", end="", flush=True)  # noqa: T201


async def test_the_services_run_as_a_user_of_their_own(scene: Scene) -> None:
    rows = scene.container.top(ps_args="-eo pid,uid,args")["Processes"]
    users = {service: uid for _, uid, args in rows for service in SERVICES
             if args.rstrip().endswith(f"darkstar-{service} run")}  # fmt: skip
    assert users == dict.fromkeys(SERVICES, "10001")
    config = scene.directory / "config/config.yaml"
    assert config.stat().st_uid == 10001, "the gateway writes it when settings are saved"


async def test_the_page_of_the_image_is_there(scene: Scene) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{scene.page_port}") as client:
        page = await client.get("/")
        assert page.status_code == 200
        assert "<script" in page.text
        assert (await client.get("/api/entities")).status_code == 401


async def test_the_container_ends_in_order(scene: Scene) -> None:
    watch = Stopwatch()
    await asyncio.to_thread(scene.container.stop, timeout=40)
    assert scene.container.wait()["StatusCode"] == 0
    print(f"\n    ended after {watch.elapsed.total_seconds():.1f} s", end="", flush=True)  # noqa: T201
    assert scene.container.logs().decode().rstrip().endswith("darkstar: stopped")
