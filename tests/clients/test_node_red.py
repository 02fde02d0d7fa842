"""The example flow in a real Node-RED: what it asks for reaches the simulated house's inverter.

DARKSTAR_TEST_NODE_RED is a command that starts one: it is given NR_PORT and NR_DIR, a directory to
keep what it installs and runs with, leaves the process id in NR_DIR/pid, and ends while Node-RED
goes on. Our flow is put in by its admin API, as an import in its editor would.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from support.client_house import ClientHouse, client_house, visiting
from support.real_home_assistant import SOON, said
from websockets.asyncio.client import connect

from darkstar_common.bus import Delivery
from darkstar_common.contract import NOW, SCHEDULE, Schedule
from darkstar_common.launcher.broker import free_port, mosquitto
from darkstar_common.runtime import SystemClock
from darkstar_common.slots import SLOT, slot_start

ROOT = Path(__file__).resolve().parents[2]
START = os.environ.get("DARKSTAR_TEST_NODE_RED", "")
FLOW = ROOT / "deploy/node-red/flows.json"
PAYLOAD = ROOT / "tests/contract/payloads/v1/Schedule.json"
WORK_MODE = "inverter/+/work_mode/set"
LATER = 60.0
"""The gateway knows a price within so long [s]."""
HELPERS = ("recorder", "forecaster", "executor", "gateway")
"""The test is the planner itself: what the plan says of this slot must not depend on the hour."""

pytestmark = [
    pytest.mark.skipif(not START, reason="DARKSTAR_TEST_NODE_RED names no command that starts it"),
    pytest.mark.timeout(200),
    pytest.mark.asyncio(loop_scope="module"),
]


@dataclass
class NodeRed:
    """A running one, as somebody at its editor meets it."""

    url: str

    async def deployed(self, port: int, **figures: float) -> None:
        """Import the flow, tell it broker, user and figures, and press *Deploy*."""
        flow: list[dict[str, Any]] = json.loads(FLOW.read_text())
        for one in flow:
            if one["type"] == "mqtt-broker":
                one["port"] = str(port)
                one["credentials"] = {"user": "people", "password": "of-people"}
            for figure in one.get("env", []):
                figure["value"] = str(figures.get(figure["name"], figure["value"]))
        async with httpx.AsyncClient(base_url=self.url) as client:
            headers = {"Node-RED-Deployment-Type": "full"}
            (await client.post("/flows", json=flow, headers=headers)).raise_for_status()

    async def shows(self, node: str, *words: str, within: float = SOON) -> str:
        """Wait until `node` says something with these words below it; what it says."""
        seen = list[str]()
        async with connect(self.url.replace("http", "ws") + "/comms") as socket:
            await socket.send(json.dumps({"subscribe": "status/#"}))
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    async for text in socket:
                        for one in json.loads(text):
                            if one.get("topic") == f"status/{node}":
                                seen.append(str(one["data"].get("text")))
                                if all(word in seen[-1] for word in words):
                                    return seen[-1]
        raise AssertionError(f"{node} said {seen}, not {words}")


@pytest.fixture(scope="module")
def node_red() -> Iterator[NodeRed]:
    directory, port = Path(tempfile.gettempdir()) / "darkstar-node-red", free_port()
    told = {"NR_PORT": str(port), "NR_DIR": str(directory)}
    with (directory.with_suffix(".out")).open("w") as out:
        subprocess.run(
            shlex.split(START), env={**os.environ, **told}, stdout=out, stderr=out, check=True
        )
    url = f"http://127.0.0.1:{port}"
    said(f"Node-RED {httpx.get(f'{url}/settings').json()['version']}")
    try:
        yield NodeRed(url)
    finally:
        os.kill(int((directory / "pid").read_text()), signal.SIGTERM)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientHouse]:
    if mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    async with (
        client_house(tmp_path_factory.mktemp("node-red"), HELPERS) as house,
        visiting(house.mqtt_port, "planner") as planner,
    ):
        await planner.publish(SCHEDULE, _idle())
        await _priced(house)
        yield house


def _idle() -> Schedule:
    """A plan that leaves the battery alone for six hours."""
    plain = json.loads(PAYLOAD.read_text())
    begin = slot_start(SystemClock().now())
    quiet = {"charge_kw": 0.0, "discharge_kw": 0.0, "export_kw": 0.0, "soc_percent": 50.0}
    one = plain["slots"][0] | quiet
    slots = [one | {"start": (begin + place * SLOT).isoformat()} for place in range(24)]
    moment = SystemClock().now().isoformat()
    ends = (begin + timedelta(hours=6)).isoformat()
    times = {"issued_at": moment, "emitted_at": moment, "valid_until": ends}
    return Schedule.model_validate_json(json.dumps(plain | times | {"slots": slots}))


async def _priced(house: ClientHouse) -> None:
    """Wait until the gateway tells what a kWh is worth."""
    async with asyncio.timeout(LATER), house.bus.inbox(NOW) as inbox:
        async for delivery in inbox:
            if isinstance(delivery, Delivery) and delivery.message.export_per_kwh is not None:
                return
    raise AssertionError("the inbox ended")


async def test_it_looks_on_while_the_price_is_low(house: ClientHouse, node_red: NodeRed) -> None:
    await node_red.deployed(house.mqtt_port, EXPORT_PRICE=1000)
    await node_red.shows("darkstar-decide", "plan: ", " %", within=LATER)


async def test_its_override_reaches_the_inverter(house: ClientHouse, node_red: NodeRed) -> None:
    seconds = await house.commanded(
        WORK_MODE,
        "Export First",
        lambda: node_red.deployed(house.mqtt_port, EXPORT_PRICE=-1000, SOC_FLOOR=13),
        within=LATER,
    )
    said(f"deployed, decided, and on the inverter's topic after {seconds:.1f} s")
    await node_red.shows("darkstar-decide", "asked to sell at ", "down to 13 %")
    await node_red.shows("darkstar-answer", "force_export to 13 %")


async def test_a_refusal_is_shown_where_it_was_asked(house: ClientHouse, node_red: NodeRed) -> None:
    await node_red.deployed(house.mqtt_port, EXPORT_PRICE=-1000, SOC_FLOOR=13, MINUTES=-30)
    shown = await node_red.shows("darkstar-answer", "minutes", within=LATER)
    said(f"refused: {shown}")
