"""Keys that say where things are: the broker, the house's topics, the page."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path
from tempfile import TemporaryDirectory

from unit.common.keys.probe import Probe

from darkstar_common.config import Config
from darkstar_common.runtime import read_settings
from darkstar_gateway.listening import bound_socket, url_of

PATIENCE = 20
"""A process is there much sooner [s]."""


async def will(config: Config) -> object:
    """Where the broker is to say that a service is gone, from the first packet of a process."""
    packet: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(4096)
        if not packet.done():
            packet.set_result(said)
        writer.close()

    with TemporaryDirectory() as directory:
        path = Path(directory) / "config.yaml"
        path.write_text(json.dumps(config.model_dump(mode="json")), encoding="utf-8")
        async with (
            await asyncio.start_server(take, "127.0.0.1", 0) as broker,
            asyncio.timeout(PATIENCE),
        ):
            port = broker.sockets[0].getsockname()[1]
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "darkstar_executor",
                cwd=directory, stdout=DEVNULL, stderr=DEVNULL,
                env={"DARKSTAR_MQTT_HOST": "127.0.0.1", "DARKSTAR_MQTT_PORT": str(port)},
            )  # fmt: skip
            try:
                said = await packet
            finally:
                process.kill()
                await process.wait()
    return re.findall(rb"darkstar/v1/[\w/-]+/status", said)


def broker(config: Config) -> object:
    """Where a process looks for its broker, unless the environment says otherwise."""
    return read_settings().broker(config)


def page(config: Config) -> object:
    """Where the gateway listens, and what it tells people to open."""
    with bound_socket(config.gateway) as listening:
        return listening.getsockname(), url_of(listening)


def free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return one.getsockname()[1], two.getsockname()[1]


ONE, OTHER = free_ports()
PROBES = (
    Probe(key="site", observe=will, values=("home", "cabin")),
    Probe(key="mqtt.host", observe=broker, values=("localhost", "broker.lan")),
    Probe(key="mqtt.port", observe=broker, values=(1883, 1884)),
    Probe(key="mqtt.tls", observe=broker, values=(False, True)),
    Probe(
        key="mqtt.ca_file",
        observe=broker,
        values=(None, "ca.pem"),
        house=Config.model_validate({"mqtt": {"tls": True}}),
    ),
    Probe(key="gateway.port", observe=page, values=(ONE, OTHER)),
    Probe(
        key="gateway.host",
        observe=page,
        values=("127.0.0.1", "0.0.0.0"),  # noqa: S104 (all of them, for a moment)
        house=Config.model_validate({"gateway": {"port": ONE}}),
    ),
)
