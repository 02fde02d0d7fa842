"""All that was discovered, as people recognise it, and what each could be used for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from darkstar_common.config import Config
from darkstar_common.contract import DiscoveredEntity, RoleProposal
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.proposals import named_once, proposals


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


def catalogue(registry: Registry, profile: Profile, config: Config) -> Catalogue:
    """All of `registry`; it takes about a tenth of a millisecond for each entity."""
    named = named_once(registry.entities)
    known = sorted(named.items(), key=lambda one: (one[1].device, one[0]))
    return Catalogue(
        registry=registry,
        entities=tuple(_described(name, entity) for name, entity in known),
        proposals=proposals(named, profile, config),
        places={entity.entity_id: place for place, (_, entity) in enumerate(known)},
    )


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
