"""The car at the wallbox: here or away by the clock, charged at a constant power until full."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from darkstar_simulator.core.parameters import WallboxParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """The car's state: energy in its battery [kWh]."""

    stored_kwh: float


def is_home(local: datetime, box: WallboxParameters) -> bool:
    """Whether the car stands at the wallbox in the slot that begins at this local time."""
    clock = local.time().replace(tzinfo=None)
    if box.leaves <= box.returns:
        return clock < box.leaves or clock >= box.returns
    return box.returns <= clock < box.leaves


def drawn_kw(car: Car, offered_kw: float, box: WallboxParameters) -> float:
    """What a car that is here takes of what is offered [kW]."""
    return 0.0 if car.stored_kwh >= box.capacity_kwh else min(offered_kw, box.max_kw)


def hours_to_full(car: Car, taken_kw: float, box: WallboxParameters) -> float:
    """Hours until it is full; infinite when it takes nothing."""
    gained = taken_kw * box.efficiency
    return (box.capacity_kwh - car.stored_kwh) / gained if gained > 0 else math.inf


def charged(car: Car, taken_kw: float, hours: float, box: WallboxParameters) -> Car:
    """The car after `hours` of `taken_kw`."""
    return Car(stored_kwh=car.stored_kwh + taken_kw * box.efficiency * hours)
