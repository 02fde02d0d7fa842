"""What a day cost, and how well what was recorded and what was planned agree with the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from darkstar_common.contract import HistoryRows, Schedule
from darkstar_common.slots import SLOT
from darkstar_simulator.core.counters import SlotRecord
from darkstar_simulator.core.parameters import HouseParameters

CHANNELS = ("load", "pv", "import", "export", "charge", "discharge", "water")


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest disagreement between recorder and simulator."""

    kwh: float
    hour: datetime | None
    channel: str


def recorded_energy(rows: HistoryRows) -> dict[datetime, dict[str, float | None]]:
    """Energies by slot and channel [kWh]."""
    starts = [datetime.fromisoformat(one) for one in rows.columns["start"]]
    return {
        start: {channel: rows.columns[f"{channel}_kwh"][number] for channel in CHANNELS}
        for number, start in enumerate(starts)
    }


def true_energy(record: SlotRecord, channel: str) -> float:
    """What the simulator says flowed [kWh]."""
    return float(getattr(record.energy, f"{channel}_kwh"))


def hourly_difference(
    recorded: Mapping[datetime, Mapping[str, float | None]],
    truth: Mapping[datetime, SlotRecord],
    slots: Iterable[datetime],
) -> Difference:
    """The worst hour of the worst channel; a slot that was not recorded counts as nothing."""
    sums: dict[tuple[datetime, str], float] = defaultdict(float)
    for start in slots:
        for channel in CHANNELS:
            seen = recorded.get(start, {}).get(channel) or 0.0
            hour = start.replace(minute=0)
            sums[hour, channel] += seen - true_energy(truth[start], channel)
    (hour, channel), worst = max(sums.items(), key=lambda item: abs(item[1]))
    return Difference(abs(worst), hour, channel)


def total_difference(
    recorded: Mapping[datetime, Mapping[str, float | None]],
    truth: Mapping[datetime, SlotRecord],
    slots: Sequence[datetime],
) -> Difference:
    """The channel whose sum over all `slots` is furthest off."""
    found = []
    for channel in CHANNELS:
        seen = sum(recorded.get(start, {}).get(channel) or 0.0 for start in slots)
        found.append(
            Difference(
                abs(seen - sum(true_energy(truth[start], channel) for start in slots)),
                None,
                channel,
            )
        )
    return max(found, key=lambda one: one.kwh)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a stretch of time cost, and what it left behind."""

    money: float
    soc_percent: float
    tank_c: float


Prices = Mapping[datetime, tuple[float, float]]


def recorded_prices(rows: HistoryRows) -> dict[datetime, tuple[float, float]]:
    """Import and export price of each slot [currency/kWh]."""
    columns = (rows.columns[name] for name in ("start", "import_per_kwh", "export_per_kwh"))
    return {
        datetime.fromisoformat(start): (into, out)
        for start, into, out in zip(*columns, strict=True)
    }


def bill(records: Sequence[SlotRecord], prices: Prices) -> Bill:
    """Import minus export over `records` at `prices`."""
    money = sum(
        one.energy.import_kwh * prices[one.start][0] - one.energy.export_kwh * prices[one.start][1]
        for one in records
    )
    return Bill(money, records[-1].soc_percent, records[-1].tank_c)


def comparable(ours: Bill, other: Bill, prices: Prices, house: HouseParameters) -> float:
    """Our bill, as if we had ended with as much stored as `other` [currency].

    What is missing in battery and tank is bought at the mean import price; what is left over
    is worth the mean export price in the battery, and nothing in the tank.
    """
    battery_kwh = (ours.soc_percent - other.soc_percent) / 100 * house.battery.capacity_kwh
    tank_kwh = (ours.tank_c - other.tank_c) * house.tank.kwh_per_k
    buy, sell = fmean(one[0] for one in prices.values()), fmean(one[1] for one in prices.values())
    missing = max(0.0, -battery_kwh) + max(0.0, -tank_kwh)
    return float(ours.money + missing * buy - max(0.0, battery_kwh) * max(0.0, sell))


def planned_soc(schedules: Sequence[Schedule], start: datetime) -> float | None:
    """The state of charge that was planned for the end of the slot, when the slot began [%]."""
    in_force = [one for one in schedules if one.issued_at <= start]
    for slot in in_force[-1].slots if in_force else ():
        if slot.start == start:
            return slot.soc_percent
    return None


def soc_error(
    schedules: Sequence[Schedule], truth: Mapping[datetime, SlotRecord], slots: Sequence[datetime]
) -> float:
    """Mean distance between planned and true state of charge at the ends of `slots` [points]."""
    found = [
        abs(truth[start].soc_percent - planned)
        for start in slots
        if (planned := planned_soc(schedules, start)) is not None
    ]
    return fmean(found)


def slots_of(begin: datetime, end: datetime) -> tuple[datetime, ...]:
    """The slots of a stretch of time."""
    return tuple(begin + number * SLOT for number in range((end - begin) // SLOT))
