"""No flow is started before the house shows its bounds, whatever is lost on the way."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.samples import registry
from unit.executor.writing import (
    CHARGE,
    NO_CHARGE,
    NO_SALE,
    SELL,
    SHOWN,
    Desk,
    bound,
    limit,
)  # fmt: skip

from darkstar_executor.core.setting import RAISING, STARTING, STOPPING, Sense, Setting
from darkstar_executor.core.verdict import ATTEMPTS

CHARGING = SHOWN | {"grid_charging": "ON", "soc_target": 50}
SELLING = SHOWN | {"work_mode": "Export First", "soc_target": 50}
HEATER = Setting(role="water_setpoint", value=70.0, exact=True, stage=STARTING)


@pytest.mark.parametrize(
    ("there", "wanted", "sense", "at_once"),
    [
        (12, 95.0, "ceiling", True),
        (95, 50.0, "ceiling", False),
        (80, 20.0, "floor", True),
        (12, 50.0, "floor", False),
        (50, 50.0, "ceiling", True),
        (50, 50.0, "floor", True),
        (12, 95.0, None, False),
        ("unavailable", 95.0, "ceiling", False),
    ],
)
def test_a_start_goes_along_with_its_bound_only_if_what_stands_is_tighter(
    there: object, wanted: float, sense: Sense | None, at_once: bool
) -> None:
    desk = Desk(SHOWN | {"soc_target": there})
    desk.plan(bound(wanted, sense), CHARGE)
    assert ("grid_charging=ON" in desk.sent) == at_once
    if not at_once:
        assert "waits for soc_target" in desk.detail("grid_charging")
        desk.obey()
        desk.plan(bound(wanted, sense), CHARGE)
        assert desk.sent == ["grid_charging=ON"]


@pytest.mark.parametrize(("there", "at_once"), [(20, True), (100, False)])
def test_a_start_waits_for_a_power_limit_that_stands_higher(there: int, at_once: bool) -> None:
    desk = Desk(SHOWN | {"max_charge_current": there})
    desk.plan(limit("max_charge_current", 40.0), CHARGE)
    assert ("grid_charging=ON" in desk.sent) == at_once


def until_given_up(desk: Desk, *wanted: Setting) -> list[str]:
    """All that is sent while the SoC target and the charge current are told in vain."""
    sent = []
    for _ in range(10 * 6):
        desk.plan(*wanted)
        sent += desk.sent
        desk.wait(seconds=10)
    return sent


def test_a_start_never_comes_while_its_bound_has_failed() -> None:
    desk = Desk(SHOWN | {"soc_target": 95})
    sent = until_given_up(desk, bound(50.0, "ceiling"), CHARGE)
    assert sent == ["soc_target=50"] * ATTEMPTS
    assert desk.outcome.failed == {"soc_target"}


def test_a_power_limit_that_fails_holds_nothing_up_for_ever() -> None:
    sent = until_given_up(Desk(), limit("max_charge_current", 40.0), CHARGE)
    assert sent[: ATTEMPTS + 1] == ["max_charge_current=40"] * ATTEMPTS + ["grid_charging=ON"]


def test_a_bound_held_back_by_the_interval_holds_the_start_back() -> None:
    desk = Desk()
    desk.plan(bound(50.0, "floor"))
    desk.obey()
    desk.plan(bound(50.0, "floor"))
    desk.wait(seconds=20)
    assert desk.plan(bound(70.0, "floor"), SELL) == dict.fromkeys(
        ("soc_target", "work_mode"), "held_back"
    )


def test_a_bound_that_becomes_unavailable_before_it_is_shown_holds_the_start_back() -> None:
    made = registry(availability_topic="up")
    desk = Desk(SHOWN | {"soc_target": 95}, of=made)
    desk.ears = desk.ears.hearing("up", "online", desk.now, retained=False)
    for role, value in (SHOWN | {"soc_target": 95}).items():
        desk.show(role, value)
    desk.plan(bound(50.0, "ceiling"), CHARGE)
    desk.ears = desk.ears.hearing("up", "offline", desk.now, retained=False)
    for _ in range(30):
        desk.wait(seconds=20)
        desk.plan(bound(50.0, "ceiling"), CHARGE)
        assert desk.sent == []
    desk.ears = desk.ears.hearing("up", "online", desk.now, retained=False)
    desk.plan(bound(50.0, "ceiling"), CHARGE)
    assert desk.sent == ["soc_target=50"]
    desk.obey()
    desk.plan(bound(50.0, "ceiling"), CHARGE)
    assert desk.sent == ["grid_charging=ON"]


def test_no_bound_moves_while_a_stop_is_not_shown_but_a_power_may_be_lowered() -> None:
    desk = Desk(CHARGING)
    wanted = (NO_CHARGE, bound(80.0, "floor"), limit("max_charge_current", 10.0))
    assert desk.plan(*wanted) == {
        "grid_charging": "written", "soc_target": "held_back", "max_charge_current": "written",
    }  # fmt: skip
    desk.obey()
    assert desk.plan(*wanted)["soc_target"] == "written"


def test_a_power_is_not_raised_while_a_stop_is_not_shown() -> None:
    desk = Desk(CHARGING)
    desk.plan(NO_CHARGE, limit("max_charge_current", 150.0))
    assert desk.sent == ["grid_charging=OFF"]


def test_after_a_stop_that_failed_the_bounds_are_set_all_the_same_and_nothing_is_started() -> None:
    desk = Desk(CHARGING)
    sent = until_given_up(desk, NO_CHARGE, bound(12.0, "floor"), SELL)
    assert sent == ["grid_charging=OFF"] * ATTEMPTS + ["soc_target=12"] * ATTEMPTS
    assert desk.outcome.failed == {"grid_charging"}


def test_a_start_waits_for_what_it_replaces_to_be_stopped() -> None:
    desk = Desk(SELLING)
    wanted = (NO_SALE, bound(95.0, "ceiling"), CHARGE)
    seen = []
    for _ in range(4):
        desk.plan(*wanted)
        seen.append(desk.sent)
        desk.obey()
    assert seen == [
        ["work_mode=Zero Export To CT"],
        ["soc_target=95", "grid_charging=ON"],
        [],
        [],
    ]


def power(value: float) -> Setting:
    """A power that the inverter takes only in its mode."""
    return Setting(role="max_charge_current", value=value, stage=RAISING, sense="limit")


def test_a_power_of_a_mode_comes_when_the_mode_is_shown_and_so_after_the_bound() -> None:
    desk = Desk(SHOWN | {"soc_target": 95, "max_charge_current": 0})
    wanted, seen = (bound(50.0, "ceiling"), CHARGE, power(40.0)), []
    for _ in range(4):
        desk.plan(*wanted)
        seen.append(desk.sent)
        desk.obey()
    assert seen == [["soc_target=50"], ["grid_charging=ON"], ["max_charge_current=40"], []]


@pytest.mark.parametrize("there", [0, 100])
def test_a_mode_does_not_wait_for_its_power_whatever_stands(there: int) -> None:
    desk = Desk(SHOWN | {"soc_target": 12, "max_charge_current": there})
    desk.plan(bound(95.0, "ceiling"), CHARGE, power(40.0))
    assert "grid_charging=ON" in desk.sent
    assert "max_charge_current=40" not in desk.sent
    assert "waits for grid_charging" in desk.detail("max_charge_current")


def test_a_mode_that_fails_never_gets_its_power() -> None:
    desk = Desk(SHOWN | {"soc_target": 12})
    sent = until_given_up(desk, bound(95.0, "ceiling"), CHARGE, power(40.0))
    assert "grid_charging=ON" in sent
    assert "max_charge_current=40" not in sent


def test_a_power_of_a_mode_that_is_on_is_changed_at_once() -> None:
    desk = Desk(CHARGING)
    desk.plan(bound(50.0, "ceiling"), CHARGE, power(40.0))
    assert desk.sent == ["max_charge_current=40"]


@pytest.mark.parametrize(("most", "sent"), [(None, []), (20.0, ["max_charge_current=98"])])
def test_a_threshold_is_of_what_the_house_has_and_not_of_a_range_that_it_never_fills(
    most: float | None, sent: list[str]
) -> None:
    desk = Desk(SHOWN | {"max_charge_current": 100})
    desk.plan(Setting(role="max_charge_current", value=98.0, sense="limit", most=most))
    assert desk.sent == sent


def test_heater_and_inverter_do_not_wait_for_one_another() -> None:
    desk = Desk(CHARGING)
    desk.plan(NO_CHARGE, HEATER)
    assert desk.sent == ["grid_charging=OFF", "water_setpoint=70"]
    stop = Setting(role="ev1/charging", value=False, stage=STOPPING, calm=True)
    desk = Desk(SHOWN | {"soc_target": 12})
    desk.plan(stop, bound(95.0, "ceiling"), CHARGE)
    assert "grid_charging=ON" in desk.sent


@pytest.mark.parametrize("manners", [{"at_once": True}, {"shadow": True}])
def test_who_leaves_or_only_watches_waits_for_nothing(manners: dict[str, Any]) -> None:
    desk = Desk(SHOWN | {"soc_target": 95})
    made = desk.plan(bound(50.0, "ceiling"), CHARGE, **manners)
    assert set(made.values()) == {"shadow" if "shadow" in manners else "written"}


def test_what_is_still_on_its_way_is_not_taken_for_shown() -> None:
    desk = Desk()
    desk.plan(bound(95.0, "ceiling"))
    desk.wait(seconds=5)
    desk.plan(bound(12.0, "ceiling"), CHARGE, urgent=True)
    assert desk.sent == ["soc_target=12"], "it shows 12 %, as before; 95 % may have arrived"
    desk.wait(seconds=50)
    desk.plan(bound(12.0, "ceiling"), CHARGE)
    assert desk.sent == []
    desk.wait(seconds=10)
    desk.plan(bound(12.0, "ceiling"), CHARGE)
    assert desk.sent == ["grid_charging=ON"], "no message lives so long"


# a house that loses, delays and refuses what it is told

Wish = tuple[str, float]
wishes = st.lists(
    st.tuples(st.sampled_from(["charge", "export", "rest"]), st.sampled_from([12.0, 50.0, 95.0])),
    min_size=1,
    max_size=6,
)
fates = st.lists(st.sampled_from(["taken", "taken", "late", "lost"]), min_size=8, max_size=60)


def settings_of(wish: Wish) -> tuple[Setting, ...]:
    kind, percent = wish
    if kind == "charge":
        return NO_SALE, bound(percent, "ceiling"), CHARGE
    if kind == "export":
        return NO_CHARGE, bound(percent, "floor"), SELL
    return NO_CHARGE, NO_SALE, bound(12.0, "floor")


class Unreliable:
    """A house that takes a message, takes it a minute late at most, or never."""

    def __init__(self, fates: list[str], *, slow: frozenset[str]) -> None:
        self.desk = Desk()
        self._slow = slow
        self._fates = deque(fates)
        self._late: list[tuple[int, str, str]] = []
        self.device = {"grid_charging": "OFF", "work_mode": "Zero Export To CT", "soc_target": "12"}
        self._second = 0

    def look(self, wish: Wish) -> None:
        desk = self.desk
        desk.plan(*settings_of(wish), urgent=True)
        for order in desk.outcome.orders:
            fate = self._fates.popleft() if self._fates else "taken"
            if fate == "taken":
                self.device[order.role] = order.payload
            elif fate == "late" and order.role in self._slow:
                self._late.append((self._second + 50, order.role, order.payload))
        desk.wait(seconds=10)
        self._second += 10
        due = [one for one in self._late if one[0] <= self._second]
        self._late = [one for one in self._late if one[0] > self._second]
        for _, role, payload in due:
            self.device[role] = payload
        for role, value in self.device.items():
            desk.show(role, value)


@settings(max_examples=80, deadline=None)
@given(wishes, fates)
def test_no_flow_ever_starts_under_a_bound_looser_than_was_asked_for(
    asked: list[Wish], fate: list[str]
) -> None:
    house = Unreliable(fate, slow=frozenset({"soc_target"}))
    for kind, percent in asked:
        for _ in range(12):
            before = dict(house.device)
            house.look((kind, percent))
            target = float(house.device["soc_target"])
            if before["grid_charging"] == "OFF" and house.device["grid_charging"] == "ON":
                assert target <= percent, "charges further than it was to"
            if before["work_mode"] != house.device["work_mode"] == "Export First":
                assert target >= percent, "sells more than it was to"


@settings(max_examples=30, deadline=None)
@given(wishes, fates)
def test_in_the_end_the_house_is_as_it_was_to_be(asked: list[Wish], fate: list[str]) -> None:
    house = Unreliable(fate, slow=frozenset({"soc_target", "work_mode", "grid_charging"}))
    for wish in asked:
        for _ in range(6):
            house.look(wish)
    for _ in range(int(timedelta(minutes=40) / timedelta(seconds=10))):
        house.look(asked[-1])
    wanted = {one.role: house.desk.entity(one.role).spell(one.value) for one in settings_of(
        asked[-1]
    )}  # fmt: skip
    assert house.device == house.device | wanted
