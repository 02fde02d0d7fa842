"""Whether the tank was really made hot, from what the house reported."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_planner.core.strategy import TankSlot, heated_hot_kwh, legionella_done

CONFIG = Config()
FULL = 0.75
"""What 3 kW heat in a slot [kWh]."""


def past(
    *slots: tuple[float | None, float | None] | tuple[float | None, float | None, float | None],
) -> tuple[TankSlot, ...]:
    """Slots of energy [kWh], set-point and, where there is a thermometer, temperature [°C]."""
    return tuple(
        TankSlot(
            start=NOON + t * SLOT,
            water_kwh=one[0],
            commanded_c=one[1],
            measured_c=one[2] if len(one) > 2 else None,
        )
        for t, one in enumerate(slots)
    )


def after(slots: int) -> datetime:
    return NOON + slots * SLOT


HOT = (FULL, 65.0)
COLD = (0.0, 40.0)
NORMAL = (FULL, 60.0)


def test_three_hours_at_the_high_set_point_are_a_run() -> None:
    # nine tenths of it are enough: a thermostat switches now and then
    assert legionella_done(CONFIG, past(*[HOT] * 10)) is None
    assert legionella_done(CONFIG, past(*[HOT] * 11)) == after(11)


def test_a_schedule_that_nobody_carried_out_is_none() -> None:
    assert legionella_done(CONFIG, past(*[(0.0, 65.0)] * 40)) is None
    assert legionella_done(CONFIG, past(*[(None, 65.0)] * 40)) is None


def test_heat_at_a_low_or_unknown_set_point_is_none() -> None:
    assert legionella_done(CONFIG, past(*[(FULL, 55.0)] * 40)) is None
    assert legionella_done(CONFIG, past(*[(FULL, None)] * 40)) is None


def test_a_failed_run_stays_due() -> None:
    assert legionella_done(CONFIG, past(*[HOT] * 5, *[(0.0, 65.0)] * 20)) is None


def test_a_satisfied_thermostat_ends_a_run() -> None:
    assert legionella_done(CONFIG, past(*[HOT] * 7, (0.0, 65.0))) == after(8)
    # a slot of which nothing is known is no satisfied thermostat
    assert legionella_done(CONFIG, past(*[HOT] * 7, (None, 65.0))) is None


def test_the_thermometer_is_enough() -> None:
    assert legionella_done(CONFIG, past((0.2, 40.0, 64.9))) is None
    assert legionella_done(CONFIG, past((0.2, 40.0, 64.9), (0.2, 40.0, 65.0))) == after(2)


def test_a_long_pause_starts_anew() -> None:
    assert legionella_done(CONFIG, past(*[HOT] * 6, *[COLD] * 4, *[HOT] * 5)) == after(15)
    assert legionella_done(CONFIG, past(*[HOT] * 6, *[COLD] * 5, *[HOT] * 5)) is None


def test_a_tank_in_daily_use_counts_as_hot() -> None:
    # 3.6 of the 6 kWh of a day
    assert legionella_done(CONFIG, past(*[NORMAL] * 4)) is None
    assert legionella_done(CONFIG, past(*[NORMAL] * 5)) == after(5)
    spread = past(*[NORMAL] * 3, *[COLD] * 50, *[NORMAL] * 2)
    assert legionella_done(CONFIG, spread) == after(55)
    long_ago = past(*[NORMAL] * 3, *[COLD] * 96, *[NORMAL] * 2)
    assert legionella_done(CONFIG, long_ago) is None


def test_a_safe_set_point_without_heat_is_no_use() -> None:
    used = past(*[NORMAL] * 5, *[(0.0, 60.0)] * 20)
    assert legionella_done(CONFIG, used) == after(5)


def test_the_latest_of_several_counts() -> None:
    assert legionella_done(CONFIG, past(*[HOT] * 11, *[NORMAL] * 5)) == after(16)
    assert legionella_done(CONFIG, past(*[NORMAL] * 5, *[HOT] * 11)) == after(16)


def test_a_house_without_heater_has_no_tank() -> None:
    config = CONFIG.model_copy(update={"water_heater": None})
    assert legionella_done(config, past(*[HOT] * 20)) is None
    assert heated_hot_kwh(config, past(*[HOT] * 2), after(2)) == 0


def test_a_run_in_progress_knows_what_it_has_heated() -> None:
    slots = past(*[COLD] * 3, *[HOT] * 4)
    assert heated_hot_kwh(CONFIG, slots, after(7)) == pytest.approx(4 * FULL)
    assert heated_hot_kwh(CONFIG, slots, after(11)) == pytest.approx(4 * FULL)
    assert heated_hot_kwh(CONFIG, slots, after(12)) == 0


def test_a_run_that_is_over_is_not_in_progress() -> None:
    assert heated_hot_kwh(CONFIG, past(*[HOT] * 11), after(11)) == 0
    assert heated_hot_kwh(CONFIG, past(*[NORMAL] * 3), after(3)) == 0
    assert heated_hot_kwh(CONFIG, (), NOON) == 0


def test_a_run_that_never_drew_has_not_begun() -> None:
    assert heated_hot_kwh(CONFIG, past(*[(0.0, 65.0)] * 3), after(3)) == 0


@pytest.mark.parametrize(
    ("key", "value", "done"),
    [
        ("legionella_c", 60.0, True),
        ("legionella_hours", 0.5, False),
        ("daily_min_kwh", 20.0, False),
    ],
)
def test_what_counts_is_configured(key: str, value: float, done: bool) -> None:
    assert CONFIG.water_heater is not None
    heater = CONFIG.water_heater.model_copy(update={key: value, "daily_min_kwh": 20.0})
    config = CONFIG.model_copy(update={"water_heater": heater})
    found = legionella_done(config, past(*[NORMAL] * 11))
    assert (found is not None) == done


slots = st.tuples(
    st.none() | st.floats(0, 1), st.none() | st.floats(20, 80), st.none() | st.floats(5, 64)
)


@given(st.lists(slots, max_size=120))
def test_it_is_never_done_with_less_than_half_the_heat(
    seen: list[tuple[float | None, float | None, float | None]],
) -> None:
    heated = sum(kwh or 0.0 for kwh, _, _ in seen)
    found = legionella_done(CONFIG, past(*seen))
    assert found is None or heated >= 3.6
    assert found is None or found <= after(len(seen))


@given(st.lists(slots, max_size=60), st.integers(0, 200))
def test_a_run_holds_no_more_than_was_heated(
    seen: list[tuple[float | None, float | None, float | None]], later: int
) -> None:
    heated = sum(kwh or 0.0 for kwh, _, _ in seen)
    assert 0 <= heated_hot_kwh(CONFIG, past(*seen), after(later)) <= heated + 1e-9
