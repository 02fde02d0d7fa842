from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.samples import NOON, ears, house, registry, state_topic

from darkstar_common.contract import Command, Intent
from darkstar_executor.core import dialect
from darkstar_executor.core.dialect import Setting
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.writes import (
    ATTEMPTS,
    CONFIRM_WITHIN,
    REST_AFTER_FAILURE,
    Manners,
    Outcome,
    Sent,
    clamped,
    plan_writes,
)

HOUSE = house()
MANNERS = Manners(threshold_percent=2, min_interval=timedelta(seconds=60))
TARGET = Setting(role="soc_target", value=60.0)
SHOWN = {
    "work_mode": "Zero Export To CT", "grid_charging": "OFF", "max_charge_current": 100,
    "max_discharge_current": 100, "export_limit": 11000, "soc_target": 12, "water_setpoint": 60,
}  # fmt: skip


def planned(
    *wanted: Setting, of: Ears | None = None, sent: dict[str, Sent] | None = None,
    now: datetime = NOON, **manners: Any,
) -> Outcome:  # fmt: skip
    return plan_writes(
        wanted, ears(SHOWN) if of is None else of, sent or {}, replace(MANNERS, **manners), now
    )


def result(outcome: Outcome) -> str:
    (write,) = outcome.writes
    return write.result


def showing(role: str, value: object) -> Ears:
    return ears(SHOWN | {role: value})


@pytest.mark.parametrize(
    ("setting", "expected", "payload"),
    [
        (TARGET, "written", "60"),
        (Setting(role="soc_target", value=12.0), "unchanged", None),
        (Setting(role="soc_target", value=13.9), "unchanged", None),
        (Setting(role="soc_target", value=13.0, exact=True), "written", "13"),
        (Setting(role="soc_target", value=14.2), "unchanged", None),
        (Setting(role="soc_target", value=14.6), "written", "15"),
        (Setting(role="soc_target", value=130.0), "written", "100"),
        (Setting(role="max_charge_current", value=103.0), "unchanged", None),
        (Setting(role="max_charge_current", value=104.0), "written", "104"),
        (Setting(role="water_setpoint", value=20.0), "written", "30"),
        (Setting(role="grid_charging", value=True), "written", "ON"),
        (Setting(role="grid_charging", value=False), "unchanged", None),
        (Setting(role="work_mode", value="Export First"), "written", "Export First"),
    ],
)
def test_only_a_change_past_the_threshold_is_written(
    setting: Setting, expected: str, payload: str | None
) -> None:
    outcome = planned(setting)
    assert result(outcome) == expected
    assert [order.payload for order in outcome.orders] == ([payload] if payload else [])
    assert outcome.writes[0].before == {
        "grid_charging": False, "work_mode": "Zero Export To CT",
    }.get(setting.role, SHOWN[setting.role])  # fmt: skip


def test_what_was_never_seen_is_written_once() -> None:
    first = planned(TARGET, of=ears())
    assert result(first) == "written"
    second = planned(TARGET, of=ears(), sent=dict(first.sent), now=NOON + timedelta(seconds=5))
    assert (result(second), second.orders) == ("unchanged", ())


def test_the_minimum_interval_holds_back_the_plan_and_not_a_person() -> None:
    sent = {"soc_target": Sent(value=12.0, at=NOON - timedelta(seconds=59), confirmed=True)}
    assert result(planned(TARGET, sent=sent)) == "held_back"
    assert result(planned(TARGET, sent=sent, urgent=True)) == "written"
    assert result(planned(TARGET, sent=sent, now=NOON + timedelta(seconds=1))) == "written"


def test_a_clock_set_back_does_not_hold_back_for_hours() -> None:
    sent = {"soc_target": Sent(value=12.0, at=NOON + timedelta(hours=1), confirmed=True)}
    assert result(planned(TARGET, sent=sent)) == "written"


def test_an_unreachable_entity_is_not_written_to() -> None:
    away = ears(SHOWN, of=registry(availability_topic="up"))
    outcome = planned(TARGET, of=away)
    assert (result(outcome), outcome.orders) == ("held_back", ())


def test_an_unbound_role_says_why() -> None:
    wrong = ears(of=registry(["soc_target"], unit_of_measurement="W"))
    outcome = planned(TARGET, of=wrong)
    assert (result(outcome), outcome.orders) == ("unbound", ())
    assert "is in W" in outcome.writes[0].detail


def test_a_command_template_that_fails_sends_nothing() -> None:
    outcome = planned(TARGET, of=ears(SHOWN, of=registry(command_template="{{ broken")))
    assert (result(outcome), outcome.orders) == ("held_back", ())


def test_shadow_decides_once_and_sends_nothing() -> None:
    first = planned(TARGET, shadow=True)
    assert (result(first), first.orders) == ("shadow", ())
    assert result(planned(TARGET, sent=dict(first.sent), shadow=True)) == "unchanged"


def test_shown_is_confirmed() -> None:
    first = planned(TARGET)
    seen = planned(TARGET, of=showing("soc_target", 60), sent=dict(first.sent))
    assert result(seen) == "unchanged"
    assert seen.sent["soc_target"].confirmed


def test_an_ignored_command_is_tried_again_reported_and_left_alone_for_a_while() -> None:
    now, results, orders = NOON, [], 0
    sent: dict[str, Sent] = {}
    for _ in range(60):
        outcome = planned(TARGET, sent=sent, now=now)
        sent, now = dict(outcome.sent), now + timedelta(seconds=30)
        results.append(result(outcome))
        orders += len(outcome.orders)
    assert results[0] == "written"
    assert results.index("not_confirmed") * 30 >= CONFIRM_WITHIN.total_seconds() * ATTEMPTS
    quiet = results[results.index("not_confirmed") :]
    rest = int(REST_AFTER_FAILURE.total_seconds() // 30)
    assert set(quiet[:rest]) == {"not_confirmed"}
    assert quiet[rest] == "written"
    assert orders == ATTEMPTS + 1


def test_a_failed_setting_that_is_shown_after_all_is_well() -> None:
    failed = {"soc_target": Sent(value=60.0, at=NOON, attempts=3, failed=True)}
    outcome = planned(TARGET, of=showing("soc_target", 60), sent=failed)
    assert result(outcome) == "unchanged"
    assert not outcome.sent["soc_target"].failed


def test_something_else_wanted_is_tried_after_a_failure() -> None:
    failed = {"soc_target": Sent(value=60.0, at=NOON, attempts=3, failed=True)}
    other = Setting(role="soc_target", value=30.0)
    later = NOON + timedelta(minutes=2)
    assert result(planned(other, sent=failed, now=later)) == "written"


def test_a_setting_changed_by_hand_is_set_again() -> None:
    confirmed = {"soc_target": Sent(value=60.0, at=NOON, confirmed=True)}
    by_hand = planned(
        TARGET, of=showing("soc_target", 20), sent=confirmed, now=NOON + timedelta(minutes=2)
    )
    assert result(by_hand) == "written"


numbers = st.floats(-1e5, 1e5)
ranges = st.tuples(st.floats(-1000, 1000), st.floats(0, 1000), st.sampled_from([0.1, 0.5, 1, 5, 7]))


@given(numbers, ranges)
def test_clamping_stays_in_range_and_is_idempotent(
    value: float, limits: tuple[float, float, float]
) -> None:
    low, width, step = limits
    entity = Entity(
        entity_id="number.x", component="number", minimum=low, maximum=low + width, step=step
    )
    once = clamped(value, entity)
    assert low - 1e-9 <= once <= low + width + 1e-9
    assert clamped(once, entity) == once


@given(numbers)
def test_without_range_and_step_a_value_stays_as_it_is(value: float) -> None:
    assert clamped(value, Entity(entity_id="number.x", component="number")) == value


commands = st.builds(
    Command,
    intent=st.sampled_from(list(dialect.DEYE.modes)),
    charge_kw=st.none() | st.floats(0, 50),
    discharge_kw=st.none() | st.floats(0, 50),
    export_kw=st.none() | st.floats(0, 50),
    soc_target_percent=st.floats(0, 100),
    water_temperature_c=st.none() | st.floats(0, 95),
)
shown = st.fixed_dictionaries(
    {},
    optional={
        "soc_target": st.integers(0, 100),
        "max_charge_current": st.integers(0, 185),
        "grid_charging": st.sampled_from(["ON", "OFF", "unavailable"]),
        "work_mode": st.sampled_from(["Export First", "Zero Export To CT"]),
    },
)


@settings(max_examples=200, deadline=None)
@given(commands, shown)
def test_no_command_leaves_the_range_and_the_same_again_writes_nothing(
    command: Command, said: dict[str, object]
) -> None:
    heard = ears(said)
    wanted = dialect.settings(command, HOUSE, heard.bindings)
    first = plan_writes(wanted, heard, {}, MANNERS, NOON)
    for order in first.orders:
        low, high = order.entity.minimum, order.entity.maximum
        if low is not None and high is not None:
            assert low <= float(order.payload) <= high
        if order.entity.options:
            assert order.payload in order.entity.options
    second = plan_writes(wanted, heard, first.sent, MANNERS, NOON + timedelta(seconds=1))
    assert second.orders == ()
    obeyed = heard
    for order in first.orders:
        topic = state_topic(order.role)
        obeyed = obeyed.hearing(topic, order.payload, NOON, retained=False)
    third = plan_writes(wanted, obeyed, second.sent, MANNERS, NOON + timedelta(hours=5))
    assert third.orders == ()


ALL_INTENTS: list[Intent] = list(dialect.DEYE.modes)


@pytest.mark.parametrize("intent", ALL_INTENTS)
def test_what_stops_comes_first_and_what_starts_comes_last(intent: Intent) -> None:
    command = Command(intent=intent, soc_target_percent=50, charge_kw=1, export_kw=5)
    roles = [one.role for one in dialect.settings(command, HOUSE, ears().bindings)]
    bounds = roles.index("soc_target")
    assert (roles.index("grid_charging") > bounds) == (intent == "charge_from_grid")
    assert (roles.index("work_mode") > bounds) == (intent == "export")


@pytest.mark.parametrize(
    ("unit", "value"), [("A", 62.5), ("W", 3000.0), ("kW", 3.0), ("mA", 62500.0)]
)
def test_a_power_in_the_entitys_own_unit(unit: str, value: float) -> None:
    command = Command(intent="charge_from_grid", charge_kw=3, soc_target_percent=80)
    heard = ears(of=registry(["max_charge_current"], unit_of_measurement=unit))
    wanted = {one.role: one.value for one in dialect.settings(command, HOUSE, heard.bindings)}
    assert wanted["max_charge_current"] == pytest.approx(value)


def test_roles_that_the_house_has_not_are_left_out() -> None:
    command = Command(intent="self_consume", soc_target_percent=12, export_kw=5)
    roles = {one.role for one in dialect.settings(command, HOUSE, {})}
    assert roles == set()
