"""When a run against legionella begins, and when it has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from darkstar_common.config import WaterHeater
from darkstar_common.contract import Legionella
from darkstar_executor.core.legionella import LegionellaState, is_due, is_overdue
from darkstar_executor.core.memory import Memory
from darkstar_executor.core.situation import Situation

AT_ONCE = timedelta(days=1)
"""So long after it is overdue it no longer waits for a cheap hour."""
_PAUSE = timedelta(days=1)
_LONGEST_RUNS = 2.0
_LEAST_RUN = timedelta(hours=6)
_NIGHT = range(6)
_AHEAD = timedelta(hours=24)
_CHEAPEST = 0.25


def cycle_memory(case: Situation, before: Memory) -> Memory:
    """`before` with a run begun, going on, ended or given up."""
    heater = case.config.water_heater
    if heater is None:
        return replace(before, legionella_since=None)
    since = before.legionella_since
    if since is None:
        return replace(before, legionella_since=case.now) if _begins(case, heater) else before
    done = case.legionella.done_at
    if done is not None and done >= since:
        return replace(before, legionella_since=None)
    if since > case.now:  # the clock was set back
        return replace(before, legionella_since=case.now)
    if case.now - since >= max(_LEAST_RUN, _LONGEST_RUNS * _run(heater)):
        return replace(before, legionella_since=None, legionella_gave_up=case.now)
    return before


def told(state: LegionellaState, memory: Memory, heater: WaterHeater, now: datetime) -> Legionella:
    """What people are told about the cycle."""
    return Legionella(
        done_at=state.done_at,
        running_since=state.running_since or memory.legionella_since,
        overdue=is_overdue(state, heater, now),
    )


def _begins(case: Situation, heater: WaterHeater) -> bool:
    """A run that is due begins with the next planned heating; one overdue does not wait for it."""
    gave_up = case.memory.legionella_gave_up
    tried = gave_up is not None and abs(case.now - gave_up) < _PAUSE
    if tried or case.measured.water_temperature_c is None:
        return False
    if not is_due(case.legionella, heater, case.now):
        return False
    planned = case.planned.water_temperature_c if case.planned else None
    if planned is not None and planned > heater.off_c:
        return True
    return is_overdue(case.legionella, heater, case.now) and _is_cheap(case, heater)


def _is_cheap(case: Situation, heater: WaterHeater) -> bool:
    """Whether now is a good time: among the cheapest hours known, or at night, or too late."""
    if is_overdue(case.legionella, heater, case.now - AT_ONCE):
        return True
    ahead = [
        slot
        for slot in (case.prices.slots if case.prices else ())
        if case.now - timedelta(minutes=15) < slot.start < case.now + _AHEAD
    ]
    if not ahead:
        return case.now.astimezone(case.config.zone).hour in _NIGHT
    dearest = sorted(slot.import_per_kwh for slot in ahead)[int(_CHEAPEST * (len(ahead) - 1))]
    return ahead[0].start <= case.now and ahead[0].import_per_kwh <= dearest


def _run(heater: WaterHeater) -> timedelta:
    return timedelta(hours=heater.legionella_hours)
