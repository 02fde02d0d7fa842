"""What the recorder has of a campaign, beside what is true: asked for when all is over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chaos.campaign import FIRST_HEALTH, Campaign, Outcome
from chaos.energy import CHANNELS, HOUR, hourly, repeated, slots, total, worst
from chaos.faults import EVERYONE, Kind
from chaos.house import ChaosHouse
from support.asking import ask

from darkstar_common.contract import HistoryQuestion, HistoryRows
from darkstar_common.slots import SLOT
from darkstar_simulator.files import read_truth

CALM = timedelta(hours=3)
"""A clock that goes wrong dates what it measures so far off, and a meter is judged by its readings
before: so long after the start no clock jumps."""
_PATIENCE = 60.0
"""For the last slots to be closed and written [s of the wall]."""
_LOST_AROUND = timedelta(seconds=20)
"""What the broker had taken for the recorder so long before it was killed may be lost: it writes
down what it keeps every few seconds [of the wall]."""
_DEAFENS = frozenset({Kind.KILL, Kind.STOP, Kind.PARTITION})
"""What keeps the executor, if it happens to it, from hearing the meters."""
_MESSAGES: tuple[HistoryQuestion, ...] = ("actions", "schedules", "notifications", "episodes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What became of the energy and the messages of a campaign.

    Attributes:
        hours: how many were judged [h].
        off_kwh: by how much the worst channel is off in all [kWh].
        flagged: slots of which the recorder says that it guessed something.
        actions: how many were heard of.
        violations: a sentence for each promise that was broken.
    """

    hours: float
    off_kwh: float
    flagged: int
    actions: int
    violations: Sequence[str]


async def settled(campaign: Campaign, begin: datetime, *, allowed: float) -> Accounts:
    """Wait until all hours are on record, and compare them with the truth.

    Args:
        campaign: Which is over.
        begin: Since when the messages are judged.
        allowed: What a channel may be off by, in an hour or in all [kWh].
    """
    house, wrong = campaign.house, wrong_hours(campaign.outcomes)
    first = _hour(house.trial.start) + HOUR
    end = max([_hour(house.clock.now()), *wrong]) + HOUR
    await house.clock.sleep_until(end + SLOT)
    rows = await _closed(house, first, end)
    truth = {
        start: {one: float(getattr(record.energy, f"{one}_kwh")) for one in CHANNELS}
        for start, record in read_truth(house.truth).items()
        if first <= start < end
    }
    some = slots(rows.columns, truth)
    deaf = deaf_hours(campaign.outcomes, house.clock.speed)
    off = (*hourly(some, apart=wrong, joined=deaf, allowed=allowed), *total(some, allowed=allowed))
    found = [f"{one}{_around(one.hour, campaign.outcomes)}" for one in off]
    found += await _messages(campaign, begin, end)
    return Accounts(
        hours=len(some) / 4,
        off_kwh=worst(some),
        flagged=sum(bool(one.flagged) for one in some),
        actions=len(campaign.observer.actions),
        violations=found,
    )


def _around(hour: datetime | None, outcomes: Sequence[Outcome]) -> str:
    """Which faults came in the hour or the one before, for those who want to see it again."""
    numbers = [
        str(one.fault.number)
        for one in outcomes
        if hour is not None and one.begin < hour + HOUR and one.end > hour - HOUR
    ]
    return f" (faults {' '.join(numbers)})" if numbers else ""


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


async def _closed(house: ChaosHouse, begin: datetime, end: datetime) -> HistoryRows:
    async with asyncio.timeout(_PATIENCE):
        while True:
            rows = await ask(house.bus, what="slots", start=begin, end=end, limit=50_000)
            if rows.row_count >= (end - begin) // SLOT:
                return rows
            await asyncio.sleep(0.2)


async def _messages(campaign: Campaign, begin: datetime, end: datetime) -> list[str]:
    """Nothing is there twice, and every action that was heard of from `begin` to `end` is there."""
    kept = {what: await _ids(campaign.house, what, begin) for what in _MESSAGES}
    found = [f"{what}: {key} is there twice" for what in kept for key in repeated(kept[what])]
    heard = {key: at for key, at in campaign.observer.actions.items() if begin <= at < end}
    missing = lost(heard, kept["actions"], campaign.outcomes, campaign.house.clock.speed)
    return found + [f"the action {one} of {heard[one]} is not on record" for one in missing]


async def _ids(house: ChaosHouse, what: HistoryQuestion, begin: datetime) -> Sequence[object]:
    """The ids of all messages that are on record, also those that a wrong clock has dated."""
    rows = await ask(
        house.bus, what=what, start=begin - 3 * HOUR, end=house.clock.now() + 3 * HOUR,
        limit=50_000, columns=("message_id",),
    )  # fmt: skip
    return rows.columns["message_id"]


def lost(
    heard: Mapping[str, datetime],
    kept: Collection[object],
    outcomes: Sequence[Outcome],
    speed: float,
) -> tuple[str, ...]:
    """The actions that were heard of and are not kept, and no killed broker took along."""
    span = _LOST_AROUND * speed
    kills = [one.begin for one in outcomes if one.fault.kind is Kind.BROKER_KILL]
    there = {str(one) for one in kept}
    return tuple(
        key
        for key, at in heard.items()
        if key not in there and not any(abs(at - kill) <= span for kill in kills)
    )


def deaf_hours(outcomes: Sequence[Outcome], speed: float) -> frozenset[datetime]:
    """The hours that began while nobody could hear the meters; who was never well soon was."""
    found: set[datetime] = set()
    for one in outcomes:
        executor = one.fault.kind in _DEAFENS and one.fault.target == "executor"
        if executor or one.fault.kind in {Kind.BROKER_KILL, Kind.BROKER_RESTART}:
            heard = min(one.recovery.get("executor", 0.0), FIRST_HEALTH)
            last = _hour(one.end + timedelta(seconds=heard * speed))
            hours = (last - _hour(one.begin)) // HOUR
            found |= {last - number * HOUR for number in range(hours)}
    return frozenset(found)


def wrong_hours(outcomes: Sequence[Outcome]) -> frozenset[datetime]:
    """The hours in which a clock was wrong that energies are dated by: all in reach of a jump."""
    found: set[datetime] = set()
    for one in outcomes:
        dates = one.fault.target in {"executor", "recorder", EVERYONE}
        if one.fault.kind is Kind.CLOCK_JUMP and dates:
            hour = _hour(min(one.begin, one.begin + one.fault.ahead * HOUR) - HOUR)
            last = max(one.end, one.end + one.fault.ahead * HOUR) + HOUR
            while hour <= last:
                found.add(hour)
                hour += HOUR
    return frozenset(found)
