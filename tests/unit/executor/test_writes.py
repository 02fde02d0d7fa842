"""What is written to one entity, when, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.samples import NOON, PREFIX, discovery, house, registry
from unit.executor.writing import (
    CHARGE,
    NO_CHARGE,
    SHOWN,
    TARGET,
    Desk,
    limit,
)  # fmt: skip

from darkstar_common.config import Config
from darkstar_common.contract import Command, Intent
from darkstar_executor.core.expression import settings as expressed
from darkstar_executor.core.sent import FIGHT, REST_AFTER_FAILURE
from darkstar_executor.core.setting import PRESSING, Setting
from darkstar_executor.core.verdict import ATTEMPTS, DEAF
from darkstar_executor.profiles import load_profile

MINUTE = timedelta(minutes=1)
DEYE = load_profile("deye")


def target(percent: float, **more: Any) -> Setting:
    return Setting(role="soc_target", value=percent, **more)


@pytest.mark.parametrize(
    ("setting", "expected", "payload"),
    [
        (TARGET, "written", "60"),
        (target(12.0), "unchanged", None),
        (target(13.9), "unchanged", None),
        (target(13.0, exact=True), "written", "13"),
        (target(14.2), "unchanged", None),
        (target(14.6), "written", "15"),
        (target(130.0), "written", "100"),
        (target(float("nan")), "held_back", None),
        (limit("max_charge_current", 103.0), "unchanged", None),
        (limit("max_charge_current", 104.0), "written", "104"),
        (Setting(role="water_setpoint", value=20.0), "written", "30"),
        (Setting(role="grid_charging", value=True), "written", "ON"),
        (Setting(role="grid_charging", value=False), "unchanged", None),
        (Setting(role="grid_charging", value=1.0), "held_back", None),
        (Setting(role="work_mode", value="Export First"), "written", "Export First"),
        (Setting(role="work_mode", value="Sell All"), "held_back", None),
        (Setting(role="work_mode", value=2.0), "held_back", None),
    ],
)
def test_only_a_change_past_the_threshold_that_the_entity_can_take_is_written(
    setting: Setting, expected: str, payload: str | None
) -> None:
    desk = Desk()
    assert desk.result(setting) == expected
    assert desk.sent == ([f"{setting.role}={payload}"] if payload else [])
    before = {"grid_charging": False, "work_mode": "Zero Export To CT"}.get(setting.role)
    assert desk.outcome.writes[0].before == (
        SHOWN[setting.role] if before is None else before
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "wanted", "expected"),
    [(0, 3.0, "written"), (20, 23.0, "written"), (20, 21.0, "unchanged"), (3, 2.0, "written")],
)
def test_a_small_power_is_no_zero_however_wide_the_range_of_its_entity(
    shown: float, wanted: float, expected: str
) -> None:
    """A charge of 1.5 kW began with 0 kW standing, where the gateway takes up to 100 kW."""
    desk = Desk(SHOWN | {"max_charge_current": shown})
    assert desk.result(limit("max_charge_current", wanted)) == expected


def test_what_was_never_seen_is_written_once() -> None:
    desk = Desk({})
    assert desk.result(TARGET) == "written"
    desk.wait(seconds=5)
    assert (desk.result(TARGET), desk.sent) == ("unchanged", [])


def test_the_minimum_interval_holds_back_the_plan_not_a_person_nor_a_stop() -> None:
    desk = Desk()
    desk.plan(TARGET, CHARGE)
    desk.obey()
    desk.plan(TARGET, CHARGE)
    desk.obey()
    desk.wait(seconds=59)
    assert desk.result(target(30.0)) == "held_back"
    assert "written 59 s ago" in desk.detail("soc_target")
    assert desk.result(NO_CHARGE) == "written"
    assert desk.result(target(30.0), urgent=True) == "written"
    desk.wait(seconds=1)
    assert desk.result(target(50.0)) == "held_back", "the interval begins anew"


def test_a_clock_set_back_does_not_hold_back_for_hours() -> None:
    desk = Desk()
    desk.plan(TARGET)
    desk.obey()
    desk.now -= timedelta(hours=1)
    assert desk.result(target(30.0)) == "written"


def test_an_unreachable_entity_is_not_written_to() -> None:
    desk = Desk(of=registry(availability_topic="up"))
    assert (desk.result(TARGET), desk.sent) == ("held_back", [])
    assert "unavailable" in desk.detail("soc_target")


def test_an_unbound_role_says_why() -> None:
    desk = Desk(of=registry(["soc_target"], unit_of_measurement="W"))
    assert (desk.result(TARGET), desk.sent) == ("unbound", [])
    assert "is in W" in desk.detail("soc_target")
    assert desk.result(Setting(role="no_such_role", value=1.0)) == "unbound"
    assert "executor.roles has no no_such_role" in desk.detail("no_such_role")


def test_a_command_template_that_fails_sends_nothing() -> None:
    desk = Desk(of=registry(command_template="{{ broken"))
    assert (desk.result(TARGET), desk.sent) == ("held_back", [])


def test_shadow_decides_once_sends_nothing_and_counts_nothing() -> None:
    desk = Desk()
    assert (desk.result(TARGET, shadow=True), desk.sent) == ("shadow", [])
    assert desk.result(TARGET, shadow=True) == "unchanged"
    assert (desk.outcome.ledger.counts, desk.outcome.ledger.found) == ({}, {})


def test_shown_is_confirmed() -> None:
    desk = Desk()
    desk.plan(TARGET)
    assert not desk.outcome.sent[desk.entity("soc_target").entity_id].confirmed
    desk.obey()
    assert desk.result(TARGET) == "unchanged"
    assert desk.outcome.sent[desk.entity("soc_target").entity_id].confirmed


def test_an_ignored_command_is_tried_at_longer_and_longer_intervals_and_then_left_alone() -> None:
    desk, times, results = Desk(), [], []
    for _ in range(22 * 60 // 10):
        results.append(desk.result(TARGET))
        times += [(desk.now - NOON).total_seconds()] * len(desk.sent)
        desk.wait(seconds=10)
    given_up = results.index("not_confirmed") * 10
    assert times[:ATTEMPTS] == [0, 60, 180]
    assert given_up == 360
    assert times[ATTEMPTS:] == [given_up + REST_AFTER_FAILURE.total_seconds()]


@pytest.mark.parametrize("seconds", [20, 60, 300])
def test_how_long_a_setting_may_take_is_configured(seconds: float) -> None:
    desk = Desk(confirm_within=timedelta(seconds=seconds))
    desk.plan(TARGET)
    desk.wait(seconds=seconds - 1)
    assert (desk.result(TARGET), desk.sent) == ("unchanged", [])
    desk.wait(seconds=1)
    assert desk.result(TARGET) == "written"


def failed() -> Desk:
    """A desk whose SoC target was told in vain."""
    desk = Desk()
    while "soc_target" not in desk.outcome.failed:
        desk.plan(TARGET)
        desk.wait(seconds=30)
    return desk


def test_a_failed_setting_that_is_shown_after_all_is_well() -> None:
    desk = failed()
    assert desk.outcome.failed == desk.outcome.resting == {"soc_target"}
    assert "was set to 60.0 3 times and shows 12.0" in desk.detail("soc_target")
    desk.show("soc_target", 60)
    assert desk.result(TARGET) == "unchanged"
    assert (desk.outcome.failed, desk.outcome.resting) == (frozenset(), frozenset())


def test_something_else_wanted_is_tried_after_a_failure_and_its_trouble_is_told_until_it_obeys(
) -> None:  # fmt: skip
    desk = failed()
    desk.wait(minutes=2)
    assert desk.result(target(30.0)) == "written"
    assert desk.outcome.failed == {"soc_target"}
    assert desk.outcome.resting == frozenset()
    desk.obey()
    desk.plan(target(30.0))
    assert desk.outcome.failed == frozenset()


def test_a_rest_ends_though_nobody_wants_that_value_any_more() -> None:
    desk = failed()
    desk.wait(minutes=14)
    desk.plan(target(12.0))
    assert desk.outcome.resting == {"soc_target"}, "while it rests nothing is forced by it"
    desk.wait(minutes=2)
    desk.plan(target(12.0))
    assert desk.outcome.resting == frozenset(), "then it may be tried again"
    assert desk.result(TARGET) == "written"
    desk.wait(minutes=4)
    assert desk.result(TARGET) == "not_confirmed", "once, not three times"


def test_a_house_that_is_not_heard_is_not_called_disobedient() -> None:
    desk = Desk()
    desk.plan(TARGET)
    desk.wait(alive=False, minutes=5)
    assert (desk.result(TARGET), desk.sent) == ("held_back", [])
    assert "nothing was heard of the house" in desk.detail("soc_target")
    desk.wait(minutes=1)
    assert desk.result(TARGET) == "written", "the broker is back"
    assert "attempt 2" in desk.detail("soc_target")


def test_silence_is_no_excuse_for_ever() -> None:
    desk = Desk()
    desk.plan(TARGET)
    desk.wait(alive=False, seconds=60 * DEAF)
    assert desk.result(TARGET) == "written"


def test_a_setting_changed_by_hand_is_set_again() -> None:
    desk = Desk()
    desk.plan(TARGET)
    desk.obey()
    desk.wait(minutes=2)
    desk.show("soc_target", 20)
    assert desk.result(TARGET) == "written"


def test_another_hand_that_goes_on_changing_a_setting_is_not_fought_for_ever() -> None:
    desk, writes, reports = Desk(), 0, 0
    for _ in range(178):
        result = desk.result(TARGET)
        writes += len(desk.sent)
        reports += result == "not_confirmed"
        desk.obey()
        desk.wait(seconds=30)
        desk.plan(TARGET)
        desk.show("soc_target", 12)
        desk.wait(seconds=30)
    assert "something else changed it" in desk.detail("soc_target")
    assert desk.outcome.failed == {"soc_target"}
    assert 1 + FIGHT < writes < 20
    assert reports > 100


def test_an_entity_that_shows_no_state_is_believed() -> None:
    desk = Desk({}, of=registry(["soc_target"], state_topic=None))
    assert desk.result(TARGET) == "written"
    desk.wait(minutes=10)
    assert desk.result(TARGET) == "unchanged"


def test_an_entity_in_the_place_of_another_owes_nothing_for_it() -> None:
    desk = failed()
    binding = desk.ears.bindings["soc_target"]
    other = replace(binding, entity=replace(desk.entity("soc_target"), entity_id="number.other"))
    desk.ears = desk.ears.rebound({**desk.ears.bindings, "soc_target": other})
    desk.show("soc_target", 12)
    assert desk.result(TARGET) == "written"
    assert (desk.outcome.failed, desk.outcome.resting) == (frozenset(), frozenset())


# so many a day


def test_an_entity_is_written_so_often_a_day_and_no_more() -> None:
    desk, results = Desk(max_per_day=3), []
    for percent in (20.0, 30.0, 40.0, 50.0, 60.0):
        results.append(desk.result(target(percent)))
        desk.obey()
        desk.wait(minutes=2)
    assert results == ["written"] * 3 + ["held_back"] * 2
    assert "was written 3 times today" in desk.detail("soc_target")
    assert desk.outcome.worn == {"soc_target"}
    next_day = {"day": NOON.date() + timedelta(days=1)}
    assert desk.result(target(50.0), **next_day) == "written"
    assert (desk.outcome.worn, desk.outcome.ledger.counts) == (
        frozenset(), {desk.entity("soc_target").entity_id: 1},
    )  # fmt: skip


def test_what_stops_or_lowers_a_flow_is_written_beyond_the_daily_limit() -> None:
    desk = Desk(max_per_day=0)
    assert desk.result(CHARGE) == "held_back"
    desk.show("grid_charging", "ON")
    assert desk.result(NO_CHARGE) == "written"
    assert desk.result(limit("max_charge_current", 150.0)) == "held_back"
    assert desk.result(limit("max_charge_current", 50.0)) == "written"
    assert desk.outcome.ledger.counts == {
        desk.entity(role).entity_id: 1 for role in ("grid_charging", "max_charge_current")
    }


def test_retries_count_as_writes() -> None:
    desk = failed()
    assert desk.outcome.ledger.counts == {desk.entity("soc_target").entity_id: ATTEMPTS}


# keep-alive, once more, buttons


def test_a_setting_that_the_inverter_forgets_is_kept_alive_without_wear() -> None:
    alive, desk = target(60.0, refresh=5 * MINUTE), Desk(max_per_day=1)
    desk.plan(alive)
    desk.obey()
    sent = []
    for _ in range(16):
        desk.wait(minutes=1)
        assert desk.result(alive) == "unchanged"
        sent += desk.sent
    assert sent == ["soc_target=60"] * 3
    assert desk.outcome.ledger.counts == {desk.entity("soc_target").entity_id: 1}


def test_a_house_that_does_not_follow_is_told_again_though_it_shows_all() -> None:
    desk = Desk()
    calm = target(12.0)
    assert desk.result(calm) == "unchanged"
    assert (desk.result(calm, again=True), desk.sent) == ("written", ["soc_target=12"])
    assert desk.result(calm) == "unchanged"


PRESS = Setting(role="grid_charging", value=True, stage=PRESSING, after=("soc_target",))
"""A switch stands in for a button: what counts is after what it is pressed."""


def test_a_button_is_pressed_after_a_write_to_its_group_and_not_otherwise() -> None:
    desk = Desk()
    assert desk.plan(target(12.0), PRESS)["grid_charging"] == "unchanged"
    assert desk.plan(TARGET, PRESS)["grid_charging"] == "written"
    assert desk.sent == ["soc_target=60", "grid_charging=ON"]
    desk.obey()
    assert desk.plan(TARGET, PRESS)["grid_charging"] == "unchanged"
    assert desk.sent == []


def test_a_button_out_of_reach_is_pressed_as_soon_as_it_can_be() -> None:
    made = registry(["soc_target"])
    made = made.updated(*discovery("grid_charging", availability_topic="up"), PREFIX)
    desk = Desk({"soc_target": 12}, of=made)
    assert desk.plan(TARGET, PRESS) == {"soc_target": "written", "grid_charging": "held_back"}
    desk.obey()
    assert desk.plan(TARGET, PRESS)["grid_charging"] == "held_back"
    desk.ears = desk.ears.hearing("up", "online", desk.now, retained=False)
    desk.plan(TARGET, PRESS)
    assert desk.sent == ["grid_charging=ON"]
    desk.plan(TARGET, PRESS)
    assert desk.sent == []


# what was found


def test_settings_are_remembered_as_they_were_found_by_entity_and_once() -> None:
    desk = Desk()
    desk.plan(TARGET)
    desk.obey()
    desk.wait(minutes=2)
    desk.plan(target(30.0))
    name = desk.entity("soc_target").entity_id
    assert {one: found.value for one, found in desk.outcome.ledger.found.items()} == {name: 12.0}


# whatever the command

commands = st.builds(
    Command,
    intent=st.sampled_from(get_args(Intent)),
    charge_kw=st.none() | st.floats(0, 50),
    discharge_kw=st.none() | st.floats(0, 50),
    export_kw=st.none() | st.floats(0, 50),
    soc_target_percent=st.floats(0, 100),
    water_temperature_c=st.none() | st.floats(0, 95),
)
said = st.fixed_dictionaries(
    {},
    optional={
        "soc_target": st.integers(0, 100),
        "max_charge_current": st.integers(0, 185),
        "grid_charging": st.sampled_from(["ON", "OFF", "unavailable"]),
        "work_mode": st.sampled_from(["Export First", "Zero Export To CT"]),
    },
)
HOUSE: Config = house()


@settings(max_examples=200, deadline=None)
@given(commands, said)
def test_no_command_leaves_the_range_and_the_same_again_writes_nothing(
    command: Command, shown: dict[str, object]
) -> None:
    desk = Desk(shown)
    wanted = expressed(command, DEYE, HOUSE, desk.ears.bindings, NOON)
    for _ in range(4):
        desk.plan(*wanted)
        for order in desk.outcome.orders:
            low, high = order.entity.minimum, order.entity.maximum
            if low is not None and high is not None:
                assert low <= float(order.payload) <= high
            if order.entity.options:
                assert order.payload in order.entity.options
        orders = desk.outcome.orders
        desk.plan(*wanted)
        assert desk.outcome.orders == (), "the same inputs, no second write"
        for order in orders:
            desk.show(order.role, order.payload)
    desk.wait(hours=5)
    desk.plan(*wanted)
    assert desk.outcome.orders == ()
    assert set(desk.plan(*wanted).values()) <= {"unchanged", "unbound"}
