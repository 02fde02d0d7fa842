from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.simulator.houses import ROUND, START, a_house, at_soc, deye

from darkstar_simulator.core.control import Orders, fallback_orders
from darkstar_simulator.core.day import simulate, simulate_fallback
from darkstar_simulator.core.house import HouseState

DAY = timedelta(days=1)


def test_the_fallback_is_self_consumption_within_the_limits() -> None:
    found = fallback_orders(ROUND, min_soc_percent=15)
    expected = deye(battery_soc_target=15).control
    assert found.control == replace(expected, charge_kw=5.0, discharge_kw=5.0)
    assert found.water_setpoint_c == 60


def test_a_day_under_the_fallback() -> None:
    house = a_house(load_kw=0.5)
    state, records = simulate_fallback(house, start=START, end=START + DAY, min_soc_percent=10)
    assert len(records) == 96
    assert records[0].start == START
    # 4 kWh above the floor give 3.2 kWh
    assert sum(one.energy.discharge_kwh for one in records) == pytest.approx(3.2)
    assert state.stored_kwh == pytest.approx(1.0)
    assert sum(one.energy.load_kwh for one in records) == pytest.approx(state.counters.load_kwh)


def test_the_controller_is_asked_at_each_slot_and_obeyed() -> None:
    asked: list[HouseState] = []

    def at_noon_only(state: HouseState) -> Orders:
        asked.append(state)
        now = len(asked) == 2
        return deye(battery_grid_charging=now, battery_soc_target=100, water_heater_setpoint=30)

    _, records = simulate(
        a_house(),
        at_noon_only,
        start=START + timedelta(minutes=5),
        end=START + timedelta(hours=1),
        state=None,
    )
    assert [state.at.minute for state in asked] == [5, 15, 30, 45]
    assert [round(one.energy.charge_kwh, 6) for one in records] == [0, 1.25, 0, 0]


def test_it_goes_on_from_a_given_state() -> None:
    state, _ = simulate_fallback(a_house(), start=START, end=START + DAY, state=at_soc(5))
    assert state.stored_kwh == pytest.approx(0.5)
