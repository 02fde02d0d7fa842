"""The electric vehicles: what people said of each, as a planning problem asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.config import Config
from darkstar_common.config import Ev as Car
from darkstar_common.contract import EvSet
from darkstar_common.slots import SLOT, slot_start
from darkstar_planner.core.devices import Ev
from darkstar_planner.core.energy import EnergyRecord

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cars:
    """The cars that can be planned with, and why others cannot."""

    evs: tuple[Ev, ...] = ()
    why: tuple[str, ...] = ()


def cars(
    config: Config, said: Mapping[str, EvSet], charging: EnergyRecord, now: datetime, count: int
) -> Cars:
    """The cars of the house in a horizon of `count` slots that begins with the one of `now`.

    A car is there until it leaves and away from then on, since nobody knows when it
    comes back. One that is not connected is not planned for; nor is one whose state of
    charge nobody has said, for any number would be made up.
    """
    plugged = [(one, said[one.id]) for one in config.evs if one.id in said]
    plugged = [(one, asked) for one, asked in plugged if asked.connected]
    known = [(one, asked) for one, asked in plugged if asked.soc_percent is not None]
    why = [
        f"nothing is planned for {one.id}: whether it is connected is not known; "
        f"say so with ev/{one.id}/set"
        for one in config.evs
        if one.id not in said
    ]
    why += [
        f"nothing is planned for {one.id}: its state of charge is not known; "
        f"send soc_percent to ev/{one.id}/set"
        for one, asked in plugged
        if asked.soc_percent is None
    ]
    evs = [
        _ev(one, asked, _stored(one, asked, charging, now, len(known)), config.zone, now, count)
        for one, asked in known
    ]
    return Cars(evs=tuple(evs), why=tuple(why))


def departure(car: Car, asked: EvSet, zone: ZoneInfo, now: datetime) -> datetime:
    """When the car leaves: when it was asked for if that is to come, else at its daily time."""
    if asked.departure is not None and asked.departure > now:
        return asked.departure
    today = now.astimezone(zone).date()
    daily = (_moment(car, day, zone) for day in (today, today + DAY, today + 2 * DAY))
    return next(one for one in daily if one > now)


def _moment(car: Car, day: date, zone: ZoneInfo) -> datetime:
    """The daily departure on `day`; on a clock that is moved forward over it, after the gap."""
    clock = time.fromisoformat(car.departure)
    # by way of UTC: comparing two times of one zone ignores that the clock is moved
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _stored(car: Car, asked: EvSet, charging: EnergyRecord, now: datetime, sharing: int) -> float:
    """Energy in the car [kWh]: what was said, and its part of what was charged since.

    One counter has all cars' energy, so those that are connected share it equally.
    """
    said = (asked.soc_percent or 0.0) / 100 * car.capacity_kwh
    used = charging.since(asked.emitted_at or now, now) / sharing
    return min(car.capacity_kwh, said + used * car.charge_efficiency)


def _ev(  # noqa: PLR0917 (what is known of a car, and when)
    car: Car, asked: EvSet, stored_kwh: float, zone: ZoneInfo, now: datetime, count: int
) -> Ev:
    left = (departure(car, asked, zone, now) - slot_start(now)) / SLOT
    percent = car.target_percent if asked.target_percent is None else asked.target_percent
    target = percent / 100 * car.capacity_kwh
    if left > count:
        # as a heater's day: what the horizon's end cuts off asks for its share
        target = stored_kwh + max(0.0, target - stored_kwh) * count / left
    leaves = int(left) if left < count else None
    return Ev(
        id=car.id,
        capacity_kwh=car.capacity_kwh,
        stored_kwh=stored_kwh,
        max_charge_kw=car.max_charge_kw,
        min_charge_kw=car.min_charge_kw,
        charge_efficiency=car.charge_efficiency,
        available=tuple(leaves is None or t < leaves for t in range(count)),
        departure_slot=leaves,
        target_kwh=target,
        target_penalty_per_kwh=car.target_penalty_per_kwh,
    )
