"""A house as the history of Home Assistant tells of it: a state for each change, and no other."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

import pytest
from support.faulty_meters import (
    DOUBTED,
    HOUR,
    KNOWABLE_KWH,
    LIMITS,
    Shown,
    by_hour,
    freeze,
    generated,
    shown,
    unavailable,
)

from darkstar_recorder.core.backfilled import Source, of_states
from darkstar_recorder.core.flags import GAP, LUMP
from darkstar_recorder.core.memories import State
from darkstar_recorder.core.slots import SlotEnergy, energies


@cache
def week() -> Shown:
    return shown(generated(date(2026, 3, 24), 7))


def changes(house: Shown, channel: str) -> list[State]:
    """What Home Assistant keeps of a counter."""
    told: list[State] = []
    for one in house.readings:
        text = f"{one.value:.3f}"
        if one.channel == channel and (not told or told[-1].text != text):
            told.append(State(at=one.measured_at, text=text))
    return told


def worked_out(house: Shown) -> dict[datetime, SlotEnergy]:
    found = {}
    for channel in house.truth:
        source = Source(
            channel=channel, entity="sensor.any", history_factor=1.0, statistics_factor=None
        )
        found[channel] = list(of_states(source, changes(house, channel)))
    return energies(found, limits=LIMITS)


def doubted(rows: dict[datetime, SlotEnergy], channel: str, flags: int = DOUBTED) -> set[datetime]:
    return {
        start.replace(minute=0) for start, row in rows.items() if row.flags.get(channel, 0) & flags
    }


@pytest.mark.parametrize("channel", ["load", "pv", "import", "export", "charge", "water", "ev"])
def test_what_rests_is_known_to_rest(channel: str) -> None:
    rows = worked_out(week())
    truth = by_hour(week().truth[channel].items())
    told = by_hour((row.start, row.kwh[channel]) for row in rows.values() if channel in row.kwh)
    unsure = doubted(rows, channel)
    assert len(unsure) < len(truth) / 10
    wrong = {
        hour: (told.get(hour), kwh)
        for hour, kwh in truth.items()
        if hour not in unsure and abs(told.get(hour, 0.0) - kwh) > KNOWABLE_KWH
    }
    assert not wrong
    assert sum(told.values()) == pytest.approx(sum(truth.values()), abs=0.01)


def test_a_freeze_is_a_lump_and_divided() -> None:
    house = freeze(week())
    rows = worked_out(house)
    lumped = doubted(rows, "load", LUMP)
    assert 17 <= len(lumped) <= 19
    assert max(rows[hour].kwh["load"] for hour in lumped) < 1.0


def test_hours_without_a_word_are_a_gap() -> None:
    start, end = week().at(3) + 9 * HOUR, week().at(3) + 13 * HOUR
    states = changes(unavailable(week()), "load")
    states.append(State(at=end - HOUR / 60, text="unavailable"))
    source = Source(channel="load", entity="sensor.any", history_factor=1.0, statistics_factor=None)
    rows = energies({"load": list(of_states(source, states))}, limits=LIMITS)
    assert {start + number * HOUR for number in range(4)} <= doubted(rows, "load", GAP)
