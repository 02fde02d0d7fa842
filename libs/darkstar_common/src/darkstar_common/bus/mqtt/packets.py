"""Between the client library's objects and ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from darkstar_common.bus.mqtt import tls
from darkstar_common.bus.reading import Incoming
from darkstar_common.bus.receipts import NOTHING_OWED, Owed
from darkstar_common.bus.wire import Outgoing

_WITH_WILL = "Disconnect with will message"
_UNSPECIFIED = 128
"""What the client reports when the line breaks without a word from the broker."""


def straight_to(
    deliver: Callable[[Incoming], None], owed: Owed | None = None
) -> type[asyncio.Queue[aiomqtt.Message]]:
    """A queue type for the client that passes each message on at once.

    With `owed` each comes with the receipt for it.

    The client's own iterator makes a task for every message, which costs more than all
    the rest of the way.
    """

    class Passage(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            deliver(_incoming(item, owed))

    return Passage


def _incoming(message: aiomqtt.Message, owed: Owed | None) -> Incoming:
    properties: Any = message.properties
    return Incoming(
        message.topic.value,
        bytes(message.payload),
        retained=message.retain,
        response_topic=getattr(properties, "ResponseTopic", None),
        correlation=getattr(properties, "CorrelationData", None),
        receipt=owed.receipt(message.mid) if owed is not None and message.qos else NOTHING_OWED,
    )


def session(expiry: timedelta, window: int | None = None) -> Properties:
    """Properties of a connection whose session outlives it by `expiry`.

    The broker sends at most `window` messages ahead of our acknowledgements.
    """
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = int(expiry.total_seconds())
    if window is not None:
        properties.ReceiveMaximum = window
    return properties


def publication(outgoing: Outgoing) -> Properties | None:
    """What goes with a payload besides its topic; None where nothing does."""
    if outgoing.expiry is None and outgoing.response_topic is None and outgoing.correlation is None:
        return None
    properties = _properties(PacketTypes.PUBLISH)
    if outgoing.expiry is not None:
        properties.MessageExpiryInterval = max(1, round(outgoing.expiry.total_seconds()))
    if outgoing.response_topic is not None:
        properties.ResponseTopic = outgoing.response_topic
    if outgoing.correlation is not None:
        properties.CorrelationData = outgoing.correlation
    return properties


def hang_up_leaving_the_will(client: aiomqtt.Client) -> None:
    """Disconnect in such a way that the broker publishes the will (MQTT 5, section 3.14.2.1)."""
    # the library around the client hangs up in order only, upon which the will is forgotten
    client._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, _WITH_WILL))  # noqa: SLF001


def _properties(packet: int) -> Properties:
    # the library is typed in part
    return Properties(packet)  # type: ignore[no-untyped-call]


def reason(error: BaseException, *, encrypted: bool = False) -> str:
    """The first cause, in words; `encrypted` says how it was to be."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if encrypted and (insecure := tls.trouble(error)):
        return insecure
    cause = error.__cause__ or error
    if isinstance(cause, aiomqtt.MqttCodeError) and cause.rc == _UNSPECIFIED:
        return "the connection was lost"
    return str(cause) or type(cause).__name__
