"""Says on the bus what Home Assistant shows of the chosen entities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from darkstar_common.bus import Bus
from darkstar_common.contract.bridge import BridgeTopics
from darkstar_gateway.core.bridge.announcement import announcement, payloads
from darkstar_gateway.core.bridge.showing import Shown, merged

_NOTHING: Mapping[str, Shown] = MappingProxyType({})


class Teller:
    """Announces the entities, and publishes their states, in the order in which they came.

    Attributes:
        shown: What Home Assistant shows now; empty while the line is down.
        up: Whether the line is up and all states have been told.
    """

    def __init__(self, bus: Bus, topics: BridgeTopics, chosen: tuple[str, ...]) -> None:
        self.shown = _NOTHING
        self.up = False
        self._bus, self._topics, self._chosen = bus, topics, chosen
        self._degrees: Literal["C", "F"] = "C"
        self._said: dict[str, str] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """Chosen entities that Home Assistant has not."""
        return tuple(one for one in self._chosen if one not in self.shown)

    def begin(self, degrees: Literal["C", "F"]) -> None:
        """A line is up whose first event is still to come; everything is told again then.

        Args:
            degrees: Those of its thermostats.
        """
        self._degrees, self.shown, self._said = degrees, _NOTHING, {}

    async def told(self, event: Mapping[str, Any]) -> None:
        """Home Assistant told of entities: the first time of all that there are."""
        before, self.shown = self.shown, merged(self.shown, event)
        for entity_id in self._chosen:
            if not self.up or self.shown.get(entity_id) is not before.get(entity_id):
                await self._tell(entity_id)
        if not self.up:
            self.up = True
            await self._say(self._topics.availability, "online")

    async def down(self) -> None:
        """The line is down: nothing is known any more."""
        self.up, self.shown = False, _NOTHING
        await self._say(self._topics.availability, "offline")

    async def repeat(self) -> None:
        """Say the states again, so that what has not changed is not taken for old."""
        for entity_id, shown in self.shown.items():
            for topic, payload in payloads(entity_id, shown, self._topics).items():
                await self._publish(topic, payload)

    async def _tell(self, entity_id: str) -> None:
        """What it is, then what it shows, then whether it is there."""
        shown, topics = self.shown.get(entity_id), self._topics
        if shown is not None:
            said = announcement(entity_id, shown, topics, degrees=self._degrees)
            await self._say(said.topic, said.payload)
            for topic, payload in payloads(entity_id, shown, topics).items():
                await self._say(topic, payload)
        reachable = shown is not None and shown.reachable
        await self._say(topics.reachable(entity_id), "online" if reachable else "offline")

    async def _say(self, topic: str, payload: str) -> None:
        """Publish what is news."""
        if self._said.get(topic) != payload:
            self._said[topic] = payload
            await self._publish(topic, payload)

    async def _publish(self, topic: str, payload: str) -> None:
        await self._bus.publish_raw(topic, payload, qos=1, retain=True)
