"""A command as the house can be told it: its end on the steps of the entities that end it."""

from __future__ import annotations

from collections.abc import Mapping

from darkstar_common.contract import Command
from darkstar_executor.core.clamping import clamped, unfit
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.terms import SOC_CEILINGS, SOC_FLOORS, name_of

_FULL_PERCENT = 100.0


def stepped(command: Command, profile: Profile, bindings: Mapping[str, Binding]) -> Command:
    """`command` with the end at which its inverter comes to rest: never looser, maybe tighter.

    A floor of 12 % is one of 15 % where there are steps of 5: who watches must not wait for more.
    """
    charging = command.intent == "charge_from_grid"
    ends, tighter = (SOC_CEILINGS, min) if charging else (SOC_FLOORS, max)
    target = command.soc_target_percent
    if target is None:
        return command
    for role, word in profile.said(command.intent).items():
        binding, name = bindings.get(role), name_of(word)
        entity = binding.entity if binding else None
        if entity is None or name not in ends:
            continue
        depth = name == "$depth"
        wanted = _FULL_PERCENT - target if depth else target
        if unfit(wanted, entity):
            continue
        found = clamped(wanted, entity, "ceiling" if charging or depth else "floor")
        target = tighter(target, _FULL_PERCENT - found if depth else found)
    return command.model_copy(update={"soc_target_percent": target})
