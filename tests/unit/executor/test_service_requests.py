"""What people switch: hands off and on, stop, quick actions, notifications, giving back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, EXPORT, HOLD, SETTINGS, house, schedule

from darkstar_common.config import Executor
from darkstar_common.contract import NOTIFICATION_KINDS, SCHEDULE

CHARGING = schedule(*[CHARGE] * 8)
FALLBACK = {
    "grid_charging": "OFF", "work_mode": "Zero Export To CT", "soc_target": "12",
    "max_charge_current": "100", "water_setpoint": "60",
}  # fmt: skip


def last(home: House) -> dict[str, str]:
    """What each setting was told last."""
    return {role: home.commanded(role)[-1] for role in SETTINGS if home.commanded(role)}


async def test_hands_off_leaves_the_fallback_once_and_touches_nothing_then(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, CHARGING)
        assert home.commanded("grid_charging") == ["ON"]
        result = await home.ask("automation/set", "off")
        assert result.accepted
        assert not home.state.automation
        assert home.state.rule == "off"
        assert {role: last(home)[role] for role in FALLBACK if role in last(home)} == {
            role: value for role, value in FALLBACK.items() if role in last(home)
        }
        assert last(home)["grid_charging"] == "OFF"
        await home.wait(minutes=2)
        written = home.written
        await home.show("work_mode", "Export First", retain=True)  # somebody turns a knob
        await home.show("soc_target", "55", retain=True)
        await home.wait(minutes=20)
        assert home.written == written


async def test_hands_on_again_follow_the_plan_at_once(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, CHARGING)
        await home.ask("automation/set", "off")
        await home.wait(minutes=3)
        assert (await home.ask("automation/set", "on")).accepted
        assert home.state.automation
        assert home.commanded("grid_charging") == ["ON", "OFF", "ON"]


async def test_a_fallback_that_a_device_misses_is_written_until_it_is_there(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, CHARGING)
        home.obeys = False
        await home.ask("automation/set", "off")
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        await home.wait(minutes=2)
        assert home.commanded("grid_charging")[:3] == ["ON", "OFF", "OFF"]
        home.obeys = True
        await home.wait(minutes=4)
        written = home.written
        await home.wait(minutes=30)
        assert home.written == written


async def test_the_houses_own_switch_takes_the_hands_away(tmp_path: Path) -> None:
    roles = house().executor.roles | {"automation_switch": "switch.house_automation"}
    config = house()
    config = config.model_copy(
        update={"executor": config.executor.model_copy(update={"roles": roles})}
    )
    async with a_house(config=config) as home, home.executor(tmp_path):
        await home.bus.publish_raw(
            "homeassistant/switch/house/automation/config",
            '{"name": "Automation", "unique_id": "house_automation", "object_id": '
            '"house_automation", "state_topic": "house/automation", "command_topic": "x/set"}',
            retain=True,
        )
        await home.bus.publish_raw("house/automation", "ON", retain=True)
        await home.tell(SCHEDULE, CHARGING)
        await home.wait(seconds=15)
        assert home.state.automation
        await home.bus.publish_raw("house/automation", "OFF", retain=True)
        await home.wait(seconds=1)
        assert not home.state.automation
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        assert (await home.ask("automation/set", "on")).accepted
        assert not home.state.automation  # both have to be on
        await home.bus.publish_raw("house/automation", "ON", retain=True)
        await home.wait(seconds=1)
        assert home.commanded("grid_charging") == ["ON", "OFF", "ON"]


async def test_stop_rests_the_battery_and_ends(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[EXPORT] * 8))
        assert home.commanded("work_mode") == ["Export First"]
        result = await home.ask("override/set", '{"action": "stop", "minutes": 15}')
        assert result.accepted
        assert home.state.rule == "override_stop"
        assert last(home)["work_mode"] == "Zero Export To CT"
        assert (last(home)["max_charge_current"], last(home)["max_discharge_current"]) == ("0", "0")
        assert last(home)["water_setpoint"] == "40"
        await home.wait(minutes=16)
        assert home.state.rule == "plan_export"


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize("action", ["force_charge", "force_export", "force_heat", "stop"])
async def test_quick_actions_show_their_end(tmp_path: Path, action: str, minutes: int) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        await home.ask("override/set", f'{{"action": "{action}", "minutes": {minutes}}}')
        override = home.state.override
        assert override is not None
        assert override.until == home.clock.now() + timedelta(minutes=minutes)
        rule = home.state.water_rule if action == "force_heat" else home.state.rule
        assert rule == f"override_{action}"


@pytest.mark.parametrize("percent", [80, 100])
async def test_a_top_up_is_bounded_by_its_state_of_charge(tmp_path: Path, percent: int) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        assert (await home.ask("battery_topup/set", str(percent))).accepted
        assert home.state.command.soc_target_percent == percent
        assert home.commanded("soc_target")[-1] == str(percent)


@pytest.mark.parametrize("percent", [30, 50])
async def test_a_top_up_to_less_is_refused(tmp_path: Path, percent: int) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        result = await home.ask("battery_topup/set", str(percent))
        assert not result.accepted
        assert "50 %" in result.reason


@pytest.mark.parametrize("request_", ["override/set", "battery_topup/set", "water_boost/set"])
@pytest.mark.parametrize(
    ("hands", "payload", "way_out"),
    [("automation/set", "off", "automation/set on"), ("pause/set", "30", "pause/set off")],
)
async def test_what_would_not_be_done_is_refused(
    tmp_path: Path, request_: str, hands: str, payload: str, way_out: str
) -> None:
    words = {"override/set": "hold", "battery_topup/set": "80", "water_boost/set": "30"}
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        await home.ask(hands, payload)
        result = await home.ask(request_, words[request_])
        assert not result.accepted
        assert way_out in result.reason
        assert (home.state.override, home.state.water_boost_until) == (None, None)


async def test_which_kinds_are_told_is_shown_and_can_be_changed(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        assert set(home.state.notifications) == set(NOTIFICATION_KINDS)
        assert home.state.notifications["charge_stop"] is Executor().notify.charge_stop
        assert (await home.ask("notifications/set", "override_started off")).accepted
        assert not home.state.notifications["override_started"]
        await home.ask("override/set", "hold")
        assert "override_started" not in home.told
        result = await home.ask("notifications/set", "banana on")
        assert not result.accepted


async def test_release_reaches_devices_that_shadow_mode_left_in_the_fallback(
    tmp_path: Path,
) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.show("max_charge_current", "30", retain=True)
        await home.tell(SCHEDULE, CHARGING)
        await home.wait(minutes=2)
        await home.ask("shadow/set", "on")
        assert last(home)["max_charge_current"] == "100"
        await home.wait(minutes=5)
        assert (await home.ask("control/release", "")).accepted
        assert last(home)["max_charge_current"] == "30"


async def test_a_device_that_misses_its_release_is_told_again(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, CHARGING)
        home.obeys = False
        await home.ask("control/release", "")
        assert home.commanded("soc_target") == ["70"]  # charging is to be seen to end first
        home.obeys = True
        await home.wait(minutes=4)
        assert last(home)["soc_target"] == "12"
        assert home.state.shadow
        written = home.written
        await home.wait(minutes=30)
        assert home.written == written
