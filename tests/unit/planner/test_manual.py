"""Manual blocks: what people decide is done where it can be, and said where it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.common.keys.probe import changed
from unit.planner.houses import HOUSE, NOON, PLAIN, two_prices
from unit.planner.test_inputs import complete

from darkstar_common.config import Config
from darkstar_common.contract import ManualBlock, Schedule
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.reach import most_charge, most_discharge, stored_after
from darkstar_planner.core.schedule import schedule

HOUR = timedelta(hours=1)
DAY = changed(PLAIN, "planner.horizon_hours", 24)
WITH_HEATER = changed(HOUSE, "planner.horizon_hours", 24)


def block(action: str, start: float, end: float, power_kw: float | None = None) -> ManualBlock:
    """Hours from noon."""
    return ManualBlock(
        action=action, start=NOON + start * HOUR, end=NOON + end * HOUR, power_kw=power_kw
    )


def asked(*blocks: ManualBlock, config: Config = DAY, inputs: Inputs | None = None) -> Schedule:
    known = replace(inputs or complete(config), blocks=blocks)
    planned = known.planned(NOON)
    made = plan(planned.problem)
    assert made.checks.passed, made.checks.problems
    return schedule(planned, made, now=NOON, cause=None)


def test_a_named_charge_is_charged_at_any_price() -> None:
    made = asked(block("charge", 2, 3, 3.0))
    assert two_prices(NOON + 2 * HOUR) == 3.0, "the dear hour, or this shows nothing"
    assert [one.charge_kw for one in made.slots[8:12]] == pytest.approx([3.0] * 4)
    assert made.violations == ()
    assert made.why == ()


def test_as_much_as_can_be_is_the_batterys_most() -> None:
    made = asked(block("charge", 2, 3))
    assert [one.charge_kw for one in made.slots[8:12]] == pytest.approx([5.0] * 4)
    assert made.violations == ()


def test_as_much_as_can_be_ends_at_the_ceiling_and_is_no_violation() -> None:
    made = asked(block("charge", 0, 4))
    assert made.slots[15].soc_percent == pytest.approx(100.0)
    assert made.violations == ()
    assert made.why == ()


def test_the_ceiling_is_what_the_configuration_says() -> None:
    made = asked(block("charge", 0, 4), config=changed(DAY, "battery.max_soc_percent", 80.0))
    assert made.slots[15].soc_percent == pytest.approx(80.0)
    assert made.violations == ()


def test_nothing_is_emptied_to_make_room_for_a_charge() -> None:
    made = asked(block("charge", 0, 4, 5.0))
    assert all(one.discharge_kw == 0 for one in made.slots[:16])
    levels = [one.soc_percent or 0.0 for one in made.slots[:16]]
    assert levels == sorted(levels)


def test_what_did_not_fit_is_said_with_what_did() -> None:
    made = asked(block("charge", 1, 2, 8.0))
    (said,) = made.why
    assert said == "you asked to charge 8 kW from 01 Jan 14:00 to 15:00: 5.0 kW fit"
    assert {one.what for one in made.violations} == {"manual charge"}
    assert [one.slot for one in made.violations] == [4, 5, 6, 7]
    assert [one.amount for one in made.violations] == pytest.approx([3.0] * 4)


def test_a_charge_slows_down_with_the_taper() -> None:
    config = changed(DAY, "battery.charge_taper", ((50.0, 5.0), (100.0, 0.5)))
    made = asked(block("charge", 0, 3), config=config)
    powers = [one.charge_kw for one in made.slots[:12]]
    assert powers[0] == pytest.approx(5.0)
    assert powers == sorted(powers, reverse=True)
    assert 0.5 < powers[6] < 4.0
    assert made.violations == ()


def test_a_charge_leaves_the_fuse_whole() -> None:
    made = asked(block("charge", 0, 1), config=changed(DAY, "grid.max_import_kw", 2.0))
    # 1 kW of load, 0.5 kW of PV
    assert [one.charge_kw for one in made.slots[:4]] == pytest.approx([1.5] * 4, abs=0.2)
    assert made.violations == ()


def test_a_battery_that_may_not_charge_from_the_grid_takes_what_the_sun_leaves() -> None:
    made = asked(block("charge", 0, 1), config=changed(DAY, "battery.charge_from_grid", False))
    assert all(one.charge_kw == 0 for one in made.slots[:4])
    assert made.why == ("you asked to charge from 01 Jan 13:00 to 14:00: nothing fits",)


def test_an_export_is_sold_at_any_price() -> None:
    made = asked(block("export", 6, 7, 2.0))
    assert [one.export_kw for one in made.slots[24:28]] == pytest.approx([2.0] * 4)
    assert made.violations == ()


def test_an_export_without_a_name_gives_all_down_to_the_floor() -> None:
    made = asked(block("export", 0, 4))
    assert made.slots[0].discharge_kw == pytest.approx(5.0)
    assert made.slots[15].soc_percent == pytest.approx(12.0, abs=1.5)
    assert all(one.charge_kw == 0 for one in made.slots[:16])
    assert made.violations == ()


def test_an_export_that_is_too_much_is_said() -> None:
    made = asked(block("export", 0, 0.25, 9.0))
    (said,) = made.why
    assert said.startswith("you asked to export 9 kW from 01 Jan 13:00 to 13:15: 4.")


def test_an_export_is_refused_where_nothing_may_be_sold() -> None:
    made = asked(block("export", 6, 7), inputs=complete(DAY, export_enabled=False))
    assert made.why == ("you asked to export from 01 Jan 19:00 to 20:00: nothing may be exported",)
    assert all(one.export_kw == 0 for one in made.slots)


def test_hold_leaves_the_battery_alone() -> None:
    made = asked(block("hold", 2, 8))
    assert all(one.charge_kw == one.discharge_kw == 0 for one in made.slots[8:32])
    assert made.violations == ()
    assert any(one.discharge_kw > 0 for one in asked().slots[8:32]), "or this shows nothing"


def test_heat_puts_the_heater_on() -> None:
    made = asked(block("heat", 2, 3), config=WITH_HEATER)
    assert [one.water_kw for one in made.slots[8:12]] == pytest.approx([3.0] * 4)
    assert not [one for one in made.why if "heat water" in one]


def test_heat_is_heated_on_vacation_too() -> None:
    away = complete(WITH_HEATER)
    away = replace(away, wishes=replace(away.wishes, vacation=True))
    made = asked(block("heat", 2, 3), inputs=away)
    assert all(one.water_kw >= 3.0 for one in made.slots[8:12])


def test_what_a_house_does_not_have_is_said() -> None:
    heat = asked(block("heat", 2, 3))
    assert heat.why == (
        "you asked to heat water from 01 Jan 15:00 to 16:00: there is no water heater",
    )
    bare = changed(DAY, "battery", None)
    charge = asked(block("charge", 2, 3, 5.0), block("hold", 4, 5), config=bare)
    assert charge.why == (
        "you asked to charge 5 kW from 01 Jan 15:00 to 16:00: there is no battery",
        "you asked to hold the battery from 01 Jan 17:00 to 18:00: there is no battery",
    )


def test_a_block_outside_the_horizon_waits_in_silence() -> None:
    made = asked(block("charge", -3, -2), block("charge", 30, 31), block("heat", 40, 41))
    assert made.why == ()
    assert made.slots == asked().slots


def test_a_block_that_has_begun_goes_on() -> None:
    made = asked(block("charge", -1, 1, 2.0))
    assert [one.charge_kw for one in made.slots[:4]] == pytest.approx([2.0] * 4)


def test_of_two_blocks_at_once_the_first_counts() -> None:
    made = asked(block("hold", 2, 4), block("charge", 3, 5, 2.0))
    assert all(one.charge_kw == 0 for one in made.slots[8:16])
    assert [one.charge_kw for one in made.slots[16:20]] == pytest.approx([2.0] * 4)
    whole = asked(block("hold", 2, 6), block("charge", 3, 5, 2.0))
    assert whole.why == (
        "you asked to charge 2 kW from 01 Jan 16:00 to 18:00: another block has all of that time",
    )


def test_blocks_that_follow_each_other_go_on_from_where_the_first_ends() -> None:
    made = asked(block("charge", 2, 4), block("export", 4, 7))
    assert (made.slots[15].soc_percent or 0.0) > 90.0
    assert (made.slots[27].soc_percent or 100.0) < 16.0
    assert made.violations == ()


def test_a_later_plan_fits_the_block_to_where_the_first_one_leads() -> None:
    inputs = complete(DAY)
    blocks = (block("charge", 8, 12),)
    first = asked(*blocks, inputs=inputs)
    again = asked(*blocks, inputs=inputs.updated(first))
    assert again.violations == ()
    assert again.slots[47].soc_percent == pytest.approx(100.0, abs=0.5)


def test_a_block_goes_on_from_its_own_slots_and_not_from_a_schedule_without_it() -> None:
    inputs = complete(DAY)
    known = replace(inputs.updated(asked(inputs=inputs)), blocks=(block("charge", 2, 6),))
    problem = known.planned(NOON).problem
    wanted = sum(one.charge_kw or 0.0 for one in problem.fixed) / 4
    assert 4.0 < wanted < 10.0, "one battery full, not one in every slot"


def test_a_wish_that_rested_on_a_wrong_schedule_is_reported_in_its_own_words() -> None:
    inputs = replace(complete(DAY, export_enabled=False), soc_percent=95.0)
    made = asked(inputs=inputs)
    empty = tuple(one.model_copy(update={"soc_percent": 20.0}) for one in made.slots)
    wrong = inputs.updated(made.model_copy(update={"slots": empty}))
    named = asked(block("charge", 2, 3, 5.0), inputs=wrong)
    assert {one.what for one in named.violations} == {"manual charge"}
    assert [one for one in named.why if "kW fit" in one]
    unnamed = asked(block("charge", 2, 3), inputs=wrong)
    assert unnamed.violations == ()


def test_the_reason_of_a_slot_says_who_decided() -> None:
    made = asked(block("charge", 2, 3, 3.0), block("hold", 3, 4))
    assert made.slots[8].reason.startswith("you asked to charge; charges")
    assert made.slots[12].reason == "you asked to hold"
    assert "you asked" not in made.slots[20].reason


ACTIONS = st.sampled_from(["charge", "export", "hold", "heat"])
BLOCKS = st.lists(
    st.builds(
        lambda action, start, length, power: block(action, start / 4, (start + length) / 4, power),
        ACTIONS,
        st.integers(-8, 40),
        st.integers(1, 12),
        st.none() | st.floats(0, 12),
    ),
    max_size=4,
)


@settings(max_examples=15, deadline=None)
@given(blocks=BLOCKS, soc=st.floats(0, 100))
def test_any_blocks_make_a_plan_that_obeys_the_house(blocks: list[ManualBlock], soc: float) -> None:
    config = changed(HOUSE, "planner.horizon_hours", 6)
    made = asked(*blocks, inputs=replace(complete(config), soc_percent=soc))
    for one in made.violations:
        if one.what.startswith("manual"):
            assert one.slot is not None
            assert one.amount > 0
    unnamed = [one for one in blocks if one.power_kw is None and one.action == "charge"]
    if len(unnamed) == len(blocks):
        assert not [one for one in made.violations if one.what == "manual charge"]


@settings(deadline=None)
@given(stored=st.floats(0, 10), t=st.integers(0, 3))
def test_what_can_be_charged_never_ends_above_the_ceiling(stored: float, t: int) -> None:
    config = changed(DAY, "battery.max_soc_percent", 90.0)
    problem = complete(config).planned(NOON).problem
    battery = problem.batteries[0]
    power = most_charge(problem, battery, t, stored)
    assert 0 <= power <= 5.0
    after = stored_after(problem, battery, t, stored, power_kw=power)
    assert after <= max(stored, 9.0) + 1e-9


@settings(deadline=None)
@given(stored=st.floats(0, 10), t=st.integers(0, 3))
def test_what_can_be_given_never_ends_below_the_floor(stored: float, t: int) -> None:
    problem = complete(DAY).planned(NOON).problem
    battery = problem.batteries[0]
    power = most_discharge(problem, battery, t, stored)
    assert 0 <= power <= 5.0
    after = stored_after(problem, battery, t, stored, power_kw=-power)
    assert after >= min(stored, 1.2) - 1e-9


def test_a_battery_that_cannot_charge_gently_is_not_charged_gently() -> None:
    problem = complete(changed(DAY, "battery.min_charge_kw", 2.0)).planned(NOON).problem
    battery = problem.batteries[0]
    assert most_charge(problem, battery, 0, 9.9) == 0.0
    assert most_charge(problem, battery, 0, 5.0) == 5.0


@pytest.mark.parametrize(
    ("path", "value", "stored", "most"),
    [
        ("battery.capacity_kwh", 10.0, 5.0, 5.0),
        # 1 kWh of room in a quarter of an hour, of which 95 % arrives
        ("battery.capacity_kwh", 10.0, 9.0, 4.0 / 0.95),
        ("battery.standby_kw", 0.1, 9.0, 4.1 / 0.95),
        # 1 kW of load, 0.5 kW of PV
        ("grid.max_import_kw", 3.0, 5.0, 2.5),
        ("inverter.max_ac_kw", 2.0, 5.0, 2.5),
        ("battery.charge_from_grid", False, 5.0, 0.0),
        ("battery.charge_taper", ((40.0, 5.0), (90.0, 1.0)), 6.5, 3.0),
        ("battery.charge_taper", ((90.0, 2.0),), 5.0, 2.0),
        ("inverter", {"dc_coupled": True, "efficiency": 0.9, "max_ac_kw": 2.0}, 5.0, 2.3),
    ],
)
def test_what_can_be_charged_in_a_slot(
    path: str, value: object, stored: float, most: float
) -> None:
    problem = complete(changed(DAY, path, value)).planned(NOON).problem
    problem = problem.model_copy(update={"load_kw": (1.0,) * 96, "pv_kw": (0.5,) * 96})
    assert most_charge(problem, problem.batteries[0], 0, stored) == pytest.approx(most)


def test_a_battery_that_takes_the_sun_alone_takes_what_the_house_leaves() -> None:
    problem = complete(changed(DAY, "battery.charge_from_grid", False)).planned(NOON).problem
    problem = problem.model_copy(update={"load_kw": (1.0,) * 96, "pv_kw": (3.0,) * 96})
    assert most_charge(problem, problem.batteries[0], 0, 5.0) == pytest.approx(2.0)
