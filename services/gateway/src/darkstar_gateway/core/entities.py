"""The entities of the house, and which of them plays or could play which role."""

from __future__ import annotations

from darkstar_common.contract import Devices, DiscoveredEntity, Part, RoleBinding

_NOT_SAID = (
    "The executor has not said yet what it found in the house: see under Health whether it runs."
)
_NOTHING = (
    "Nothing was discovered yet. Check that the gateway of your inverter is on the same broker as "
    "Darkstar, with MQTT discovery on, and that mqtt.discovery_prefix is the one it uses."
)


class Proposal(Part):
    """An entity that could play the role, the likeliest first."""

    entity: str
    likely: bool
    because: str


class HouseRole(RoleBinding):
    """A role, who plays it, and who could."""

    proposals: tuple[Proposal, ...] = ()


class HouseEntity(DiscoveredEntity):
    """An entity, and the role it plays; null: none."""

    plays: str | None = None


class BrokerPlace(Part):
    """Where the house is looked for."""

    connected: bool
    address: str
    """Host and port."""


class HouseEntities(Part):
    """All that was discovered."""

    entities: tuple[HouseEntity, ...]
    roles: tuple[HouseRole, ...]
    profile: str
    """The inverter's profile that the proposals are for; empty: not known yet."""
    broker: BrokerPlace
    note: str | None
    """What keeps the list from being of use, and what to do about it; null: nothing."""


def house_entities(devices: Devices | None, broker: BrokerPlace) -> HouseEntities:
    """What the executor said of the house, put together by entity and by role."""
    if devices is None:
        said = _NOT_SAID
        return HouseEntities(entities=(), roles=(), profile="", broker=broker, note=said)
    plays = {one.entity: one.role for one in devices.roles if one.command_topic or one.state_topic}
    return HouseEntities(
        entities=tuple(
            HouseEntity(**dict(one), plays=plays.get(one.entity)) for one in devices.entities
        ),
        roles=_roles(devices),
        profile=devices.profile,
        broker=broker,
        note=None if devices.discovered else _NOTHING,
    )


def _roles(devices: Devices) -> tuple[HouseRole, ...]:
    """Those that are configured, needed or known to the profile, then what else could be played."""
    offered: dict[str, list[Proposal]] = {}
    for one in devices.proposals:
        row = Proposal(entity=one.entity, likely=one.likely, because=one.because)
        offered.setdefault(one.role, []).append(row)
    known = {one.role: one for one in devices.roles}
    others = {
        role: RoleBinding(role=role, status="missing", optional=True)
        for role in offered
        if role not in known
    }
    return tuple(
        HouseRole(**dict(one), proposals=tuple(offered.get(role, ())))
        for role, one in (known | others).items()
    )
