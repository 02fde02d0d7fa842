"""Keys that change what the gateway tells Home Assistant, and where."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from unit.common.keys.probe import Probe

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.runtime import Context, Secrets
from darkstar_common.testing import a_context
from darkstar_gateway.announcing import announced
from darkstar_gateway.notifying.home_assistant import HomeAssistantNotify
from darkstar_gateway.notifying.post import destinations

THERE = Config.model_validate({"home_assistant": {"url": "http://ha.lan:8123"}})


def gateway(config: Config, state: str) -> Context:
    bus = MemoryBus(sender=Service.GATEWAY)
    secrets = Secrets(home_assistant_token="of-the-test")  # noqa: S106 (it is none)
    return a_context(
        bus, state_dir=Path(state), config=config, service=Service.GATEWAY, secrets=secrets
    )


def entities(config: Config) -> object:
    """What is announced to Home Assistant."""
    with TemporaryDirectory() as state:
        return announced(gateway(config, state), "1")


async def notified(config: Config) -> object:
    """Where notifications are posted."""
    with TemporaryDirectory() as state:
        found = await destinations(gateway(config, state))
    return [one.endpoint for one in found if isinstance(one, HomeAssistantNotify)]


PROBES = (
    Probe(key="gateway.announce", observe=entities, values=(True, False)),
    Probe(key="gateway.notify_service", observe=notified, values=("notify", "mobile"), house=THERE),
    Probe(
        key="home_assistant.url",
        observe=notified,
        values=("http://ha.lan:8123", "http://other.lan:8123"),
    ),
)
