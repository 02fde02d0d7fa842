"""What is learned can be applied once a day, taken back step by step, and forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING, a_proposal, done, stepped

from darkstar_common.config import Battery, Config
from darkstar_common.contract import Learned
from darkstar_forecaster.core.reflex import Learnings, Refused, rules

BATTERY: set[Learned] = {
    "battery_capacity_kwh",
    "charge_efficiency",
    "discharge_efficiency",
    "wear_cost_per_kwh",
}


def test_nothing_drifts_that_the_house_has_not() -> None:
    assert set(rules(HOUSE)) == {"load_factor", "pv_factor", *BATTERY}
    assert set(rules(Config(battery=None, has_solar=False))) == {"load_factor"}


@given(
    wanted=st.floats(-100, 100),
    share=st.floats(0, 1),
    parameter=st.sampled_from(sorted(rules(HOUSE))),
)
def test_a_step_never_leaves_the_bounds_nor_passes_what_is_wanted(
    wanted: float, share: float, parameter: Learned
) -> None:
    rule = rules(HOUSE)[parameter]
    current = rule.lowest + share * (rule.highest - rule.lowest)
    after = rule.towards(wanted, current=current)
    assert rule.lowest - 1e-6 <= after <= rule.highest + 1e-6
    assert abs(after - current) <= rule.step + 1e-6
    aim = min(rule.highest, max(rule.lowest, wanted))
    assert abs(after - aim) <= abs(current - aim) + 1e-6


@pytest.mark.parametrize(
    ("parameter", "lowest", "highest", "step"),
    [
        ("pv_factor", 0.8, 1.2, 0.02),
        ("load_factor", 0.9, 1.3, 0.02),
        ("battery_capacity_kwh", 17.1, 37.62, 0.684),
        ("charge_efficiency", 0.8, 1.0, 0.005),
        ("discharge_efficiency", 0.8, 1.0, 0.005),
        ("wear_cost_per_kwh", 0.2, 0.6, 0.05),
    ],
)
def test_bounds_and_steps(parameter: Learned, lowest: float, highest: float, step: float) -> None:
    rule = rules(HOUSE)[parameter]
    assert (rule.lowest, rule.highest, rule.step) == pytest.approx((lowest, highest, step))


def test_a_small_battery_is_stepped_by_half_a_kilowatt_hour() -> None:
    small = Config(battery=Battery(capacity_kwh=10.0))
    assert rules(small)["battery_capacity_kwh"].step == 0.5


def test_an_efficiency_that_is_configured_low_is_not_pulled_up() -> None:
    poor = Config(battery=Battery(charge_efficiency=0.7))
    assert rules(poor)["charge_efficiency"].lowest == 0.7


def test_a_proposal_changes_nothing_until_it_is_applied() -> None:
    known = Learnings().weighed([a_proposal()], MORNING)
    assert not known.values
    assert known.looked_at == MORNING
    applied = done(known.applied("pv_factor", HOUSE, MORNING))
    assert applied.values == {"pv_factor": 0.98}
    assert not applied.proposals
    (change,) = applied.changes
    assert (change.before, change.after, change.automatic) == (1.0, 0.98, False)
    assert change.evidence == "pv_factor should be 0.98"


def test_what_was_not_proposed_cannot_be_applied() -> None:
    known = Learnings().weighed([a_proposal("load_factor", 1.02)], MORNING)
    refused = known.applied("pv_factor", HOUSE, MORNING)
    assert isinstance(refused, Refused)
    assert (
        refused.sentence == "there is no proposal of pv_factor; there are proposals of load_factor"
    )


def test_a_figure_changes_once_a_local_day_at_most() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING)
    known = known.weighed([a_proposal(proposed=0.96)], MORNING + timedelta(hours=1))
    late = MORNING.replace(hour=21, minute=59)  # 23:59 in Stockholm
    refused = known.applied("pv_factor", HOUSE, late)
    assert isinstance(refused, Refused)
    assert "once a day" in refused.sentence
    assert done(known.applied("pv_factor", HOUSE, late + timedelta(minutes=1))).values == {
        "pv_factor": 0.96
    }


def test_changes_are_taken_back_one_after_the_other() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING)
    known = stepped(known, "pv_factor", 0.96, MORNING + DAY)
    known = done(known.reverted("pv_factor", HOUSE, MORNING + 2 * DAY, why="asked"))
    assert known.values == {"pv_factor": 0.98}
    known = done(known.reverted("pv_factor", HOUSE, MORNING + 2 * DAY, why="asked"))
    assert not known.values
    refused = known.reverted("pv_factor", HOUSE, MORNING + 2 * DAY, why="asked")
    assert isinstance(refused, Refused)
    assert "as configured" in refused.sentence


def test_a_change_after_a_revert_is_taken_back_alone() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING)
    known = stepped(known, "pv_factor", 0.96, MORNING + DAY)
    known = done(known.reverted("pv_factor", HOUSE, MORNING + 2 * DAY, why="asked"))
    known = stepped(known, "pv_factor", 0.97, MORNING + 3 * DAY)
    known = done(known.reverted("pv_factor", HOUSE, MORNING + 3 * DAY, why="asked"))
    assert known.values == {"pv_factor": 0.98}
    known = done(known.reverted("pv_factor", HOUSE, MORNING + 3 * DAY, why="asked"))
    assert not known.values


def test_everything_goes_back_to_the_configuration_at_once() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING)
    known = stepped(known, "battery_capacity_kwh", 33.6, MORNING)
    known = done(known.cleared(HOUSE, MORNING, why="asked"))
    assert not known.values
    back = {one.parameter: one.after for one in known.changes if one.reverts}
    assert back == {"pv_factor": 1.0, "battery_capacity_kwh": 34.2}
    assert isinstance(known.cleared(HOUSE, MORNING, why="asked"), Refused)


def test_what_was_learned_today_is_forgotten() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING - DAY)
    known = stepped(known, "pv_factor", 0.96, MORNING)
    known = stepped(known, "load_factor", 1.02, MORNING)
    today = a_proposal("wear_cost_per_kwh", 0.22, at=MORNING)
    known = known.weighed(
        [today, a_proposal("charge_efficiency", 0.945, at=MORNING - DAY)], MORNING
    )
    known = known.without_today(HOUSE, MORNING + timedelta(hours=3))
    assert known.values == {"pv_factor": 0.98}
    assert [one.parameter for one in known.proposals] == ["charge_efficiency"]
    assert known.without_today(HOUSE, MORNING + timedelta(hours=4)).values == known.values


def test_forgetting_a_day_keeps_what_can_still_be_taken_back() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING - DAY)
    known = done(known.reverted("pv_factor", HOUSE, MORNING, why="asked"))
    known = known.without_today(HOUSE, MORNING)
    assert known.values == {"pv_factor": 0.98}
    assert not done(known.reverted("pv_factor", HOUSE, MORNING, why="asked")).values


def test_forgetting_a_day_with_several_changes_goes_back_to_its_beginning() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING - DAY)
    known = stepped(known, "pv_factor", 0.96, MORNING)
    known = done(known.reverted("pv_factor", HOUSE, MORNING, why="asked"))
    assert known.without_today(HOUSE, MORNING).values == {"pv_factor": 0.98}
    twice = done(known.reverted("pv_factor", HOUSE, MORNING, why="asked"))
    assert not twice.values
    assert twice.without_today(HOUSE, MORNING).values == {"pv_factor": 0.98}


def test_what_people_took_back_is_respected_for_a_month() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING)
    assert not known.unwanted("pv_factor", MORNING)
    known = done(known.reverted("pv_factor", HOUSE, MORNING, why="asked"))
    assert known.unwanted("pv_factor", MORNING + 29 * DAY)
    assert not known.unwanted("load_factor", MORNING)
    assert not known.unwanted("pv_factor", MORNING + 30 * DAY)


def test_a_day_that_is_forgotten_is_no_opinion() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING).without_today(HOUSE, MORNING)
    assert not known.values
    assert not known.unwanted("pv_factor", MORNING)


def test_another_configuration_ends_what_was_learned_upon_it() -> None:
    known = stepped(Learnings(), "battery_capacity_kwh", 33.6, MORNING)
    known = stepped(known, "pv_factor", 0.98, MORNING)
    known = known.weighed([a_proposal("battery_capacity_kwh", 33.0)], MORNING)
    assert known.settled(HOUSE, MORNING) == known
    bigger = HOUSE.model_copy(update={"battery": Battery(capacity_kwh=20.0)})
    settled = known.settled(bigger, MORNING + DAY)
    assert settled.values == {"pv_factor": 0.98}
    assert not settled.proposals
    assert (settled.changes[0].after, settled.changes[0].reverts) == (20.0, True)
    assert not settled.unwanted("battery_capacity_kwh", MORNING + DAY)
    assert "configuration" in settled.changes[0].evidence


def test_a_battery_that_is_gone_takes_with_it_what_was_learned() -> None:
    known = stepped(Learnings(), "charge_efficiency", 0.945, MORNING)
    settled = known.settled(HOUSE.model_copy(update={"battery": None}), MORNING)
    assert not settled.values


def test_the_value_of_any_time_is_known() -> None:
    known = stepped(Learnings(), "pv_factor", 0.98, MORNING)
    known = stepped(known, "pv_factor", 0.96, MORNING + DAY)
    seen = [
        known.value_at("pv_factor", MORNING + hours * DAY / 2, current=0.96)
        for hours in (-1, 0, 1, 2, 3)
    ]
    assert seen == [1.0, 0.98, 0.98, 0.96, 0.96]
    assert known.value_at("load_factor", MORNING, current=1.0) == 1.0
    assert known.changed_at("pv_factor") == MORNING + DAY
    assert known.changed_at("load_factor") is None


@given(
    days=st.lists(st.sampled_from(["apply", "revert", "forget", "clear"]), max_size=12),
)
def test_taking_back_often_enough_ends_at_the_configuration(days: list[str]) -> None:
    known, now, value = Learnings(), MORNING, 1.0
    for one in days:
        now += DAY
        value = known.in_force(HOUSE)["pv_factor"]
        if one == "apply":
            known = stepped(known, "pv_factor", round(value - 0.01, 6), now)
        elif one == "forget":
            known = known.without_today(HOUSE, now)
        else:
            made = (
                known.reverted("pv_factor", HOUSE, now, why="asked")
                if one == "revert"
                else known.cleared(HOUSE, now, why="asked")
            )
            known = known if isinstance(made, Refused) else made
    for _ in range(len(days) + 1):
        made = known.reverted("pv_factor", HOUSE, now, why="asked")
        known = known if isinstance(made, Refused) else made
    assert not known.values
    assert known.in_force(HOUSE)["pv_factor"] == 1.0
