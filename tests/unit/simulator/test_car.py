"""The car: here by the clock, charged as far as it is offered, and as far as it goes."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.simulator.houses import ROUND, START, STOCKHOLM, a_house, at_soc

from darkstar_simulator.core.car import Car, charged, drawn_kw, hours_to_full, is_home
from darkstar_simulator.core.control import Orders, fallback_orders
from darkstar_simulator.core.house import HouseState, advance, advance_slots, flows_now
from darkstar_simulator.core.parameters import WallboxParameters

BOX = WallboxParameters(
    capacity_kwh=40.0, min_kw=1.4, max_kw=11.0, efficiency=0.9, trip_kwh=9.0, initial_percent=50.0
)
PARTS = replace(ROUND, wallbox=BOX)
HOUR = timedelta(hours=1)
EVENING = datetime(2026, 5, 4, 18, tzinfo=STOCKHOLM)


def offering(kw: float, *, islanded: bool = False) -> Orders:
    """Plain self-consumption with that much for the car, the heater cold."""
    return replace(fallback_orders(PARTS), ev_kw=kw, water_setpoint_c=20.0, islanded=islanded)


def at(moment: datetime, stored_kwh: float = 20.0) -> HouseState:
    utc = moment.astimezone(START.tzinfo)
    return replace(at_soc(50, PARTS), at=utc, opened_at=utc, car=Car(stored_kwh=stored_kwh))


@pytest.mark.parametrize(
    ("clock", "home"), [("06:59", True), ("07:00", False), ("16:45", False), ("17:00", True)]
)
def test_it_is_away_over_the_day(clock: str, home: bool) -> None:
    local = datetime.combine(EVENING.date(), time.fromisoformat(clock), tzinfo=STOCKHOLM)
    assert is_home(local, BOX) is home


@pytest.mark.parametrize(("clock", "home"), [("21:45", True), ("22:00", False), ("05:00", False)])
def test_a_night_shift_is_away_over_midnight(clock: str, home: bool) -> None:
    local = datetime.combine(EVENING.date(), time.fromisoformat(clock), tzinfo=STOCKHOLM)
    assert is_home(local, replace(BOX, leaves=time(22), returns=time(6))) is home


@pytest.mark.parametrize(("phases", "least", "most"), [(1, 7.0, 48.0), (3, 3.0, 16.0)])
def test_amperes_are_of_all_phases(phases: int, least: float, most: float) -> None:
    box = replace(BOX, phases=phases)
    assert (box.min_current_a, box.max_current_a) == (least, most)
    assert box.kilowatts(10.0) == pytest.approx(2.3 * phases)


@pytest.mark.parametrize(
    ("stored", "offered", "taken"), [(20.0, 7.0, 7.0), (20.0, 0.0, 0.0), (20.0, 12.0, 11.0),
                                     (40.0, 7.0, 0.0)]
)  # fmt: skip
def test_it_takes_what_it_is_offered_until_it_is_full(
    stored: float, offered: float, taken: float
) -> None:
    assert drawn_kw(Car(stored_kwh=stored), offered, BOX) == taken


def test_hours_to_full() -> None:
    assert hours_to_full(Car(stored_kwh=31.0), 5.0, BOX) == pytest.approx(2.0)
    assert hours_to_full(Car(stored_kwh=31.0), 0.0, BOX) == math.inf
    assert charged(Car(stored_kwh=31.0), 5.0, 1.0, BOX).stored_kwh == pytest.approx(35.5)


def test_it_is_part_of_the_load_and_counted_by_itself() -> None:
    house = a_house(load_kw=1.0, parameters=PARTS)
    found = flows_now(at(EVENING), house, offering(4.0))
    assert (found.load_kw, found.ev_kw, found.water_kw) == (5.0, 4.0, 0.0)
    state = advance(at(EVENING), house, offering(4.0), at(EVENING).at + HOUR)
    assert state.counters.ev_kwh == pytest.approx(4.0)
    assert state.counters.load_kwh == pytest.approx(5.0)
    assert state.car is not None
    assert state.car.stored_kwh == pytest.approx(23.6)


@pytest.mark.parametrize(("stored", "offered"), [(38.2, 4.0), (38.1, 3.7), (37.7, 2.3)])
def test_it_ends_at_its_exact_moment_when_it_is_full(stored: float, offered: float) -> None:
    house = a_house(parameters=PARTS)
    state = advance(at(EVENING, stored), house, offering(offered), at(EVENING).at + 2 * HOUR)
    assert state.car == Car(stored_kwh=40.0)
    assert state.counters.ev_kwh == pytest.approx((40.0 - stored) / 0.9)


def test_away_or_without_a_grid_it_takes_nothing() -> None:
    house = a_house(parameters=PARTS)
    assert flows_now(at(EVENING - 6 * HOUR), house, offering(4.0)).ev_kw == 0.0
    assert flows_now(at(EVENING), house, offering(4.0, islanded=True)).ev_kw == 0.0


@pytest.mark.parametrize(("before", "after"), [(20.0, 11.0), (5.0, 0.0)])
def test_it_comes_back_with_a_trip_behind_it(before: float, after: float) -> None:
    noon = at(EVENING - 6 * HOUR, before)
    house = a_house(parameters=PARTS)
    state, records = advance_slots(noon, house, offering(0.0), at(EVENING).at)
    assert state.car == Car(stored_kwh=after)
    assert state.counters.ev_driven_kwh == before - after
    driven = [one.energy.ev_driven_kwh for one in records]
    assert driven[19] == before - after  # the last quarter before 17:00
    assert records[-1].ev_soc_percent == pytest.approx(after / 0.4)


@settings(max_examples=50, deadline=None)
@given(
    offers=st.lists(st.floats(0, 12), min_size=1, max_size=8),
    cuts=st.lists(st.integers(1, 48 * 3600), max_size=10).map(sorted),
    stored=st.floats(0, 40),
)
def test_the_cars_energy_is_conserved_whatever_the_steps(
    offers: list[float], cuts: list[int], stored: float
) -> None:
    begun = at(EVENING - 10 * HOUR, stored)
    state, house = begun, a_house(load_kw=0.5, parameters=PARTS)
    for number, second in enumerate([*cuts, 48 * 3600]):
        until = begun.at + timedelta(seconds=second)
        state = advance(state, house, offering(offers[number % len(offers)]), until)
    assert state.car is not None
    assert 0 <= state.car.stored_kwh <= 40
    gained = state.counters.ev_kwh * 0.9 - state.counters.ev_driven_kwh
    assert state.car.stored_kwh - stored == pytest.approx(gained, abs=1e-6)
    c = state.counters
    brought = c.pv_kwh + c.discharge_kwh + c.import_kwh
    assert brought == pytest.approx(c.load_kwh + c.own_kwh + c.charge_kwh + c.export_kwh, abs=1e-6)


def test_a_house_without_a_wallbox_has_no_car() -> None:
    state = advance(at_soc(50), a_house(), offering(4.0), START + HOUR)
    assert (state.car, state.counters.ev_kwh) == (None, 0.0)
