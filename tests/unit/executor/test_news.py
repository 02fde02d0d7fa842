"""Notes are edges: each once, of what is effective, in words that say what and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.samples import NOON, house

from darkstar_common.contract import (
    Command,
    ControlState,
    Following,
    Legionella,
    Override,
    Service,
)
from darkstar_executor.core.news import (
    SAME_TEXT,
    Effective,
    Note,
    edges,
    effective,
    reminder,
    reminders,
    worth_saying,
)

ZONE = house().zone
HOUR = timedelta(hours=1)
CALM = Effective(at=NOON, reason="the plan")
CHARGE = Override(action="force_charge", until=NOON + HOUR, soc_percent=80)
TOPUP = CHARGE.model_copy(update={"requested_by": "battery_topup"})
LOST = Following(state="not_following", asked="charge 3 kW", seen="0 kW", tried="3 times")
COLD, SAFE, LATE = (
    Legionella(done_at=NOON - 8 * 24 * HOUR),
    Legionella(done_at=NOON),
    Legionella(done_at=NOON - 8 * 24 * HOUR, overdue=True),
)


def kinds(before: Effective, after: Effective) -> list[str]:
    return [note.kind for note in edges(before, after, ZONE)]


@pytest.mark.parametrize(
    ("change", "begins", "ends"),
    [
        ({"charging": 80.0}, ["charge_start"], ["charge_stop"]),
        ({"exporting": 20.0}, ["export_start"], ["export_stop"]),
        ({"heating": 60.0}, ["water_heat_start"], ["water_heat_stop"]),
        ({"evs": {"car": 7.0}}, ["ev_start"], ["ev_stop"]),
        ({"evs": {"car": 7.0, "van": 3.0}}, ["ev_start"] * 2, ["ev_stop"] * 2),
        ({"override": CHARGE}, ["override_started"], ["override_ended"]),
        ({"boost_until": NOON + HOUR}, ["override_started"], ["override_ended"]),
        ({"grid": False}, ["grid_outage"], []),
        ({"trimmed": "the fuse: the battery charges with 1.0 kW"}, ["peak_guard"], []),
        ({"following": LOST}, ["not_following"], []),
        ({"target": 80.0}, [], []),
        ({"reason": "another one"}, [], []),
    ],
)
def test_each_edge_is_told_once(change: dict[str, Any], begins: list[str], ends: list[str]) -> None:
    there = replace(CALM, **change)
    assert kinds(CALM, there) == begins
    assert kinds(there, there) == []
    assert kinds(there, CALM) == ends


@pytest.mark.parametrize(
    ("before", "after", "kind", "title"),
    [
        ({}, {"charging": 80.0}, "charge_start", "The battery charges from the grid to 80 %"),
        ({}, {"exporting": 20.0}, "export_start", "The battery sells to 20 %"),
        ({}, {"heating": 60.0}, "water_heat_start", "Water is heated to 60 °C"),
        ({}, {"evs": {"car": 7.0}}, "ev_start", "car charges"),
        ({"target": 20.0}, {"target": 80.0}, "soc_target_change", "The battery's target is 80 %"),
        ({}, {"override": CHARGE}, "override_started", "Force charge has begun"),
        ({}, {"override": TOPUP}, "override_started", "Battery top-up to 80 % has begun"),
        ({"override": TOPUP}, {}, "override_ended", "Battery top-up to 80 % has ended"),
        ({"grid": True}, {"grid": False}, "grid_outage", "The grid is gone"),
        ({"grid": False}, {"grid": True}, "grid_outage", "The grid is back"),
        ({"following": LOST}, {"following": Following(state="following")}, "not_following",
         "The inverter does what it is told again"),
        ({"legionella": COLD}, {"legionella": SAFE}, "legionella",
         "Hot water is safe from legionella"),
        ({"legionella": COLD}, {"legionella": LATE}, "legionella",
         "Heating against legionella is overdue"),
    ],
)  # fmt: skip
def test_what_is_told_says_what_it_is(
    before: dict[str, Any], after: dict[str, Any], kind: str, title: str
) -> None:
    (note,) = edges(replace(CALM, **before), replace(CALM, **after), ZONE)
    assert (note.kind, note.title) == (kind, title)
    assert note.text


def test_the_first_look_tells_nothing() -> None:
    assert edges(None, replace(CALM, charging=80.0, grid=False), ZONE) == ()


@pytest.mark.parametrize("grid", [(None, True), (True, None), (False, None)])
def test_a_grid_that_is_not_known_is_no_outage(grid: tuple[bool | None, bool | None]) -> None:
    before, after = grid
    assert kinds(replace(CALM, grid=before), replace(CALM, grid=after)) == []


def test_another_override_is_told_as_a_new_one() -> None:
    hold = Override(action="hold", until=NOON + HOUR)
    longer = CHARGE.model_copy(update={"until": NOON + 2 * HOUR})
    with_charge = replace(CALM, override=CHARGE)
    assert kinds(with_charge, replace(CALM, override=hold)) == ["override_started"]
    assert kinds(with_charge, replace(CALM, override=longer)) == ["override_started"]
    shorter = CHARGE.model_copy(update={"until": NOON + HOUR / 2})  # by a clock that was set back
    assert kinds(with_charge, replace(CALM, override=shorter)) == []


def test_a_tank_that_stays_hot_is_told_of_once() -> None:
    later = Legionella(done_at=NOON + HOUR)
    assert kinds(replace(CALM, legionella=SAFE), replace(CALM, legionella=later)) == []


def test_not_following_says_what_was_asked_seen_and_tried() -> None:
    (note,) = edges(CALM, replace(CALM, following=LOST), ZONE)
    assert note.severity == "error"
    assert note.text == "Asked: charge 3 kW; seen: 0 kW; tried: 3 times"


def state(**fields: Any) -> ControlState:
    command = Command(
        intent="charge_from_grid", soc_target_percent=80, water_temperature_c=60,
        evs={"car": 7.0, "van": 0.0},
    )  # fmt: skip
    known = {
        "sender": Service.EXECUTOR, "emitted_at": NOON, "command": command, "rule": "plan_x",
        "reason": "cheap", "shadow": False, "water_rule": "plan", "override": CHARGE,
        "trimmed": "the fuse", "following": LOST, "grid_available": False,
    }  # fmt: skip
    return ControlState.model_validate(known | fields)


def test_what_is_commanded_is_effective() -> None:
    seen = effective(state(), off_c=40)
    assert (seen.charging, seen.exporting, seen.heating, seen.target) == (80, None, 60, 80)
    assert seen.evs == {"car": 7.0}
    assert (seen.override, seen.trimmed, seen.grid) == (CHARGE, "the fuse", False)


@pytest.mark.parametrize("hands", [{"shadow": True}, {"automation": False}])
def test_in_shadow_mode_and_with_the_hands_off_no_flow_is_ours(hands: dict[str, bool]) -> None:
    seen = effective(state(**hands), off_c=40)
    assert (seen.charging, seen.heating, seen.target, seen.trimmed) == (None, None, None, None)
    assert (seen.evs, seen.following) == ({}, Following())
    assert seen.grid is False


@pytest.mark.parametrize(
    ("rule", "off_c", "heating"),
    [("plan", 60, None), ("plan", None, None), ("no_plan", 40, None), ("pause", 40, None),
     ("water_boost", 40, 60), ("surplus", 40, 60)],
)  # fmt: skip
def test_a_thermostat_at_rest_is_no_heating(
    rule: str, off_c: float | None, heating: float | None
) -> None:
    assert effective(state(water_rule=rule), off_c=off_c).heating == heating


NOTE = Note(kind="charge_start", title="It charges", text="Since it is cheap.")


@pytest.mark.parametrize(
    ("wanted", "said", "expected"),
    [
        ({}, {}, True),
        ({"charge_start": True}, {}, True),
        ({"charge_start": False}, {}, False),
        ({}, {"charge_start": ("It charges", NOON - SAME_TEXT)}, True),
        ({}, {"charge_start": ("It charges", NOON - SAME_TEXT / 2)}, False),
        ({}, {"charge_start": ("It charges", NOON + SAME_TEXT / 2)}, False),
        ({}, {"charge_start": ("It charges fast", NOON)}, True),
        ({}, {"charge_stop": ("It charges", NOON)}, True),
    ],
)
def test_the_same_is_not_said_twice_within_an_hour(
    wanted: dict[str, bool], said: dict[Any, tuple[str, datetime]], expected: bool
) -> None:
    assert worth_saying(NOTE, wanted, said, NOON) is expected


def test_a_reminder_says_how_long_yet() -> None:
    note = reminder(NOON, NOON + 1.5 * HOUR, NOON + HOUR / 2, ZONE)
    assert note.title == "Darkstar is paused for another 60 min"
    assert f"{NOON.astimezone(ZONE):%H:%M}" in note.text


@given(st.integers(1, 500), st.integers(0, 10_000))
def test_reminders_come_one_by_one(every: int, minutes: int) -> None:
    interval, now = timedelta(minutes=every), NOON + timedelta(minutes=minutes)
    due = reminders(NOON, now, interval)
    assert due == minutes // every
    assert reminders(NOON, now + interval, interval) == due + 1


def test_there_may_be_no_reminders() -> None:
    assert reminders(NOON, NOON + HOUR, timedelta(0)) == 0
    assert reminders(None, NOON, HOUR) == 0
    assert reminders(NOON, NOON - HOUR, HOUR / 4) == 0
