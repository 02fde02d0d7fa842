"""What a day cost, and how well what was recorded and what was planned agree with the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from darkstar_common.config import Config
from darkstar_common.contract import HistoryRows, Schedule
from darkstar_common.slots import SLOT
from darkstar_simulator.core.counters import SlotRecord
from darkstar_simulator.core.day import simulate_fallback
from darkstar_simulator.core.house import House, HouseState
from darkstar_simulator.core.tank import Tank

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


def state_after(record: SlotRecord, house: House) -> HouseState:
    """The house as it stands when the slot of `record` has ended."""
    end = record.start + SLOT
    return HouseState(
        at=end,
        stored_kwh=record.soc_percent / 100 * house.parameters.battery.capacity_kwh,
        tank=Tank(temperature_c=record.tank_c),
        opened_at=end,
    )


def bill(records: Iterable[SlotRecord], house: House, config: Config) -> float:
    """Import minus export over `records` [currency]."""
    money, tariff = 0.0, config.tariff
    for one in records:
        spot = house.series.spot_per_kwh[house.series.index(one.start)] or 0.0
        money += one.energy.import_kwh * tariff.import_price(
            spot, one.start.astimezone(config.zone)
        )
        money -= one.energy.export_kwh * tariff.export_price(spot)
    return money


def aftermath(last: SlotRecord, house: House, config: Config) -> float:
    """What the two following days cost under the fallback, from where `last` ended.

    By then battery and tank are about the same whatever they were, so a day that emptied them
    pays for it here.
    """
    end = last.start + SLOT
    _, records = simulate_fallback(
        house, start=end, end=end + timedelta(days=2), state=state_after(last, house)
    )
    return bill(records, house, config)


def planned_change(schedules: Sequence[Schedule], start: datetime) -> float | None:
    """By how much the state of charge was to change in the slot, when the slot began [points]."""
    in_force = [one for one in schedules if one.issued_at <= start]
    before = in_force[-1].soc_percent_at_start if in_force else None
    for slot in in_force[-1].slots if in_force else ():
        if slot.start == start and slot.soc_percent is not None and before is not None:
            return slot.soc_percent - before
        before = slot.soc_percent
    return None


def following_error(
    schedules: Sequence[Schedule], truth: Mapping[datetime, SlotRecord], slots: Sequence[datetime]
) -> float:
    """Mean distance between planned and true change of state of charge in a slot [points].

    Changes, not levels: at high speed a schedule is an hour old when it comes, and starts from
    where the battery was then.
    """
    found = [
        abs(truth[start].soc_percent - truth[start - SLOT].soc_percent - planned)
        for start in slots
        if (planned := planned_change(schedules, start)) is not None
    ]
    return fmean(found)


def slots_of(begin: datetime, end: datetime) -> tuple[datetime, ...]:
    """The slots of a stretch of time."""
    return tuple(begin + number * SLOT for number in range((end - begin) // SLOT))
