"""All that was discovered, as people recognise it, and what each could be used for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from darkstar_common.config import Config
from darkstar_common.contract import DiscoveredEntity, RoleProposal
from darkstar_executor.core.binding import fits
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.proposals import named_once, proposals
from darkstar_executor.core.roles import Role, roles_of

MOST_CHARACTERS = 800_000
"""A broker cuts off who sends more than 2 MB at once; some thousands of entities are told of."""
LONGEST_ID = 255
"""As in Home Assistant; what is called by more characters is nobody's inverter."""
_KEYS, _QUOTES = 160, 3
"""What the rest of an entity takes, and the marks around a word."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the entities of a registry are; made again only when other entities are announced.

    Attributes:
        entities: By device and name, without what they show.
        places: Entity id to its place among them.
    """

    registry: Registry = field(default_factory=Registry)
    entities: tuple[DiscoveredEntity, ...] = ()
    proposals: tuple[RoleProposal, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)

    def showing(self, ears: Ears) -> tuple[DiscoveredEntity, ...]:
        """The entities, those in a role with what they show."""
        rows = list(self.entities)
        for role, binding in ears.bindings.items():
            place = self.places.get(binding.entity.entity_id) if binding.entity else None
            if place is not None:
                rows[place] = rows[place].model_copy(update={"value": ears.shows(role)})
        return tuple(rows)


def catalogue(
    registry: Registry, profile: Profile, config: Config, *, most: int = MOST_CHARACTERS
) -> Catalogue:
    """What there is in `registry`, in about so many characters; that takes 0.1 ms an entity."""
    named = {
        name: one for name, one in named_once(registry.entities).items() if len(name) <= LONGEST_ID
    }
    known = _told(named, roles_of(profile, config).values(), most)
    return Catalogue(
        registry=registry,
        entities=tuple(_described(name, entity) for name, entity in known),
        proposals=proposals(named, profile, config),
        places={entity.entity_id: place for place, (_, entity) in enumerate(known)},
    )


def _told(
    named: Mapping[str, Entity], roles: Collection[Role], most: int
) -> list[tuple[str, Entity]]:
    """The entities by device and name; where they are too many, those of the most use."""
    known = sorted(named.items(), key=lambda one: (one[1].device, one[0]))
    if sum(_size(*one) for one in known) <= most:
        return known
    best = sorted(known, key=lambda one: _use(one[1], roles))
    sizes = accumulate(_size(*one) for one in best)
    kept = {one[0] for one, size in zip(best, sizes, strict=True) if size <= most}
    return [one for one in known if one[0] in kept]


def _use(entity: Entity, roles: Collection[Role]) -> int:
    """0: it could be set or measured for a role; 1: it could play one at least; 2: it could not."""
    fitting = [role for role in roles if fits(role, entity)]
    if any(role.setting or role.quantities for role in fitting):
        return 0
    return 1 if fitting else 2


def _size(name: str, entity: Entity) -> int:
    """About how many characters it takes to tell."""
    words = (name, entity.name, entity.device, *entity.options)
    return _KEYS + sum(len(word) + _QUOTES for word in words)


def _described(name: str, entity: Entity) -> DiscoveredEntity:
    return DiscoveredEntity(
        entity=name,
        component=entity.component,
        name=entity.name,
        device=entity.device,
        unit=entity.unit,
        device_class=entity.device_class,
        settable=entity.command_topic is not None,
        options=entity.options,
    )
