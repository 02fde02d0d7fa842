"""Whether the tank was really made hot, from what the house reported of it.

A schedule that wanted it proves nothing. What counts is the tank's thermometer, or the
energy that the heater took while its set-point, written to the house, was high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from darkstar_common.config import Config, WaterHeater
from darkstar_common.slots import SLOT, SLOT_HOURS

SAFE_C = 60.0
"""A tank that is used daily and kept at this needs no more [°C]."""
FULL = 0.9
"""Share of the energy of a run that makes it complete; thermostats switch."""
SATISFIED = 0.5
"""Share of it after which a heater that draws nothing has reached its set-point."""
IDLE = 0.1
"""Share of its power below which a heater draws nothing."""
USED_DAY = 0.6
"""Share of the daily minimum that makes a day of heating to `SAFE_C` a normal one."""
PAUSE = timedelta(hours=1)
"""A longer one ends a run, and the next starts from nothing."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TankSlot:
    """One slot of the tank's past; None where nothing is known.

    Attributes:
        water_kwh: What the heater was measured to take [kWh].
        commanded_c: Set-point that was in force, written to the house [°C].
        measured_c: Highest tank temperature in the slot [°C].
    """

    start: datetime
    water_kwh: float | None = None
    commanded_c: float | None = None
    measured_c: float | None = None

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + SLOT

    def told(self, celsius: float) -> bool:
        """Whether the heater was told to keep the tank at `celsius` or more."""
        return self.commanded_c is not None and self.commanded_c >= celsius


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Heating to the high set-point, up to some slot.

    Attributes:
        kwh: What the run in progress has taken [kWh]; 0 when none is.
        until: End of its last slot.
        done_at: When the tank last was hot.
    """

    kwh: float = 0.0
    until: datetime | None = None
    done_at: datetime | None = None


def legionella_done(config: Config, past: Sequence[TankSlot]) -> datetime | None:
    """When the tank last was hot enough for legionella, within `past`; None: it was not.

    Each of these is enough:

    - The thermometer in the tank showed `legionella_c`.
    - With the set-point there, without a pause of more than an hour, the heater took 90 %
      of `legionella_hours` at full power; or half of it and then nothing more, since its
      thermostat was satisfied.
    - With the set-point at 60 °C or more, it took 60 % of the daily minimum within 24 h:
      the tank is in daily use.
    """
    heater = config.water_heater
    if heater is None:
        return None
    return max(
        (one for one in (_run(heater, past).done_at, _used(heater, past)) if one is not None),
        default=None,
    )


def heated_hot_kwh(config: Config, past: Sequence[TankSlot], now: datetime) -> float:
    """What a run to `legionella_c` that is in progress at `now` has taken so far [kWh]."""
    heater = config.water_heater
    if heater is None:
        return 0.0
    run = _run(heater, past)
    return run.kwh if run.until is not None and now - run.until <= PAUSE else 0.0


def _run(heater: WaterHeater, past: Sequence[TankSlot]) -> Run:
    run = Run()
    for slot in past:
        if slot.measured_c is not None and slot.measured_c >= heater.legionella_c:
            run = Run(until=slot.end, done_at=slot.end)
        elif slot.told(heater.legionella_c):
            run = _heated(heater, run, slot)
    return run


def _heated(heater: WaterHeater, run: Run, slot: TankSlot) -> Run:
    """`run` after one more slot at the high set-point."""
    paused = run.until is None or slot.start - run.until > PAUSE
    drawn = slot.water_kwh or 0.0
    kwh = drawn if paused else run.kwh + drawn
    need = heater.legionella_hours * heater.power_kw
    idle = slot.water_kwh is not None and drawn <= IDLE * heater.power_kw * SLOT_HOURS
    if kwh >= FULL * need or (idle and kwh >= SATISFIED * need):
        return Run(until=slot.end, done_at=slot.end)
    return replace(run, kwh=kwh, until=slot.end if kwh > 0 else None)


def _used(heater: WaterHeater, past: Sequence[TankSlot]) -> datetime | None:
    """When the tank last had been heated to a safe set-point as in daily use."""
    warm = [one for one in past if one.told(SAFE_C) and not one.told(heater.legionella_c)]
    need = USED_DAY * heater.daily_min_kwh
    first, kwh, done = 0, 0.0, None
    for slot in warm:
        kwh += slot.water_kwh or 0.0
        while warm[first].end <= slot.end - _DAY:
            kwh -= warm[first].water_kwh or 0.0
            first += 1
        if slot.water_kwh and kwh >= need > 0:
            done = slot.end
    return done
