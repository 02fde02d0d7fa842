"""Buses for tests, in memory and on a real broker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from support.broker import Mosquitto

from darkstar_common.bus import Delivery, Inbox, RawDelivery
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.bus.typed import TypedBus

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Peers:
    """Two clients of one broker, in a house of their own."""

    one: TypedBus
    two: TypedBus


def mqtt_bus(broker: Mosquitto, client_id: str = "", **more: Any) -> MqttBus:
    more.setdefault("site", "home")
    return MqttBus(
        Broker(host="127.0.0.1", port=broker.port),
        client_id=client_id or uuid4().hex,
        now=lambda: NOON,
        **more,
    )


async def heard(inbox: Inbox) -> Delivery[Any]:
    """The next message of the contract."""
    delivery = await anext(aiter(inbox))
    assert isinstance(delivery, Delivery)
    return delivery


async def heard_raw(inbox: Inbox) -> RawDelivery:
    """The next payload from outside of it."""
    delivery = await anext(aiter(inbox))
    assert isinstance(delivery, RawDelivery)
    return delivery
