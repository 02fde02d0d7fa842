"""Obedience in the simulated house: no false alarm in a day, and a deaf inverter found in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from unit.executor.days import Block, Kind, Surprise, a_day, dull, sunny, wavering
from unit.executor.played import day_of
from unit.executor.watching import Watcher

from darkstar_executor.profiles import PROFILES

MINUTE = timedelta(minutes=1)
HOURS = timedelta(hours=1)


def gusty(number: int) -> tuple[float, float]:
    """Clouds that come and go, and a car of 7 kW for two hours."""
    return (7.0 if 20 <= number % 96 < 28 else 0.2), (0.2, 1.3, 0.6, 1.1, 0.1)[number % 5]


@pytest.mark.parametrize("surprise", [wavering, sunny, dull, gusty])
def test_a_whole_day_of_obedience_raises_no_alarm(surprise: Surprise) -> None:
    watcher = Watcher("deye", day_of("deye").with_surprise(surprise))
    watcher.lived()
    assert watcher.alarms == []
    assert len(watcher.told) >= 24 * 60


@pytest.mark.parametrize("name", PROFILES)
def test_no_brand_raises_an_alarm_by_its_own_ways(name: str) -> None:
    watcher = Watcher(name, day_of(name).with_surprise(dull))
    watcher.lived(step=3 * MINUTE)
    assert watcher.alarms == []


def hour(kind: Kind, *, load_kw: float = 1.0, pv_kw: float = 0.0, power_kw: float = 0.0) -> Block:
    return Block(kind=kind, hours=1, load_kw=load_kw, pv_kw=pv_kw, power_kw=power_kw)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (hour("hold"), hour("grid", power_kw=4.0)),
        (hour("hold"), hour("export", power_kw=4.0)),
        (hour("hold"), hour("discharge")),
        (hour("pv", pv_kw=4.0), hour("idle", pv_kw=4.0)),
        (hour("grid", power_kw=2.0), "stop"),
        (hour("export", power_kw=2.0), "stop"),
        (hour("discharge"), "stop"),
        (hour("pv", pv_kw=3.0), "stop"),
    ],
)
def test_a_deaf_inverter_is_found_within_the_configured_minutes_and_one(
    first: Block, then: Block | Literal["stop"]
) -> None:
    if then == "stop":
        day = a_day((first, first), vary=False)
        change = day.start + HOURS / 2
        day = replace(day, stops=((change, change + HOURS),))
    else:
        day = a_day((first, then), vary=False)
        change = day.start + HOURS
    watcher = Watcher("deye", day, deaf_from=change)
    watcher.lived(until=change + 10 * MINUTE)
    lost = [one.at for one in watcher.told if one.following.state == "not_following"]
    assert lost, "it was not found"
    patience = watcher.config.executor.not_following_minutes * MINUTE
    assert change + patience <= lost[0] <= change + patience + MINUTE


def test_a_deaf_inverter_is_told_again_three_times_and_no_more() -> None:
    day = a_day((hour("hold"), *(hour("grid", power_kw=1.5),) * 3), vary=False)
    watcher = Watcher("deye", day, deaf_from=day.start + HOURS)
    watcher.lived()
    assert sum(one.again for one in watcher.told) == 3
    assert watcher.told[-2].following.state == "not_following"
