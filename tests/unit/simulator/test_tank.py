from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_simulator.core.parameters import TankParameters
from darkstar_simulator.core.tank import Tank, course, heat_taken, next_switch, thermostat

TANK = TankParameters()


@pytest.mark.parametrize(
    ("temperature", "was", "becomes"),
    [
        (56.9, False, True),
        (57.0, False, True),
        (57.1, False, False),
        (57.1, True, True),
        (59.9, True, True),
        (60.0, True, False),
        (70.0, True, False),
    ],
)
def test_thermostat_has_three_kelvin_of_hysteresis(
    temperature: float, was: bool, becomes: bool
) -> None:
    assert thermostat(Tank(temperature_c=temperature, heating=was), 60.0, TANK).heating is becomes


def test_an_idle_tank_cools_after_newton() -> None:
    going = course(Tank(temperature_c=60.0), 0.0, TANK)
    rate = TANK.loss_kw_per_k / TANK.kwh_per_k
    assert going.after(10.0) == pytest.approx(20 + 40 * math.exp(-rate * 10))


def test_heating_up_takes_as_long_as_energy_says() -> None:
    lossless = TankParameters(loss_kw_per_k=1e-9)
    tank = Tank(temperature_c=50.0, heating=True)
    hours, edge = next_switch(tank, course(tank, 0.0, lossless), 60.0, lossless)
    assert edge == 60.0
    assert hours == pytest.approx(10 * 300 * 4.186 / 3600 / 3.0, rel=1e-6)


def test_a_draw_takes_its_heat() -> None:
    lossless = TankParameters(loss_kw_per_k=1e-9)
    going = course(Tank(temperature_c=60.0), 2.0, lossless)
    assert going.after(1.0) == pytest.approx(60 - 2.0 / lossless.kwh_per_k, rel=1e-6)
    assert heat_taken(going, 1.0, 2.0, lossless)[1] == pytest.approx(2.0)


def test_a_lukewarm_tank_gives_less_and_never_gets_colder_than_the_water_main() -> None:
    going = course(Tank(temperature_c=24.0), 2.0, TANK)
    assert going.scarce
    assert heat_taken(going, 0.01, 2.0, TANK)[1] == pytest.approx(0.01, rel=0.05)
    assert going.after(1000.0) > TANK.cold_c


def test_comfort_is_crossed_once_in_each_direction() -> None:
    tank = Tank(temperature_c=TANK.comfort_c)
    assert course(tank, 1.0, TANK).scarce
    assert not course(Tank(temperature_c=TANK.comfort_c, heating=True), 1.0, TANK).scarce


@given(
    temperature=st.floats(10, 84),
    heating=st.booleans(),
    draw=st.floats(0, 20),
    hours=st.floats(0.0001, 1.0),
)
def test_heat_is_conserved_while_nothing_switches(
    *, temperature: float, heating: bool, draw: float, hours: float
) -> None:
    tank = Tank(temperature_c=temperature, heating=heating)
    going = course(tank, draw, TANK)
    spent = min(hours, next_switch(tank, going, 85.0, TANK)[0])
    lost, drawn = heat_taken(going, spent, draw, TANK)
    stored = (going.after(spent) - temperature) * TANK.kwh_per_k
    heated = TANK.heater_kw * spent if heating else 0.0
    assert heated == pytest.approx(stored + lost + drawn, abs=1e-9)
