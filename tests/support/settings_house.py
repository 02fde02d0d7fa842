"""A played house whose gateway has a configuration file to change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from support.browsing import House

from darkstar_common.config import load_config
from darkstar_common.contract import (
    HOUSE_DEVICES,
    Devices,
    DiscoveredEntity,
    RoleBinding,
    RoleProposal,
    Service,
)
from darkstar_common.runtime.settings import NO_SECRETS, Secrets
from darkstar_common.testing import a_context
from darkstar_gateway.api import page as built
from darkstar_gateway.listening import bound_socket, url_of
from darkstar_gateway.service import serve

FILE = """\
# our house
timezone: Europe/Stockholm   # where we live
battery:
  capacity_kwh: 10.0   # as on the label
planner:
  risk_appetite: 2
executor:
  roles: {}
gateway:
  port: 0
  access: {required: false}
"""


@dataclass
class SettledHouse(House):
    """A house with a file; `secrets` are what its gateway was told."""

    secrets: Secrets = field(default=NO_SECRETS)

    @property
    def file(self) -> Path:
        """The configuration."""
        return self.tmp_path / "config.yaml"

    @asynccontextmanager
    async def gateway(self, port: int = 0) -> AsyncIterator[None]:
        """The gateway over the house, with the file."""
        if not self.file.exists():
            self.file.write_text(FILE, encoding="utf-8")
        config = load_config(self.file)
        gateway = config.gateway.model_copy(update={"port": port})
        context = a_context(
            self.bus,
            state_dir=self.tmp_path,
            clock=self.clock,
            config=config.model_copy(update={"gateway": gateway}),
            service=Service.GATEWAY,
            secrets=self.secrets,
        )
        context = replace(context, config_path=self.file)
        listening = bound_socket(gateway)
        self.url = url_of(listening)
        page = built.Page.read(self.static)
        serving = asyncio.create_task(serve(context, listening, page, connected=lambda: True))
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def an_entity(entity: str, name: str, device: str, unit: str, value: str) -> DiscoveredEntity:
    """One that was announced on the broker."""
    return DiscoveredEntity(
        entity=entity,
        component=entity.partition(".")[0],
        name=name,
        device=device,
        unit=unit,
        value=value,
    )


ENTITIES = (
    an_entity("sensor.inverter_soc", "State of charge", "Inverter", "%", "46"),
    an_entity("sensor.inverter_pv", "PV power", "Inverter", "W", "3120"),
    an_entity("sensor.phone_battery", "Battery level", "Phone", "%", "81"),
    an_entity("sensor.meter_power", "Power", "Meter", "kW", "-1.2"),
)
PROPOSALS = (
    RoleProposal(role="battery_soc", entity="sensor.inverter_soc", likely=True, because="a share"),
    RoleProposal(role="battery_soc", entity="sensor.phone_battery", likely=False, because="in %"),
    RoleProposal(role="pv_power", entity="sensor.inverter_pv", likely=True, because="in W"),
    RoleProposal(role="grid_power", entity="sensor.meter_power", likely=True, because="in kW"),
)


def devices(now: datetime) -> Devices:
    """What the executor says of a house in which nothing plays a role yet."""
    needed = RoleBinding(
        role="battery_soc",
        status="missing",
        detail="Nothing plays battery_soc. Name a sensor of the state of charge.",
    )
    others = (
        RoleBinding(role=name, status="missing", optional=True)
        for name in ("pv_power", "grid_power", "alarm")
    )
    return Devices(
        sender=Service.EXECUTOR,
        emitted_at=now,
        roles=(needed, *others),
        discovered=tuple(one.entity for one in ENTITIES),
        entities=ENTITIES,
        proposals=PROPOSALS,
        profile="deye",
    )


async def tell_devices(house: House) -> None:
    """Let the house's executor say what it has found."""
    await house.bus.publish(HOUSE_DEVICES, devices(house.clock.now()))
