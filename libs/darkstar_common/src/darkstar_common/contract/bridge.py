"""Where entities that only Home Assistant has are on the bus: the gateway's bridge.

The gateway announces them in the words of MQTT discovery, though below Darkstar's own prefix:
Home Assistant, which has them already, would show them twice otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_common.contract.channels import prefix


@dataclass(frozen=True, slots=True)
class BridgeTopics:
    """The bridge's topics in one house; `+` for the site stands for all."""

    site: str

    @property
    def root(self) -> str:
        """What all of them begin with."""
        return f"{prefix(self.site)}bridge"

    @property
    def discovery(self) -> str:
        """The prefix of its discovery messages, as `homeassistant` is that of others."""
        return f"{self.root}/discovery"

    @property
    def announcements(self) -> str:
        """The filter that its discovery messages come under."""
        return f"{self.discovery}/+/+/config"

    @property
    def availability(self) -> str:
        """Whether Home Assistant is connected: `online` or `offline`."""
        return f"{self.root}/availability"

    def announcement(self, component: str, entity_id: str) -> str:
        """Where the discovery message of an entity is."""
        return f"{self.discovery}/{component}/{entity_id.replace('.', '_')}/config"

    def state(self, entity_id: str) -> str:
        """What the entity shows; of a thermostat its set-point."""
        return f"{self.root}/{entity_id}/state"

    def current(self, entity_id: str) -> str:
        """What a thermostat measures."""
        return f"{self.root}/{entity_id}/current"

    def reachable(self, entity_id: str) -> str:
        """Whether Home Assistant reaches the entity: `online` or `offline`."""
        return f"{self.root}/{entity_id}/availability"

    def command(self, entity_id: str) -> str:
        """Where it is set; `+` stands for all."""
        return f"{self.root}/{entity_id}/set"
