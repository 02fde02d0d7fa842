"""The bridge and the executor's ears on a real broker with the access list as shipped."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.broker import Mosquitto, needs_mosquitto
from support.fake_home_assistant_bridge import TOKEN, LiveHome, a_live_home

from darkstar_common.bus import Inbox, RawDelivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config, Executor, HomeAssistant
from darkstar_common.contract import STATUS, Service
from darkstar_common.runtime import Secrets, SystemClock
from darkstar_common.testing import a_context
from darkstar_executor.listening import Listener, filters
from darkstar_executor.profiles import load_profile
from darkstar_gateway.bridge.bridging import bridge

ROOT = Path(__file__).resolve().parents[2]
SOC, CURRENT = "input_number.pack_soc", "number.pack_charge_current"
PATIENCE = 15
"""What happens by itself happens much sooner [s]."""
STATES = {
    SOC: {"state": "57", "attributes": {"unit_of_measurement": "%", "min": 0, "max": 100}},
    CURRENT: {"state": "20", "attributes": {"unit_of_measurement": "A", "min": 0, "max": 185}},
}
pytestmark = [needs_mosquitto, pytest.mark.timeout(60)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    hashes = runpy.run_path(str(ROOT / "deploy/prepare.py"))["password_file"]
    passwords = tmp_path / "passwords"
    users = (Service.EXECUTOR, Service.GATEWAY)
    passwords.write_text(hashes({str(one): f"of-{one}" for one in users}, ""), encoding="utf-8")
    passwords.chmod(0o600)
    made = Mosquitto(
        tmp_path / "broker",
        f"password_file {passwords}\nacl_file {ROOT / 'deploy/mosquitto/acl'}\nuser root\n",
    )
    made.start()
    yield made
    made.stop()


@asynccontextmanager
async def bus_of(broker: Mosquitto, service: Service) -> AsyncIterator[MqttBus]:
    place = Broker(port=broker.port, username=str(service), password=f"of-{service}")
    name = f"darkstar-home-{service}"
    async with MqttBus(
        place, site="home", client_id=name, now=SystemClock().now, sender=service
    ) as bus:
        yield bus


@dataclass
class House:
    """A Home Assistant, and what the executor knows of it."""

    home: LiveHome
    listener: Listener
    bus: MqttBus
    news: asyncio.Event

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.news.clear()
                await self.news.wait()

    @property
    def soc(self) -> float | None:
        return self.listener.ears.reading("battery_soc", SystemClock().now()).value

    async def write(self, role: str, payload: str) -> None:
        """As the executor's hands do."""
        entity = self.listener.ears.bindings[role].entity
        assert entity is not None
        assert entity.command_topic is not None
        lives = timedelta(seconds=60)
        await self.bus.publish_raw(entity.command_topic, payload, qos=1, expiry=lives)

    async def listen(self, inbox: Inbox) -> None:
        async for delivery in inbox:
            assert isinstance(delivery, RawDelivery)
            await self.listener.hear(delivery, SystemClock().now())
            self.news.set()


@asynccontextmanager
async def a_house(broker: Mosquitto, state: Path, **more: Any) -> AsyncIterator[House]:
    async with (
        a_live_home(states={one: dict(said) for one, said in STATES.items()}) as home,
        bus_of(broker, Service.GATEWAY) as theirs,
        bus_of(broker, Service.EXECUTOR) as ours,
    ):
        config = Config(
            home_assistant=HomeAssistant(url=home.url, bridge=(SOC, CURRENT)),
            executor=Executor(roles={"battery_soc": SOC, "max_charge_current": CURRENT}),
        )
        context = a_context(
            theirs, state_dir=state, clock=SystemClock(), config=config, service=Service.GATEWAY,
            secrets=Secrets(home_assistant_token=TOKEN), **more,
        )  # fmt: skip
        await theirs.publish(STATUS[Service.GATEWAY], context.status.message(online=True))
        async with ours.inbox(filters=filters(config)) as inbox:
            listener = Listener(config, load_profile("deye"), inbox)
            house = House(home, listener, ours, asyncio.Event())
            tasks = [asyncio.create_task(one) for one in (bridge(context), house.listen(inbox))]
            try:
                yield house
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_entity_of_home_assistant_is_read_and_set_through_the_access_list(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with a_house(broker, tmp_path) as house:
        await house.until(lambda: house.soc == 57)
        await house.home.show(SOC, "61")
        await house.until(lambda: house.soc == 61)
        await house.write("max_charge_current", "42")
        async with asyncio.timeout(PATIENCE):
            while not house.home.calls:  # noqa: ASYNC110 (a socket tells a test nothing)
                await asyncio.sleep(0.01)
        assert house.home.calls == [("number", "set_value", CURRENT, {"value": 42.0})]


async def test_home_assistant_restarts_and_the_executor_sees_it_go_and_come(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with a_house(broker, tmp_path) as house:
        await house.until(lambda: house.soc == 57)
        await house.home.stop()
        await house.until(lambda: house.soc is None)
        assert house.listener.ears.unavailable == {"battery_soc", "max_charge_current"}
        house.home.states[SOC]["state"] = "33"
        await house.home.start()
        await house.until(lambda: house.soc == 33)


async def test_the_broker_restarts_and_nothing_is_lost(broker: Mosquitto, tmp_path: Path) -> None:
    async with a_house(broker, tmp_path) as house:
        await house.until(lambda: house.soc == 57)
        broker.stop()
        await house.home.show(SOC, "58")
        broker.start()
        await house.until(lambda: house.soc == 58)
