"""Windows across midnight, a button, a short memory, no ceiling: an awkward brand, lived with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.executor.clockwork import CLOCKWORK, FORGETS, profile
from unit.executor.days import Block, Day, Kind, a_day, wavering
from unit.executor.life import Life, Minute
from unit.executor.played import MINUTE, Player, misses

from darkstar_executor.core.profile import Profile
from darkstar_simulator.core.simulation import Simulation

MIDNIGHT = timedelta(hours=2)
"""Days begin at 22:00."""


def player(day: Day, words: Profile | None = None) -> Player:
    return Player("clockwork", day, profile=words or profile(), dialect=CLOCKWORK)


def charged_or_sold(one: Minute) -> float:
    flows = one.flows
    return min(flows.charge_kw, flows.import_kw) + min(flows.discharge_kw, flows.export_kw)


def forced(kind: Kind, hours: float = 4) -> Day:
    blocks = [
        Block(kind=kind, hours=hours, load_kw=0.5, power_kw=2.0),
        Block(kind="hold", hours=24, load_kw=0.5),
    ]
    return a_day(blocks, vary=False)


@pytest.fixture(scope="module")
def life() -> Life:
    return player(a_day().with_surprise(wavering)).lived(step=2 * MINUTE)


def test_a_day_in_windows_follows_the_plan(life: Life) -> None:
    wrong = list(misses(life))
    assert not wrong, "\n\n".join(wrong)
    assert not life.unbound
    assert not life.refused


def test_a_window_is_written_when_a_block_begins_and_when_the_day_changes(life: Life) -> None:
    ends = [
        (f"{one.at:%H:%M}", word)
        for one in life.minutes
        for word in one.written
        if word.startswith(("starts=", "ends="))
    ]
    charge = [word for at, word in ends if at in {"21:00", "22:00", "23:00"}]
    assert charge == ["ends=01:00", "starts=18:00", "starts=00:00", "ends=00:00"], ends
    assert len(ends) < 20


def test_the_button_is_pressed_after_what_it_makes_valid(life: Life) -> None:
    for one in life.minutes:
        staged = [word for word in one.written if word.startswith(("mode=", "starts=", "ends="))]
        pressed = [number for number, word in enumerate(one.written) if word.startswith("apply=")]
        assert bool(staged) == bool(pressed), one
        if staged:
            assert one.written.index(staged[-1]) < pressed[-1], one


def test_what_is_forgotten_is_told_again_in_time(life: Life) -> None:
    told = [
        one.at
        for one in life.minutes
        if one.command.intent == "charge_from_grid"
        for word in one.written
        if word.startswith("setpoint=")
    ]
    assert len(told) > 20
    assert not [one for one in life.writes.values() if one >= 60], "memory that does not wear"


def test_a_profile_that_does_not_tell_again_would_have_missed_the_plan() -> None:
    day = a_day([Block(kind="grid", hours=1, load_kw=0.5, power_kw=4.0)], vary=False)
    assert not list(misses(player(day).lived()))
    assert list(misses(player(day, profile(refresh_seconds=None)).lived()))


def test_without_a_ceiling_darkstar_ends_the_charge_at_its_state_of_charge() -> None:
    day = a_day(
        [
            Block(kind="grid", hours=1, load_kw=0.5, power_kw=4.0),
            Block(kind="hold", hours=1, load_kw=0.5),
        ],
        vary=False,
    )
    sunny = day.with_surprise(lambda _: (0.0, 1.0))
    life = player(sunny).lived()
    assert max(one.soc_percent for one in life.minutes) < 69 + 1
    assert not profile().ends_itself("charge_from_grid")


@pytest.mark.parametrize("kind", ["grid", "export"])
@pytest.mark.parametrize("dies", [timedelta(minutes=30), MIDNIGHT + timedelta(minutes=30)])
def test_left_alone_it_ends_with_its_window_and_does_not_begin_again_that_day(
    kind: Kind, dies: timedelta
) -> None:
    """Even an inverter that forgets nothing: the power is told once, and holds."""
    day = forced(kind)
    one = player(day, profile(refresh_seconds=None))
    one.lived(until=day.start + dies)
    one.sim = _remembers(one)
    life = one.lived(dies_at=day.start + dies, until=day.start + timedelta(hours=14))
    late = [one for one in life.minutes if one.at >= day.start + timedelta(hours=4, minutes=1)]
    assert charged_or_sold(life.minutes[0]) > 1, life.story(day.start, day.end)
    assert not any(charged_or_sold(one) > 0.1 for one in late), life.story(day.start, day.end)


def test_left_alone_an_inverter_that_forgets_ends_even_sooner() -> None:
    day = forced("grid")
    life = player(day).lived(dies_at=day.start + 30 * MINUTE, until=day.start + MIDNIGHT)
    late = [one for one in life.minutes if one.at > day.start + 30 * MINUTE + FORGETS]
    assert not any(charged_or_sold(one) > 0.1 for one in late)


def _remembers(one: Player) -> Simulation:
    settings = {**one.sim.settings, "_known_until": (one.day.end + MIDNIGHT).isoformat()}
    return replace(one.sim, settings=settings)
