"""What people ask for: bounded by what the house can, ended by time or state of charge."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.samples import NOON, house

from darkstar_common.config import Config, Ev
from darkstar_common.contract import (
    AutomationSet,
    BatteryTopupSet,
    ControlRelease,
    NotificationsSet,
    OverrideAction,
    OverrideClear,
    OverrideSet,
    PauseSet,
    Request,
    RunPlan,
    Service,
    ShadowSet,
    WaterBoostSet,
)
from darkstar_executor.answering import granted
from darkstar_executor.core.wishes import NO_WISHES, Refusal, Wishes

HOUSE = house()
ACTIONS: tuple[OverrideAction, ...] = get_args(OverrideAction)
MINUTE = timedelta(minutes=1)
PAUSED = NO_WISHES.paused(30, NOON)
OFF = NO_WISHES.automated(on=False)


def without(**parts: Any) -> Config:
    return HOUSE.model_copy(update=parts)


def ask(
    request: Request, wishes: Wishes = NO_WISHES, config: Config = HOUSE, soc: float | None = 50.0
) -> tuple[Wishes, str]:
    made = granted(request, wishes, config, NOON, soc_percent=soc)
    return made.wishes, made.sentence


def local(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment.astimezone(HOUSE.zone):%H:%M}"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_each_override_lasts_as_long_as_was_asked_for(
    action: OverrideAction, minutes: float
) -> None:
    wishes, sentence = ask(OverrideSet(action=action, minutes=minutes))
    assert wishes.override is not None
    assert wishes.override.until == NOON + minutes * MINUTE
    assert local(NOON + minutes * MINUTE) in sentence
    assert wishes.current(NOON + (minutes - 0.1) * MINUTE, 50).override == wishes.override
    assert wishes.current(NOON + minutes * MINUTE, 50).override is None


@pytest.mark.parametrize("percent", [30, 50, 80, 100])
def test_a_top_up_is_a_charge_to_that_state_of_charge(percent: float) -> None:
    wishes, sentence = ask(BatteryTopupSet(soc_percent=percent), soc=20.0)
    assert wishes.override is not None
    assert (wishes.override.action, wishes.override.soc_percent) == ("force_charge", percent)
    assert wishes.override.requested_by == "battery_topup"
    assert f"{percent} %" in sentence
    assert wishes.current(NOON, percent - 0.1).override is not None
    assert wishes.current(NOON, percent).override is None
    assert wishes.current(NOON, None).override is not None


@pytest.mark.parametrize("minutes", [30, 60, 120])
def test_a_boost_lasts_as_long_as_was_asked_for(minutes: float) -> None:
    wishes, sentence = ask(WaterBoostSet(minutes=minutes))
    assert wishes.water_boost_until == NOON + minutes * MINUTE
    assert local(wishes.water_boost_until) in sentence
    assert wishes.current(NOON + minutes * MINUTE, None).water_boost_until is None
    assert ask(WaterBoostSet(minutes=0), wishes)[0].water_boost_until is None


def test_a_forced_export_ends_at_its_state_of_charge() -> None:
    wishes, _ = ask(OverrideSet(action="force_export", soc_percent=40))
    assert wishes.current(NOON, 40.1).override is not None
    assert wishes.current(NOON, 40).override is None


def test_what_has_no_end_by_charge_goes_on_to_its_time() -> None:
    wishes, _ = ask(OverrideSet(action="hold", soc_percent=40))
    assert wishes.current(NOON, 10).override is not None
    assert wishes.current(NOON, 90).override is not None


def test_people_are_named_unless_they_say_who_they_are() -> None:
    by_people, _ = ask(OverrideSet(action="hold"))
    by_gateway, _ = ask(OverrideSet(action="hold", sender=Service.GATEWAY))
    assert by_people.override is not None
    assert by_gateway.override is not None
    assert (by_people.override.requested_by, by_gateway.override.requested_by) == (
        "people", "gateway",
    )  # fmt: skip


NO_BATTERY = without(battery=None)
NO_HEATER = without(water_heater=None)
NO_EXPORT = without(grid=HOUSE.grid.model_copy(update={"max_export_kw": 0.0}))


@pytest.mark.parametrize(
    ("request_", "wishes", "config", "reason"),
    [
        (OverrideSet(action="force_charge"), NO_WISHES, NO_BATTERY, "no battery"),
        (OverrideSet(action="hold"), NO_WISHES, NO_BATTERY, "no battery"),
        (BatteryTopupSet(soc_percent=80), NO_WISHES, NO_BATTERY, "no battery"),
        (OverrideSet(action="force_heat"), NO_WISHES, NO_HEATER, "no water heater"),
        (WaterBoostSet(minutes=30), NO_WISHES, NO_HEATER, "no water heater"),
        (OverrideSet(action="force_export"), NO_WISHES, NO_EXPORT, "grid.max_export_kw"),
        (OverrideSet(action="force_export", soc_percent=5), NO_WISHES, HOUSE, "min_soc_percent"),
        (BatteryTopupSet(soc_percent=40), NO_WISHES, HOUSE, "at 50 %"),
        (OverrideSet(action="force_charge", soc_percent=50), NO_WISHES, HOUSE, "at 50 %"),
        (OverrideSet(action="force_export", soc_percent=60), NO_WISHES, HOUSE, "at 50 %"),
        (OverrideSet(action="hold"), OFF, HOUSE, "automation/set on"),
        (BatteryTopupSet(soc_percent=80), OFF, HOUSE, "automation/set on"),
        (WaterBoostSet(minutes=30), PAUSED, HOUSE, "pause/set off"),
        (PauseSet(minutes=-1), NO_WISHES, HOUSE, "not between"),
        (RunPlan(), NO_WISHES, HOUSE, "does not take RunPlan"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    request_: Request, wishes: Wishes, config: Config, reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        ask(request_, wishes, config)


def test_stop_is_granted_in_every_house() -> None:
    bare = without(battery=None, water_heater=None, evs=(Ev(),))
    assert ask(OverrideSet(action="stop"), config=bare)[0].override is not None


@pytest.mark.parametrize("request_", [OverrideClear(), OverrideSet(action="plan")])
def test_the_plan_comes_back_when_asked_for(request_: Request) -> None:
    wishes, _ = ask(OverrideSet(action="hold"))
    wishes, _ = ask(WaterBoostSet(minutes=30), wishes)
    cleared, _ = ask(request_, wishes)
    assert (cleared.override, cleared.water_boost_until) == (None, None)
    assert ask(request_, OFF)[0] == OFF


def test_hands_off_ends_all_that_was_asked_for() -> None:
    wishes, _ = ask(OverrideSet(action="force_charge"))
    wishes, _ = ask(WaterBoostSet(minutes=30), wishes)
    off, sentence = ask(AutomationSet(on=False), wishes)
    assert not off.automation
    assert (off.override, off.water_boost_until, off.paused_until) == (None, None, None)
    assert "off" in sentence
    assert ask(AutomationSet(on=True), off)[0].automation


def test_a_pause_knows_since_when() -> None:
    paused, sentence = ask(PauseSet(minutes=45))
    assert (paused.paused_at, paused.paused_until) == (NOON, NOON + 45 * MINUTE)
    assert local(NOON + 45 * MINUTE) in sentence
    assert "Tue" not in sentence
    assert "Tue" in ask(PauseSet(minutes=24 * 60))[1]
    over = paused.current(NOON + 45 * MINUTE, None)
    assert (over.paused_at, over.paused_until) == (None, None)
    assert ask(PauseSet(minutes="off"), paused)[0].paused_until is None


def test_notifications_are_switched_one_by_one() -> None:
    wishes, _ = ask(NotificationsSet(kind="charge_stop", on=True))
    wishes, _ = ask(NotificationsSet(kind="ev_stop", on=False), wishes)
    assert wishes.notifications == {"charge_stop": True, "ev_stop": False}


def test_release_forgets_all_but_what_people_want_to_be_told() -> None:
    wishes, _ = ask(NotificationsSet(kind="charge_stop", on=True))
    wishes, _ = ask(OverrideSet(action="hold"), wishes)
    made = granted(ControlRelease(), wishes, HOUSE, NOON)
    assert made.release
    assert made.wishes == Wishes(shadow=True, notifications={"charge_stop": True})


@pytest.mark.parametrize("on", [True, False])
def test_shadow_mode_is_as_people_say(on: bool) -> None:
    wishes, sentence = ask(ShadowSet(on=on))
    assert wishes.shadow is on
    assert ("on" if on else "off") in sentence


minutes = st.floats(0.5, 10_000)


@given(minutes, st.floats(-5000, 20_000), st.floats(0, 100) | st.none())
def test_nothing_outlives_its_end_or_lasts_longer_than_asked_for(
    asked: float, later: float, soc: float | None
) -> None:
    wishes, _ = ask(OverrideSet(action="hold", minutes=asked))
    wishes = wishes.boosted(WaterBoostSet(minutes=min(asked, 1440)), HOUSE, NOON)
    wishes = wishes.paused(asked, NOON)
    now = NOON + later * MINUTE
    left = wishes.current(now, soc)
    override = left.override.until if left.override else None
    for end in (override, left.water_boost_until, left.paused_until):
        assert end is None or now < end <= now + asked * MINUTE
    assert (left.paused_at is None) == (left.paused_until is None)
    assert left.paused_at is None or left.paused_at <= now
    assert left.current(now, soc) == left
    if later >= asked:
        assert (left.override, left.water_boost_until, left.paused_until) == (None, None, None)


@given(minutes, st.floats(0, 1))
def test_a_clock_that_stands_still_or_goes_on_changes_no_end(asked: float, share: float) -> None:
    wishes, _ = ask(OverrideSet(action="hold", minutes=asked))
    later = wishes.current(NOON + share * 0.99 * asked * MINUTE, 50)
    assert later == wishes
