"""The broker in its container, with the shipped configuration and access list."""

from __future__ import annotations

from collections.abc import Iterator

import aiomqtt
import pytest
from support.container_broker import ContainerBroker, container_broker

from darkstar_common.contract import SCHEDULE
from darkstar_common.generate.acl import acl

PASSWORDS = {user: f"the password of {user}" for user in ("planner", "executor", "people")}
TOPIC = SCHEDULE.topic("home")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerBroker]:
    with container_broker(tmp_path_factory.mktemp("broker"), PASSWORDS, acl()) as broker:
        yield broker


def client(broker: ContainerBroker, user: str | None, password: str | None) -> aiomqtt.Client:
    return aiomqtt.Client(
        broker.host, broker.port, username=user, password=password,
        protocol=aiomqtt.ProtocolVersion.V5,
    )  # fmt: skip


async def test_in_its_container_the_broker_keeps_to_the_access_list(
    broker: ContainerBroker,
) -> None:
    """What the executor sends as a schedule arrives nowhere; what the planner sends does."""
    async with (
        client(broker, "people", PASSWORDS["people"]) as people,
        client(broker, "executor", PASSWORDS["executor"]) as executor,
        client(broker, "planner", PASSWORDS["planner"]) as planner,
    ):
        await people.subscribe(TOPIC, qos=1)
        await executor.publish(TOPIC, "executor", qos=1)
        await planner.publish(TOPIC, "planner", qos=1)
        message = await anext(aiter(people.messages))
    assert message.payload == b"planner"


@pytest.mark.parametrize(
    ("user", "password"), [(None, None), ("planner", "wrong"), ("nobody", "the password of nobody")]
)
async def test_in_its_container_the_broker_lets_nobody_else_in(
    user: str | None, password: str | None, broker: ContainerBroker
) -> None:
    with pytest.raises(aiomqtt.MqttError, match=r"[Nn]ot authori[sz]ed"):
        async with client(broker, user, password):
            pass
