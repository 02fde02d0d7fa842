"""Keeps Darkstar's own entities announced to Home Assistant, and takes old ones back."""

from __future__ import annotations

from darkstar_common.bus import Inbox, RawDelivery
from darkstar_common.runtime import Context
from darkstar_gateway.core.controls import controls
from darkstar_gateway.core.home_assistant import (
    MIGRATE,
    announced_here,
    announced_otherwise,
    discovery,
    discovery_filter,
    mark_topic,
)
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
    that a heater that has left the house leaves Home Assistant too. What it announced in the
    other way (`gateway.discovery`) is handed over before.
    """
    wanted = announced(context, version)
    birth = f"{context.config.mqtt.discovery_prefix}/status"
    filters = (discovery_filter(context.config), birth)
    async with context.bus.inbox(filters=filters) as inbox:
        former = [one for one in await _retained(inbox, context) if one not in wanted]
        for topic in former:
            if wanted and announced_otherwise(topic, context.config):
                await context.bus.publish_raw(topic, MIGRATE, qos=1)
        await _publish(context, wanted)
        context.log.info("entities_announced", messages=len(wanted))
        for topic in former:
            await _take_back(context, topic)
        async for delivery in inbox:
            if not isinstance(delivery, RawDelivery):
                continue
            if delivery.topic == birth:
                await _publish(context, wanted if delivery.payload == b"online" else {})
            elif delivery.topic not in wanted and announced_here(delivery.payload, context.config):
                await _take_back(context, delivery.topic)


async def _retained(inbox: Inbox, context: Context) -> list[str]:
    """Where this site's entities are announced already.

    What is retained comes before what is published after: an empty message to a topic that
    announces nothing comes back last.
    """
    mark = mark_topic(context.config)
    await context.bus.publish_raw(mark, "", qos=1)
    found: list[str] = []
    async for delivery in inbox:
        if not isinstance(delivery, RawDelivery):
            continue
        if delivery.topic == mark:
            break
        if announced_here(delivery.payload, context.config):
            found.append(delivery.topic)
    return found


async def _take_back(context: Context, topic: str) -> None:
    context.log.info("entity_taken_back", topic=topic)
    await _publish(context, {topic: ""})


async def _publish(context: Context, payloads: dict[str, str]) -> None:
    for topic, payload in payloads.items():
        await context.bus.publish_raw(topic, payload, qos=1, retain=True)
