"""Giving the devices back as they were found, so that stopping Darkstar is also undoing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Availability, Entity
from darkstar_executor.core.ledger import Found
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.setting import BOUNDING, STARTING, STOPPING, Setting


def returned(
    found: Mapping[str, Found],
    fallback: Iterable[Setting],
    ears: Ears,
    entities: Iterable[Entity],
) -> tuple[tuple[Setting, ...], Ears]:
    """Every entity as it was found before the first write, in an order that is safe.

    What was found belongs to the entity: one that plays another role now, or none any more, gets
    its own value back, and the one in its place gets nothing that it never had. What was not
    found, as it shows no state, is at least stopped.

    Args:
        found: By entity id.
        fallback: The settings that leave the house in self-consumption.
        ears: Who plays which role now.
        entities: All that were discovered.

    Returns:
        What to set, and ears that also know the entities that play no role any more.
    """
    known = {one.entity_id: one for one in entities}
    played = {
        binding.entity.entity_id: role
        for role, binding in ears.bindings.items()
        if binding.entity is not None and binding.setting
    }
    calm = {one.role: one for one in fallback}
    given: list[Setting] = []
    former: dict[str, Binding] = {}
    for name, one in found.items():
        role = played.get(name)
        if role is None:
            role = f"former/{one.role}"
            while role in former:
                role += "_"
            former[role] = Binding(
                role=role,
                wanted=name,
                status="bound" if name in known else "missing",
                entity=_unheard(known.get(name)),
                optional=True,
                detail="" if name in known else f"{name} was not discovered",
            )
        given.append(_setting(role, one, calm.get(role)))
    restored = {one.role for one in given}
    kept = [
        one
        for one in calm.values()
        if one.role not in restored and (one.calm or one.after) and one.role in ears.bindings
    ]
    ordered = tuple(sorted((*given, *kept), key=lambda one: one.stage))
    return ordered, ears.rebound({**ears.bindings, **former}) if former else ears


def _unheard(entity: Entity | None) -> Entity | None:
    """`entity` as one whose topics nobody listens to: it is told, and not asked."""
    if entity is None:
        return None
    return replace(entity, state_topic=None, availability=Availability())


def _setting(role: str, found: Found, calm: Setting | None) -> Setting:
    if not isinstance(found.value, bool | str):
        return Setting(role=role, value=found.value, exact=True, stage=BOUNDING)
    stops = found.value is False if calm is None else found.value == calm.value and calm.calm
    setting = Setting(role=role, value=found.value, exact=True, stage=STARTING)
    return replace(setting, stage=STOPPING, calm=True) if stops else setting
