"""What the state of charge tells of obedience, where the battery's power is not known.

Slower than a power: a battery has to move, or to fail to, by some points before it can be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from darkstar_common.config import Config
from darkstar_common.contract import Command
from darkstar_executor.core.expectation import FULL_PERCENT, Sight
from darkstar_executor.core.measured import Measured

POINTS = 3.0
"""A battery that moves so far has moved [%]; sensors of whole percents waver by one."""
_SHARE = 1 / 3
"""Less than that share of what was to come is not what was told."""
_LOSSES = 0.9
_UNKNOWN = Sight(verdict="unknown")
_FOLLOWS = Sight(verdict="follows")
_CALM = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A stretch of time in which the state of charge is watched.

    Attributes:
        soc_percent: At its beginning [%].
        found: What the stretch before has shown.
    """

    at: datetime
    soc_percent: float
    found: Sight = _UNKNOWN


def drifted(
    before: Drift | None, command: Command, measured: Measured, config: Config, now: datetime
) -> Drift | None:
    """The stretch after one more look; None while the state of charge is not known."""
    soc, battery = measured.soc_percent, config.battery
    if soc is None or battery is None:
        return None
    if before is None or now < before.at:
        return Drift(at=now, soc_percent=soc)
    moved, passed = soc - before.soc_percent, now - before.at
    at_rest = _at_rest(command, moved, passed)
    found = at_rest or _forced(command, moved, passed, soc, config)
    return before if found is None else Drift(at=now, soc_percent=soc, found=found)


def _at_rest(command: Command, moved: float, passed: timedelta) -> Sight | None:
    """What a battery that is to give, or to take, nothing has done; None: too early to tell."""
    wrong = {"hold": -moved, "idle": moved}.get(command.intent)
    if wrong is None:
        return None
    if wrong >= POINTS:
        return _seen(moved, passed)
    return _FOLLOWS if passed >= _CALM else None


def _forced(
    command: Command, moved: float, passed: timedelta, soc: float, config: Config
) -> Sight | None:
    battery, target = config.battery, command.soc_target_percent
    charging = command.intent == "charge_from_grid"
    power = command.charge_kw if charging else command.discharge_kw
    forced = charging or command.intent == "export"
    if battery is None or power is None or target is None or not forced:
        return None
    power = _LOSSES * min(power, config.inverter.max_ac_kw)
    due = power * (passed / timedelta(hours=1)) / battery.capacity_kwh * 100
    gone = moved if charging else -moved
    ends = min(target, FULL_PERCENT) - soc if charging else soc - target
    if ends <= POINTS:
        return _FOLLOWS
    if due < POINTS:
        return None
    return _FOLLOWS if gone >= _SHARE * due else _seen(moved, passed)


def _seen(moved: float, passed: timedelta) -> Sight:
    minutes = passed / timedelta(minutes=1)
    return Sight(
        verdict="deviates",
        seen=f"the state of charge moved by {moved:+.1f} points in {minutes:.0f} minutes",
    )


def known(drift: Drift | None, look: Sight) -> Sight:
    """`look`, or what the state of charge has shown where that knows nothing."""
    return look if look.verdict != "unknown" or drift is None else drift.found
