from __future__ import annotations

from datetime import timedelta

import pytest
from unit.simulator.houses import START, STOCKHOLM

from darkstar_common.slots import SLOT, slots
from darkstar_simulator.core.draws import draw_kw


def day_kwh(seed: int, first_day: int, days: int) -> list[float]:
    return [
        draw_kw(slot, seed=seed, kwh_per_day=6.0, timezone=STOCKHOLM) * 0.25
        for slot in slots(START + timedelta(days=first_day), 96 * days)
    ]


def test_a_mean_day_wants_what_was_asked_for() -> None:
    assert sum(day_kwh(3, 0, 200)) / 200 == pytest.approx(6.0, rel=0.1)


def test_a_household_has_habits_and_no_two_are_alike() -> None:
    assert day_kwh(3, 5, 1) == day_kwh(3, 5, 1)
    assert day_kwh(3, 5, 1) != day_kwh(4, 5, 1)
    assert day_kwh(3, 5, 1) != day_kwh(3, 6, 1)


def test_nobody_showers_in_the_night() -> None:
    night = [slot for slot in slots(START, 96 * 60) if slot.astimezone(STOCKHOLM).hour < 6]
    drawn = [draw_kw(slot, seed=1, kwh_per_day=6.0, timezone=STOCKHOLM) for slot in night]
    assert sum(drawn) == 0.0


def test_somebody_showers_at_six_by_the_local_clock() -> None:
    early = [slot for slot in slots(START, 96 * 60) if slot.astimezone(STOCKHOLM).hour == 6]
    drawn = [draw_kw(slot, seed=1, kwh_per_day=6.0, timezone=STOCKHOLM) for slot in early]
    assert sum(drawn) > 0.0


def test_a_draw_is_constant_over_its_slot() -> None:
    start = next(
        slot
        for slot in slots(START, 96)
        if draw_kw(slot, seed=1, kwh_per_day=6.0, timezone=STOCKHOLM) > 0
    )
    inside = draw_kw(start + SLOT / 2, seed=1, kwh_per_day=6.0, timezone=STOCKHOLM)
    assert inside == draw_kw(start, seed=1, kwh_per_day=6.0, timezone=STOCKHOLM)
