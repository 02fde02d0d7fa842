"""What must be shown before something else is written, so that no flow runs under old bounds.

A broker keeps the order of messages, a gateway may lose or refuse one of them. So order alone
proves nothing: a flow is started when the house shows its bounds, not when they were sent. That
costs no time where it matters to people, for a start is safe at once when the bound as it
stands is tighter than the new one: charging to 95 % may begin while the ceiling still is 12 %.

- While a stop is sent and not shown, no bound moves: it might loosen the flow that still runs.
  A power may be lowered, that is always safe. A stop that fails is reported, and the bounds,
  which are within the configured limits whatever happens, are set all the same.
- A flow is started when every stop is shown, every limit is shown or stands no looser than
  wanted, and none of the bounds by which it ends has failed. A power limit that fails holds
  nothing up: the inverter has one of its own.
- A power that is taken only once its mode is on waits for that mode. Until then the flow runs with
  what the mode brings along, which is nothing or the most that the battery can do.
- The inverter, the water heater and each vehicle do not wait for one another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from darkstar_executor.core.case import Case
from darkstar_executor.core.setting import (
    BOUNDING,
    PRESSING,
    RAISING,
    STARTING,
    STOPPING,
    Setting,
    Value,
)
from darkstar_executor.core.verdict import Verdict

State = Literal["shown", "tight", "waiting", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A setting that has been dealt with.

    Attributes:
        state: `shown` by its entity; `tight`: what stands is no looser; `waiting` to be written
            or shown; `lost`: it does not obey, or nothing plays its role.
    """

    setting: Setting
    state: State


def step(case: Case, verdict: Verdict) -> Step:
    """How far the setting of `case` has come after `verdict`."""
    return Step(setting=case.setting, state=_state(case, verdict))


def lost(setting: Setting) -> Step:
    """A setting whose role nothing plays."""
    return Step(setting=setting, state="lost")


def hindrance(case: Case, before: Iterable[Step]) -> str | None:
    """Why the setting of `case` cannot be written yet, or None."""
    setting = case.setting
    if setting.stage >= PRESSING or case.manners.shadow or case.manners.at_once:
        return None
    group = _group(setting.role)
    for one in before:
        if one.setting.stage >= setting.stage or _group(one.setting.role) != group:
            continue
        if _stops(one, case) or _bounds(one, case) or _starts(one, case):
            return f"waits for {one.setting.role}, which does not show {one.setting.value} yet"
    return None


def _stops(one: Step, case: Case) -> bool:
    if one.setting.stage != STOPPING or one.state == "shown":
        return False
    if case.setting.stage >= STARTING:
        return True
    lowers = case.setting.sense == "limit" and case.calms
    return one.state == "waiting" and not lowers


def _bounds(one: Step, case: Case) -> bool:
    if one.setting.stage != BOUNDING or case.setting.stage < STARTING:
        return False
    return one.state == "waiting" or (one.state == "lost" and one.setting.bounds)


def _starts(one: Step, case: Case) -> bool:
    """A mode that is not on yet takes no power of its own."""
    return (one.setting.stage, case.setting.stage) == (STARTING, RAISING) and one.state != "shown"


def _state(case: Case, verdict: Verdict) -> State:
    if case.manners.shadow:
        return "shown"
    if case.entity.state_topic is None:  # it cannot be asked
        return "waiting" if verdict.result == "held_back" else "shown"
    if case.reachable and case.near(case.shown) and not case.afloat:
        return "shown"
    there = (case.shown, *(value for value, _ in case.afloat))
    if case.reachable and all(_tight(case, one) for one in there):
        return "tight"
    return "lost" if verdict.result == "not_confirmed" else "waiting"


def _tight(case: Case, there: Value | None) -> bool:
    """Whether a flow under what stands there stays within what is wanted."""
    wanted = case.value
    if there is None or isinstance(wanted, bool | str) or isinstance(there, bool | str):
        return False
    match case.setting.sense:
        case "limit":
            return abs(there) <= abs(wanted)
        case "ceiling":
            return there <= wanted
        case "floor":
            return there >= wanted
        case None:
            return False


def _group(role: str) -> str:
    """What a role belongs to: a vehicle, the heater, or the inverter."""
    vehicle, slash, _ = role.partition("/")
    if slash:
        return vehicle
    return "water" if role.startswith("water_") else "inverter"
