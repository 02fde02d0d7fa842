"""Counters of a house whose truth is known, and all that goes wrong with them.

A fault takes what the counters show and makes it faulty; it notes which hours can no longer be
known, and how much energy no counter shows any more. Faults are put one after the other.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_recorder.conversion import limits
from darkstar_recorder.core.baseline import Cell, self_consuming, without_battery
from darkstar_recorder.core.flags import ASSUMED, PARTIAL, RESET
from darkstar_recorder.core.readings import ENERGIES, Reading
from darkstar_recorder.core.usual import Known
from darkstar_simulator.core.generator import Home, generate_series

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
LIMITS = limits(Config.model_validate({"battery": {}, "water_heater": {}, "evs": [{}]}))
DOUBTED = ASSUMED | PARTIAL | RESET
"""Flags of energies that may be others than those of this slot."""
KNOWABLE_KWH = 0.05
"""An hour that is not flagged is right within this."""
REAL = Path(__file__).resolve().parents[3] / "shared" / "data"
_CELL = Cell(
    capacity_kwh=10.0, floor_kwh=1.0, ceiling_kwh=10.0, charge_kw=5.0, discharge_kw=5.0,
    charge_efficiency=0.95, discharge_efficiency=0.95, wear_cost_per_kwh=0.0,
)  # fmt: skip

Truth = Mapping[str, Mapping[datetime, float]]
"""By channel and slot [kWh]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the counters of a house show.

    Attributes:
        first: The first slot.
        readings: In the order in which they arrive.
        unknowable: Hours that no set of these readings tells of, by channel.
        lost: Energy that no counter shows any more, by channel [kWh].
    """

    truth: Truth
    first: datetime
    readings: tuple[Reading, ...]
    unknowable: frozenset[tuple[str, datetime]] = frozenset()
    lost: Mapping[str, float] = field(default_factory=dict)

    def at(self, days: float) -> datetime:
        """So many days after the first midnight."""
        return self.first.replace(hour=0, minute=0) + DAY + timedelta(days=days)


Fault = Callable[[Shown], Shown]


def whole_house(start: datetime, base_kwh: Sequence[float], pv_kwh: Sequence[float]) -> Truth:
    """A house around a base load and PV by slot [kWh]: a heater, a car, a battery, the grid."""
    truth: dict[str, dict[datetime, float]] = {channel: {} for channel in ENERGIES}
    stored = 3.0
    for number, (base, pv) in enumerate(zip(base_kwh, pv_kwh, strict=True)):
        at = start + number * SLOT
        water = 0.75 if at.hour == 2 or (at.hour, at.minute) == (13, 15) else 0.0
        ev = 1.85 if at.hour in (19, 20) and at.toordinal() % 2 else 0.0
        load = base + water + ev
        grid = without_battery(load, pv)
        left, stored = self_consuming(load, pv, stored, _CELL)
        told = {
            "load": load, "pv": pv, "import": left.import_kwh, "export": left.export_kwh,
            "charge": grid.export_kwh - left.export_kwh,
            "discharge": grid.import_kwh - left.import_kwh, "water": water, "ev": ev,
        }  # fmt: skip
        for channel, kwh in told.items():
            truth[channel][at] = kwh
    return truth


def generated(start: date, days: int) -> Truth:
    """A house as `darkstar-simulator generate` makes one."""
    series = generate_series(Home(timezone=ZoneInfo("Europe/Stockholm")), start=start, days=days)
    return whole_house(series.start, series.load_kwh, series.pv_kwh)


def summer(later: timedelta, days: int = 0, since: int = 0) -> Truth:
    """The real summer of a house, as if it had been so much later in the year.

    With `days`, only so many of them from the one with the number `since` on.
    """
    with (REAL / "home-se4-2025-summer.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    start = datetime.fromisoformat(rows[0]["start_utc"])
    known = {datetime.fromisoformat(row["start_utc"]): row for row in rows}
    slots = (max(known) - start) // SLOT + 1
    found = [known.get(start + number * SLOT) for number in range(slots)]
    first = since * DAY // SLOT
    found = found[first : first + days * DAY // SLOT if days else None]
    columns = (
        [float(row[name] or 0) if row else 0.0 for row in found] for name in ("load_kwh", "pv_kwh")
    )
    return whole_house(start + later + since * DAY, *columns)


def shown(truth: Truth, *, parts: int = 3, decimals: int = 3) -> Shown:
    """What faultless counters show so often a slot, with so many decimals of a kilowatt-hour."""
    readings = []
    for number, (channel, slots) in enumerate(truth.items()):
        value = 1000.0 + 37.0 * number
        for start, kwh in sorted(slots.items()):
            for part in range(parts):
                told = round(value + kwh * part / parts, decimals)
                at = start + part * SLOT / parts
                readings.append(Reading(channel=channel, measured_at=at, value=told))
            value += kwh
        end = max(slots) + SLOT
        readings.append(Reading(channel=channel, measured_at=end, value=round(value, decimals)))
    readings.sort(key=lambda one: (one.measured_at, one.channel))
    return Shown(truth=truth, first=min(truth["load"]), readings=tuple(readings))


def hours(start: datetime, end: datetime) -> Iterator[datetime]:
    """The hours that [`start`, `end`] touches."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        yield hour
        hour += HOUR


def _unknown(house: Shown, channels: Iterable[str], start: datetime, end: datetime) -> Shown:
    more = {(channel, hour) for channel in channels for hour in hours(start, end)}
    return replace(house, unknowable=house.unknowable | more)


def started_again(house: Shown, channel: str, moments: Iterable[datetime]) -> Shown:
    """With a counter that begins anew at zero now and then.

    What it counted between its last reading and that moment is lost.
    """
    due = sorted(moments)
    own = [one for one in house.readings if one.channel == channel]
    told, offset, lost = [own[0]], 0.0, 0.0
    for before, one in pairwise(own):
        if due and one.measured_at >= due[0]:
            share = (due.pop(0) - before.measured_at) / (one.measured_at - before.measured_at)
            gone = share * (one.value - before.value)
            offset, lost = before.value + gone, lost + gone
            house = _unknown(house, (channel,), before.measured_at, one.measured_at)
        told.append(replace(one, value=round(one.value - offset, 6)))
    anew = iter(told)
    return replace(
        house,
        readings=tuple(next(anew) if one.channel == channel else one for one in house.readings),
        lost={**house.lost, channel: lost},
    )


def resets(house: Shown) -> Shown:
    """Each counter starts again at a moment of its own, and the heater's every day."""
    for number, channel in enumerate(ENERGIES):
        moments = [house.at(day) + number * 71 * MINUTE for day in (1.5, 5.6)]
        if channel == "water":
            days = (max(house.truth["water"]) - house.at(0)) // DAY
            moments += [house.at(day) + 2 * MINUTE for day in range(days + 1)]
        house = started_again(house, channel, moments)
    return house


def held(house: Shown, start: datetime, end: datetime) -> Shown:
    """All counters show the same from `start` on, and catch up at `end`."""
    values: dict[str, float] = {}
    readings = []
    for one in house.readings:
        inside = start <= one.measured_at < end
        value = values.setdefault(one.channel, one.value) if inside else one.value
        readings.append(replace(one, value=value))
    return _unknown(replace(house, readings=tuple(readings)), house.truth, start, end)


def freeze(house: Shown) -> Shown:
    """18 hours of one value, and then a lump."""
    return held(house, house.at(4) + 14 * HOUR, house.at(5) + 8 * HOUR)


def silent(house: Shown, start: datetime, end: datetime) -> Shown:
    """Nothing is heard between `start` and `end`."""
    kept = tuple(one for one in house.readings if not start < one.measured_at < end)
    return _unknown(replace(house, readings=kept), house.truth, start, end)


def unavailable(house: Shown) -> Shown:
    """Hours without a reading, twice: by day, and over midnight."""
    house = silent(house, house.at(3) + 9 * HOUR, house.at(3) + 13 * HOUR)
    return silent(house, house.at(3) + 22 * HOUR, house.at(4) + 3 * HOUR + 7 * MINUTE)


def missing_hour(house: Shown) -> Shown:
    """The hour is not there in which the clocks are set, forward or back."""
    zone = ZoneInfo("Europe/Stockholm")
    slots = sorted(house.truth["load"])
    for before, after in pairwise(slots):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            house = silent(house, after - HOUR, after)
            return silent(house, after, after + HOUR)
    raise AssertionError("no clock is set in this time")


def spikes(house: Shown) -> Shown:
    """Once a day all counters show nonsense for one reading."""

    def odd(one: Reading) -> float:
        if (one.measured_at.hour, one.measured_at.minute) != (11, 30):
            return one.value
        return 0.0 if one.measured_at.day % 2 else one.value + 700

    readings = tuple(replace(one, value=odd(one)) for one in house.readings)
    return replace(house, readings=readings)


def duplicates(house: Shown) -> Shown:
    """A fifth of the readings comes twice, at once or much later."""
    chance = random.Random(7)  # noqa: S311 (no secret)
    found: list[Reading] = []
    again: list[tuple[int, Reading]] = []
    for number, one in enumerate(house.readings):
        found.append(one)
        if chance.random() < 1 / 5:
            again.append((number + chance.choice((1, 1, 40, 800)), one))
    for place, one in sorted(again, key=lambda pair: pair[0], reverse=True):
        found.insert(place, one)
    return replace(house, readings=tuple(found))


def disorder(house: Shown) -> Shown:
    """Readings come up to 40 minutes late, those of a whole afternoon six hours late."""
    chance = random.Random(11)  # noqa: S311 (no secret)

    def heard(one: Reading) -> datetime:
        late = house.at(2) + 12 * HOUR <= one.measured_at < house.at(2) + 15 * HOUR
        return one.measured_at + (6 * HOUR if late else chance.random() * 40 * MINUTE)

    return replace(house, readings=tuple(sorted(house.readings, key=heard)))


FAULTS: Mapping[str, Fault] = {
    "resets": resets,
    "freeze and lump": freeze,
    "unavailable hours": unavailable,
    "missing hour": missing_hour,
    "spikes": spikes,
    "duplicates": duplicates,
    "out of order": disorder,
}


def with_all(house: Shown) -> Shown:
    """All faults at once."""
    for fault in FAULTS.values():
        house = fault(house)
    return house


def anywhere(house: Shown, chance: random.Random) -> Shown:
    """A freeze, a silence and resets at moments of their own, and all that needs no moment."""
    begin, times = house.at(0.5), list[tuple[datetime, datetime]]()
    while len(times) < 2:
        start = begin + chance.random() * 3 * DAY
        end = start + chance.uniform(5, 30) * HOUR
        if all(end + HOUR < one or start > other + HOUR for one, other in times):
            times.append((start, end))
    house = silent(held(house, *times[0]), *times[1])
    for channel in ENERGIES:
        moment = begin + chance.random() * 5 * DAY
        if not any(start - HOUR < moment < end + HOUR for start, end in times):
            house = started_again(house, channel, [moment])
    return disorder(duplicates(spikes(house)))


def by_hour(slots: Iterable[tuple[datetime, float]]) -> dict[datetime, float]:
    """Sums of energies [kWh]."""
    sums: dict[datetime, float] = {}
    for start, kwh in slots:
        hour = start.replace(minute=0)
        sums[hour] = sums.get(hour, 0.0) + kwh
    return sums


def assert_right(rows: Iterable[Known], house: Shown) -> None:
    """Right where it can be known, flagged where not and only there, the total conserved."""
    slots = list(rows)
    for channel, truth in house.truth.items():
        told = by_hour((row.start, row.kwh[channel]) for row in slots if channel in row.kwh)
        flagged = {
            row.start.replace(minute=0) for row in slots if row.flags.get(channel, 0) & DOUBTED
        }
        wrong = {
            hour: (told.get(hour), kwh)
            for hour, kwh in by_hour(truth.items()).items()
            if hour not in flagged and abs(told.get(hour, 0.0) - kwh) > KNOWABLE_KWH
        }
        assert not wrong, (channel, wrong)
        known = {hour for name, hour in house.unknowable if name == channel}
        assert flagged <= known, (channel, sorted(flagged - known))
        counted = sum(truth.values()) - house.lost.get(channel, 0.0)
        assert sum(told.values()) == pytest.approx(counted, abs=0.02), channel
