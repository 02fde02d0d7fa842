"""The ears' adapter: discovery and state topics in, readings and bindings kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from darkstar_common.bus import Inbox, RawDelivery
from darkstar_common.config import Config
from darkstar_executor import metrics
from darkstar_executor.core.dialect import DEYE, Dialect
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.roles import Binding, Part, bind, names


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a message from the house changed.

    Attributes:
        discovery: Another set of entities is announced.
        bindings: Roles have other entities now.
        reach: An entity became reachable, or stopped being so.
        reading: An entity said something.
    """

    discovery: bool = False
    bindings: bool = False
    reach: bool = False
    reading: bool = False


NO_NEWS = News()


class Listener:
    """Follows discovery, and the topics of the entities that play a role."""

    def __init__(self, config: Config, inbox: Inbox, *, dialect: Dialect = DEYE) -> None:
        self._config, self._inbox, self._dialect = config, inbox, dialect
        there: dict[Part, bool] = {
            "battery": config.battery is not None,
            "water": config.water_heater is not None,
        }
        self._parts = frozenset(part for part, is_there in there.items() if is_there)
        self._wanted = frozenset(config.executor.roles.values())
        self._prefix = config.mqtt.discovery_prefix
        self.registry = Registry()
        age = timedelta(seconds=config.executor.state_max_age_seconds)
        self.ears = Ears(max_age=age)
        self.ears = self.ears.rebound(self._bindings())

    async def hear(self, delivery: RawDelivery, now: datetime) -> News:
        """Take a message from the house."""
        payload = delivery.payload.decode("utf-8", errors="replace")
        if delivery.topic.startswith(f"{self._prefix}/") and delivery.topic.endswith("/config"):
            return await self._discover(delivery.topic, payload)
        metrics.READINGS.inc()
        before = self.ears
        self.ears = before.hearing(delivery.topic, payload, now, retained=delivery.retained)
        return News(
            reach=self.ears.unavailable != before.unavailable,
            reading=self.ears is not before,
        )

    async def _discover(self, topic: str, payload: str) -> News:
        registry = self.registry.updated(topic, payload, self._prefix)
        if registry is self.registry:
            return NO_NEWS
        touched = (*self.registry.by_topic.get(topic, ()), *registry.by_topic.get(topic, ()))
        self.registry = registry
        if not any(names(entity) & self._wanted for entity in touched):
            return News(discovery=True)
        before, bindings = self.ears, self._bindings()
        if bindings == before.bindings:
            return News(discovery=True)
        self.ears = before.rebound(bindings)
        new, old = self.ears.topics - before.topics, before.topics - self.ears.topics
        if old:
            await self._inbox.unwatch(*sorted(old))
        if new:
            await self._inbox.watch(*sorted(new))
        return News(discovery=True, bindings=True)

    def _bindings(self) -> dict[str, Binding]:
        bindings = bind(
            self._config.executor.roles,
            self.registry.entities,
            parts=self._parts,
            modes=self._dialect.words,
        )
        metrics.UNBOUND.set(sum(one.entity is None for one in bindings.values()))
        return bindings
