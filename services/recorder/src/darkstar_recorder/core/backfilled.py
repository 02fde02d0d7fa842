"""The past of a house as Home Assistant remembers it: which entities, and readings out of them.

A counter has two memories there. Long-term statistics are kept for ever, one row an hour, and
their `sum` has no resets. The history of states is as fine as the sensor, and ends after about ten
days. The history goes before the statistics as far back as it reaches.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from darkstar_common.slots import SLOT, slot_start, slots_between
from darkstar_recorder.core.memories import Hour, Known, State
from darkstar_recorder.core.readings import ENERGIES, SOC, Reading

HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
PRICE = "price"
HOLDS = timedelta(hours=6)
"""A price that is the same for hours is remembered once; this long it is believed."""
KWH_PER = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}
_MAIN = {"SEK": ("kr",), "NOK": ("kr",), "DKK": ("kr",), "EUR": ("€",), "GBP": ("£",)}
_HUNDREDTH = {
    "SEK": ("öre",), "NOK": ("øre",), "DKK": ("øre",), "EUR": ("cent", "ct", "c"), "GBP": ("p",),
}  # fmt: skip
_ROLES = {**{f"{one}_energy": one for one in ENERGIES}, "battery_soc": SOC}


class BackfillRefusedError(ValueError):
    """It cannot be fetched; the message says what to change, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a channel comes from.

    Attributes:
        history_factor: From what it shows to kWh, % or currency/kWh; None: it has no history.
        statistics_factor: The same for its statistics; None: it has none.
    """

    channel: str
    entity: str
    history_factor: float | None
    statistics_factor: float | None


def entities(roles: Mapping[str, str], price_entity: str | None) -> dict[str, str]:
    """The entity of each channel that has one.

    Raises:
        BackfillRefusedError: No channel has one, or one is named by something else.
    """
    found = {channel: roles[role] for role, channel in _ROLES.items() if role in roles}
    for role, channel in _ROLES.items():
        if channel in found and "." not in found[channel]:
            raise BackfillRefusedError(
                f"executor.roles.{role} is {found[channel]!r}; to ask Home Assistant for its past, "
                "name it by its entity id, such as sensor.house_energy"
            )
    if price_entity is not None:
        found[PRICE] = price_entity
    if not found:
        raise BackfillRefusedError(
            "no entity is named whose past could be fetched; set executor.roles, such as "
            "load_energy: sensor.house_energy, or recorder.price_entity"
        )
    return found


def source(channel: str, entity: str, known: Known | None, currency: str) -> Source:
    """How `channel` is read from `entity`.

    Raises:
        BackfillRefusedError: There is no such entity, or it is of another kind.
    """
    if known is None:
        raise BackfillRefusedError(
            f"Home Assistant knows no {entity}, which is to be {channel}; "
            "its entities are listed there under Developer tools, States"
        )
    has = known.has_sum if channel in ENERGIES else known.has_mean
    found = Source(
        channel=channel,
        entity=entity,
        history_factor=factor(channel, known.unit, currency),
        statistics_factor=factor(channel, known.statistics_unit, currency) if has else None,
    )
    if found.history_factor is None and found.statistics_factor is None:
        raise BackfillRefusedError(
            f"{entity} is in {known.unit or known.statistics_unit or 'no unit'}, and {channel} is "
            f"wanted in {_wanted(channel, currency)}; name another entity"
        )
    return found


def factor(channel: str, unit: str | None, currency: str) -> float | None:
    """From `unit` to kWh, % or currency/kWh; None: it is something else.

    Example:
        >>> factor("load", "Wh", "SEK"), factor("price", "EUR/MWh", "EUR"), factor("soc", "V", "")
        (0.001, 0.001, None)
    """
    if channel in ENERGIES:
        return KWH_PER.get(unit or "")
    if channel == SOC:
        return 1.0 if unit == "%" else None
    money, _, energy = (unit or "").partition("/")
    if energy not in KWH_PER:
        return None
    if money == currency or money in _MAIN.get(currency, ()):
        return 1.0 / KWH_PER[energy]
    return 0.01 / KWH_PER[energy] if money.lower() in _HUNDREDTH.get(currency, ()) else None


def _wanted(channel: str, currency: str) -> str:
    if channel in ENERGIES:
        return ", ".join(KWH_PER)
    return "%" if channel == SOC else f"{currency}/kWh"


def of_states(one: Source, states: Iterable[State]) -> Iterator[Reading]:
    """What the history showed; `unknown`, `unavailable` and words make no reading.

    It tells of changes alone, so what it shows lasts until the next one: a charge over the
    slots between, and a counter, after an hour, stood still until shortly before.
    """
    shown = sorted(states, key=lambda state: state.at)
    pace = _pace(shown)
    before: Reading | None = None
    for state in shown:
        value = _number(state.text)
        if value is None or one.history_factor is None:
            before = None
            continue
        new = Reading(channel=one.channel, measured_at=state.at, value=value * one.history_factor)
        if before is not None:
            yield from _lasting(before, new, pace)
        yield new
        before = new


def _pace(states: Sequence[State]) -> timedelta:
    """How fast changes follow each other while there are any."""
    apart = [after.at - before.at for before, after in pairwise(states)]
    often = [one for one in apart if one <= SLOT]
    return max(median_low(often), _MINUTE) if often else SLOT


def _lasting(before: Reading, new: Reading, pace: timedelta) -> Iterator[Reading]:
    """`before` between the two, as far as it is sure; changes come at that `pace`."""
    apart = new.measured_at - before.measured_at
    if before.channel == SOC and apart > SLOT:
        for boundary in slots_between(before.measured_at, new.measured_at)[1:]:
            yield replace(before, measured_at=boundary)
    elif before.channel != SOC and apart > HOUR:
        yield replace(before, measured_at=new.measured_at - pace)


def of_hours(one: Source, hours: Iterable[Hour]) -> Iterator[Reading]:
    """A counter's `sum` at the end of each hour; of a battery the hour's mean in its middle."""
    for hour in hours:
        value, at = hour.sum, hour.start + HOUR
        if one.channel == SOC:
            value, at = hour.mean, hour.start + HOUR / 2
        if value is not None and one.statistics_factor is not None:
            yield Reading(channel=one.channel, measured_at=at, value=value * one.statistics_factor)


def prices_of_hours(one: Source, hours: Iterable[Hour]) -> dict[datetime, float]:
    """The mean of an hour is the price of its slots [currency/kWh]."""
    return {
        hour.start + quarter * SLOT: hour.mean * one.statistics_factor
        for hour in hours
        if hour.mean is not None and one.statistics_factor is not None
        for quarter in range(4)
    }


def prices_of_states(
    one: Source, states: Iterable[State], until: datetime
) -> dict[datetime, float]:
    """What the sensor showed in the middle of each slot that starts before `until`.

    A sensor changes a moment after the slot begins, so its start would tell the price before.
    """
    shown = sorted(states, key=lambda state: state.at)
    found: dict[datetime, float] = {}
    for index, state in enumerate(shown):
        value = _number(state.text)
        after = shown[index + 1].at if index + 1 < len(shown) else until
        if value is None or one.history_factor is None:
            continue
        slot = slot_start(state.at)
        end = min(after, state.at + HOLDS)
        while slot + SLOT / 2 < end and slot < until:
            if slot + SLOT / 2 >= state.at:
                found[slot] = value * one.history_factor
            slot += SLOT
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
