"""Says what is: the house, its counters, its devices, and what is commanded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from darkstar_common.contract import (
    CONTROL_STATE,
    HOUSE_DEVICES,
    HOUSE_ENERGY,
    HOUSE_STATE,
    ControlState,
    Devices,
    EnergyCounters,
    HouseState,
    Issue,
    Message,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_common.slots import slot_start
from darkstar_executor.core import devices, house
from darkstar_executor.core.catalogue import Catalogue, catalogue
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.news import Severity
from darkstar_executor.core.profile import Profile

REPEAT = timedelta(minutes=15)
"""What has not changed is said again so often, for a broker that lost what it kept."""
_NO_NEWS = {"message_id", "sender", "emitted_at", "caused_by", "entities"}
"""The envelope, and what the entities show: other messages tell that at once."""


class Reporter:
    """Publishes each state when its content changed, and now and then when it did not."""

    def __init__(self, context: Context, profile: Profile) -> None:
        self._context, self._profile = context, profile
        self._said: dict[str, tuple[object, datetime]] = {}
        self._counted_slot: datetime | None = None
        self._catalogue = Catalogue()

    async def house(self, ears: Ears) -> None:
        """Readings and counters as they are now."""
        now = self._context.clock.now()
        config = self._context.config
        state = HouseState(
            sender=Service.EXECUTOR, emitted_at=now, **house.house_state(ears, config, now)
        )
        if self._is_new("state", state):
            await self._context.bus.publish(HOUSE_STATE, state)
        await self.energy(ears)

    async def energy(self, ears: Ears) -> None:
        """The counters as they are now."""
        now = self._context.clock.now()
        counters = EnergyCounters(
            sender=Service.EXECUTOR, emitted_at=now, **house.energies(ears, now)
        )
        if self._is_new("energy", counters):
            await self._context.bus.publish(HOUSE_ENERGY, counters)

    async def boundary(self, ears: Ears) -> None:
        """The counters at once, when the last of them has spoken in a new slot."""
        begun = slot_start(self._context.clock.now())
        if begun != self._counted_slot and house.counted_since(ears, begun):
            self._counted_slot = begun
            await self.energy(ears)

    async def devices(self, ears: Ears, registry: Registry) -> None:
        """Who plays which role, and an issue for each role that nobody does."""
        if registry is not self._catalogue.registry:
            self._catalogue = catalogue(registry, self._profile, self._context.config)
        rows = devices.role_bindings(ears, registry)
        message = Devices(
            sender=Service.EXECUTOR,
            emitted_at=self._context.clock.now(),
            roles=rows,
            discovered=devices.discovered(registry),
            entities=self._catalogue.showing(ears),
            proposals=self._catalogue.proposals,
            profile=self._profile.name,
        )
        if not self._is_new("devices", message):
            return
        await self._context.bus.publish(HOUSE_DEVICES, message)
        for row in rows:
            fine = row.status == "bound" or (row.optional and row.status == "missing")
            await self.issue(
                f"role_{row.role}",
                None if fine else f"{row.role}: {row.detail}",
                guidance="see house/devices for what was discovered; set executor.roles to it",
            )

    async def control(self, state: ControlState) -> None:
        """What is commanded, and why."""
        if self._is_new("control", state):
            await self._context.bus.publish(CONTROL_STATE, state)

    async def issue(
        self, key: str, problem: str | None, *, guidance: str = "", severity: Severity = "warning"
    ) -> None:
        """An issue while there is a `problem`, none when there is not."""
        if problem is None:
            await self._context.status.clear_issue(key)
        else:
            await self._context.status.raise_issue(
                Issue(key=key, severity=severity, message=problem, guidance=guidance)
            )

    def _is_new(self, name: str, message: Message) -> bool:
        now, content = self._context.clock.now(), _content(message)
        before, at = self._said.get(name, (None, now))
        if before == content and now - at < REPEAT:
            return False
        self._said[name] = (content, now)
        return True


def _content(message: Message) -> Sequence[object]:
    """All fields whose change is worth a message."""
    fields = type(message).model_fields
    return tuple(getattr(message, name) for name in fields if name not in _NO_NEWS)
