"""The cycle against legionella: when it is due, when it is made, and that it was, as measured.

The planner plans a run of it in time. What is here makes sure: once begun the tank is heated
until it has been measured hot for long enough, and a run that the plan does not make is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from darkstar_common.config import Config, WaterHeater
from darkstar_executor.core.measured import Measured

HOLD = timedelta(minutes=10)
"""So long it must be hot: at 65 °C hardly one in a hundred thousand survives that."""
GRACE = timedelta(days=2)
"""So long the plan may take to make a run that is due."""
NEAR_C = 0.5
"""A thermostat that switches off at its set-point never shows more."""
_NEWS = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegionellaState:
    """What is known of the cycle; kept over a restart.

    Attributes:
        done_at: When the tank was last hot enough for long enough, to the hour; None: not seen
            yet.
        running_since: Since when it is hot enough.
        watched_since: When its temperature was first known, so that a tank never seen hot is
            not due at once.
    """

    done_at: datetime | None = None
    running_since: datetime | None = None
    watched_since: datetime | None = None


UNWATCHED = LegionellaState()


def watched(
    before: LegionellaState, measured: Measured, config: Config, now: datetime
) -> LegionellaState:
    """What is known with the tank's temperature at `now`."""
    heater, temperature = config.water_heater, measured.water_temperature_c
    if heater is None:
        return UNWATCHED
    since = before.watched_since
    if temperature is None or temperature < heater.legionella_c - NEAR_C:
        return LegionellaState(
            done_at=before.done_at,
            watched_since=since or (None if temperature is None else now),
        )
    running = before.running_since or now
    news = before.done_at is None or now - before.done_at >= _NEWS
    return LegionellaState(
        done_at=now if now - running >= HOLD and news else before.done_at,
        running_since=running,
        watched_since=since or now,
    )


def is_due(state: LegionellaState, heater: WaterHeater, now: datetime) -> bool:
    """Whether the tank has not been hot for so long; never where its heat is not measured."""
    return _late_by(state, heater, now) >= timedelta(0)


def is_overdue(state: LegionellaState, heater: WaterHeater, now: datetime) -> bool:
    """Whether it is due and no plan has made it for long."""
    return _late_by(state, heater, now) >= GRACE


def _late_by(state: LegionellaState, heater: WaterHeater, now: datetime) -> timedelta:
    last = state.done_at or state.watched_since
    return timedelta.min if last is None else now - last - timedelta(days=heater.legionella_days)
