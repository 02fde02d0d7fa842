"""What is remembered about the battery: each threshold is left elsewhere than it was met."""

from __future__ import annotations

from dataclasses import replace

from darkstar_common.contract import Command
from darkstar_executor.core import commands, following
from darkstar_executor.core.memory import Memory
from darkstar_executor.core.situation import Situation

BELOW_PERCENT = 1.0
"""So far below the floor the battery is not discharged at all."""
FAR_BELOW_PERCENT = 3.0
"""So far below it is charged from the grid."""
CLEAR_PERCENT = 2.0
"""So far beyond a threshold it is left."""
_STEP_PERCENT = 6.0
"""A hold follows the battery upwards once it is so far above; a step and a bit."""


def battery_memory(case: Situation) -> Memory:
    """The memory that goes with the readings of `case`; unknown ones change nothing."""
    before, soc = case.memory, case.soc_percent
    if soc is None or case.config.battery is None:
        return before
    floor = commands.floor_percent(case.config)
    clear = min(floor + CLEAR_PERCENT, commands.ceiling_percent(case.config))
    return replace(
        before,
        emergency=soc < floor - BELOW_PERCENT or (before.emergency and soc < clear),
        emergency_charge=soc < floor - FAR_BELOW_PERCENT
        or (before.emergency_charge and soc < clear),
        export_guard=soc <= floor or (before.export_guard and soc < clear),
        held_percent=_held(case, soc),
        drift=_drift(case, soc),
    )


def ended(case: Situation) -> str | None:
    """The forced flow that has come to its end, if the inverter does not end it by itself."""
    command, soc = case.forced, case.soc_percent
    if command is None or case.profile.ends_itself(command.intent):
        return None
    target, key = command.soc_target_percent, flow(command)
    if target is None or soc is None:
        return case.memory.ended if case.memory.ended == key else None
    beyond = soc - target if command.intent == "charge_from_grid" else target - soc
    over = beyond >= 0 or (case.memory.ended == key and beyond > -CLEAR_PERCENT)
    return key if over else None


def flow(command: Command) -> str:
    """A forced flow by what would end it."""
    return f"{command.intent} {command.soc_target_percent:g}"


def _held(case: Situation, soc: float) -> float | None:
    """Where a hold or a stop keeps the battery; noise around a step does not move it [%]."""
    if case.override is None or case.override.action not in {"hold", "stop"}:
        return None
    before = case.memory.held_percent
    if before is not None and before - BELOW_PERCENT <= soc < before + _STEP_PERCENT:
        return before
    return following.coarse(soc)


def _drift(case: Situation, soc: float) -> following.Drift:
    """Where the battery is by the plan; once away it is so until it is back."""
    planned, before = case.planned_percent, case.memory.drift
    if planned is None:
        return "none"
    if soc < planned - (0.0 if before == "behind" else following.DRIFT_PERCENT):
        return "behind"
    if soc > planned + (0.0 if before == "ahead" else following.DRIFT_PERCENT):
        return "ahead"
    return "none"
