"""Keeps Darkstar's own entities announced to Home Assistant, and takes old ones back."""

from __future__ import annotations

from darkstar_common.bus import RawDelivery
from darkstar_common.runtime import Context
from darkstar_gateway.core.controls import controls
from darkstar_gateway.core.home_assistant import announced_here, discovery, discovery_filter
from darkstar_gateway.core.sensors import sensors


def announced(context: Context, version: str) -> dict[str, str]:
    """The discovery messages that are to be on the broker, by topic."""
    config = context.config
    if not config.gateway.announce:
        return {}
    return discovery((*controls(config), *sensors(config)), config, version=version)


async def announce(context: Context, *, version: str) -> None:
    """Announce at start and whenever Home Assistant comes up, until cancelled.

    What an earlier gateway of this site announced and this one does not is taken back, so
    that a heater that has left the house leaves Home Assistant too.
    """
    wanted = announced(context, version)
    birth = f"{context.config.mqtt.discovery_prefix}/status"
    filters = (discovery_filter(context.config), birth)
    async with context.bus.inbox(filters=filters) as inbox:
        await _publish(context, wanted)
        context.log.info("entities_announced", entities=len(wanted))
        async for delivery in inbox:
            if not isinstance(delivery, RawDelivery):
                continue
            if delivery.topic == birth:
                await _publish(context, wanted if delivery.payload == b"online" else {})
            elif delivery.topic not in wanted and announced_here(delivery.payload, context.config):
                context.log.info("entity_taken_back", topic=delivery.topic)
                await _publish(context, {delivery.topic: ""})


async def _publish(context: Context, payloads: dict[str, str]) -> None:
    for topic, payload in payloads.items():
        await context.bus.publish_raw(topic, payload, qos=1, retain=True)
