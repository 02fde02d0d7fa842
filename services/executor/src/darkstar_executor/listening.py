"""The ears' adapter: discovery and state topics in, readings and bindings kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from darkstar_common.bus import Inbox, RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_executor import measuring, metrics
from darkstar_executor.core import statestream
from darkstar_executor.core.binding import bound, names
from darkstar_executor.core.bridged import bridged_by
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import deaf
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.roles import Binding

PRESSING = frozenset({"battery_soc", "grid_voltage", "grid_status", "automation_switch"})
"""Roles whose change may not wait for the next look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a message from the house changed.

    Attributes:
        discovery: Another set of entities is announced.
        bindings: Roles have other entities now.
        reach: An entity became reachable, or stopped being so.
        reading: An entity said something.
        pressing: It said something else than before, in a role that cannot wait.
        setting: It said something else than before, in a role that we write.
    """

    discovery: bool = False
    bindings: bool = False
    reach: bool = False
    reading: bool = False
    pressing: bool = False
    setting: bool = False

    @property
    def matters(self) -> bool:
        """Whether a decision may follow from it at once."""
        return self.bindings or self.reach or self.pressing or self.setting


NO_NEWS = News()


def filters(config: Config) -> tuple[str, ...]:
    """What to listen to from the start: discovery, and what Home Assistant streams of the house."""
    prefix = config.mqtt.discovery_prefix
    return (
        f"{prefix}/+/+/config",
        f"{prefix}/+/+/+/config",
        BridgeTopics(config.site).announcements,
        *statestream.topics(config),
    )


class Listener:
    """Follows discovery, and the topics of the entities that play a role."""

    def __init__(self, config: Config, profile: Profile, inbox: Inbox) -> None:
        self._config, self._profile, self._inbox = config, profile, inbox
        self._names = frozenset({**profile.entities, **config.executor.roles}.values())
        self._prefix = f"{config.mqtt.discovery_prefix}/"
        self._bridge = BridgeTopics(config.site)
        self.registry = Registry()
        self._always = frozenset(filters(config))
        self._streamed: dict[str, tuple[str, datetime]] = {}
        self.ears = deaf(config)
        self.ears = self.ears.rebound(self._bindings())

    async def hear(self, delivery: RawDelivery, now: datetime) -> News:
        """Take a message from the house."""
        topic, payload = delivery.topic, delivery.payload.decode("utf-8", errors="replace")
        if topic.startswith(self._prefix) and topic.endswith("/config"):
            prefix = self._prefix.removesuffix("/")
            return await self._discovered(topic, self.registry.updated(topic, payload, prefix))
        if topic.startswith(f"{self._bridge.discovery}/"):
            bridged = bridged_by(topic, payload, self._bridge)
            return await self._discovered(topic, self.registry.with_announced(topic, bridged))
        if topic in self._always:
            return await self._stream(topic, payload, now, delivery)
        return self._heard(delivery, payload, now)

    def shift(self, by: timedelta) -> None:
        """The clock was set: what was heard keeps its age."""
        said = {
            role: replace(heard, at=heard.at + by) if heard.at else heard
            for role, heard in self.ears.said.items()
        }
        self.ears = replace(self.ears, said=said)

    def _heard(self, delivery: RawDelivery, payload: str, now: datetime) -> News:
        metrics.READINGS.inc()
        before, topic = self.ears, delivery.topic
        self.ears = before.hearing(topic, payload, now, retained=delivery.retained)
        if self.ears is before:
            return NO_NEWS
        changed = [
            role
            for role in before.routes.get(topic, ())
            if self.ears.said.get(role) is not None
            and (role not in before.said or before.said[role].text != self.ears.said[role].text)
        ]
        return News(
            reach=self.ears.unavailable != before.unavailable,
            reading=True,
            pressing=not PRESSING.isdisjoint(changed),
            setting=any(before.bindings[role].setting for role in changed),
        )

    async def _stream(self, topic: str, payload: str, now: datetime, delivery: RawDelivery) -> News:
        """A state that Home Assistant streams: it is discovery and reading at once.

        What it said before it could be bound, for want of its unit, is heard after that.
        """
        registry = statestream.updated(self.registry, topic, payload)
        news = await self._discovered(topic.rpartition("/")[0], registry)
        if statestream.is_state(topic):
            self._streamed[topic] = (payload, now)
            heard = self._heard(delivery, payload, now)
            return replace(heard, discovery=news.discovery, bindings=news.bindings)
        if news.bindings:
            for state, (text, at) in self._streamed.items():
                if state.rpartition("/")[0] == topic.rpartition("/")[0]:
                    self.ears = self.ears.hearing(state, text, at, retained=True)
        return news

    async def _discovered(self, topic: str, registry: Registry) -> News:
        if registry is self.registry:
            return NO_NEWS
        touched = (*self.registry.by_topic.get(topic, ()), *registry.by_topic.get(topic, ()))
        self.registry = registry
        if not any(names(entity) & self._names for entity in touched):
            return News(discovery=True)
        before, bindings = self.ears, self._bindings()
        if bindings == before.bindings:
            return News(discovery=True)
        self.ears = before.rebound(bindings)
        now_wanted, wanted = self.ears.topics - self._always, before.topics - self._always
        new, old = now_wanted - wanted, wanted - now_wanted
        if old:
            await self._inbox.unwatch(*sorted(old))
        if new:
            await self._inbox.watch(*sorted(new))
        return News(discovery=True, bindings=True)

    def _bindings(self) -> dict[str, Binding]:
        bindings = bound(self.registry.entities, self._profile, self._config)
        unbound = sum(one.entity is None and not one.optional for one in bindings.values())
        metrics.UNBOUND.set(unbound)
        measuring.count_from_zero(bindings)
        return bindings
