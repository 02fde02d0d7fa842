import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, EXPORT, HOLD, NOON, discovery, house, schedule

from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    HOUSE_DEVICES,
    HOUSE_ENERGY,
    HOUSE_STATE,
    NOTIFY,
    SCHEDULE,
    STATUS,
    Service,
)
from darkstar_common.testing import settle

PLAN = schedule(CHARGE, EXPORT, HOLD, HOLD)


def issues(home: House) -> set[str]:
    status = home.bus.sent(STATUS[Service.EXECUTOR])
    return {one.key for one in status[-1].issues} if status else set()


async def test_a_schedule_is_followed_slot_by_slot(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        assert home.state.rule == "plan_charge_from_grid"
        assert home.state.schedule_id == str(PLAN.message_id)
        assert home.commanded("grid_charging") == ["ON"]
        assert home.commanded("soc_target") == ["70"]
        assert home.commanded("max_charge_current") == ["62"]
        await home.wait(minutes=16)
        assert home.state.rule == "plan_export"
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        assert home.commanded("work_mode") == ["Export First"]
        assert home.commanded("max_discharge_current") == ["83"]
        await home.wait(minutes=50)
        assert home.state.rule == "schedule_stale"
        assert home.commanded("work_mode") == ["Export First", "Zero Export To CT"]


async def test_the_change_of_slot_is_not_late(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.wait(minutes=14, seconds=50)
        await home.clock.advance_to(NOON + timedelta(minutes=15))
        assert home.commanded("work_mode") == ["Export First"]


async def test_the_same_situation_writes_nothing_again(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        written, actions = home.written, len(home.bus.sent(ACTION))
        await home.tell(SCHEDULE, PLAN)
        await home.wait(minutes=14)
        assert home.written == written
        assert len(home.bus.sent(ACTION)) == actions


async def test_an_override_acts_at_once_and_ends_at_its_time(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        result = await home.ask("override/set", '{"action": "force_charge", "minutes": 20}')
        assert result.accepted
        assert home.commanded("grid_charging") == ["ON"]
        assert home.state.rule == "override_force_charge"
        assert home.state.override is not None
        assert home.state.override.until == home.clock.now() + timedelta(minutes=20)
        await home.wait(minutes=20, seconds=1)
        assert home.state.override is None
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        assert {note.kind for note in home.bus.sent(NOTIFY)} == {
            "override_started", "override_ended", "charge_start",
        }  # fmt: skip


async def test_an_override_ends_at_its_state_of_charge(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.ask("battery_topup/set", "80")
        assert home.commanded("soc_target") == ["80"]
        home.alive = {"battery_soc": "80.2"}
        await home.wait(minutes=2)
        assert home.state.override is None
        assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_banana_is_refused_with_what_is_understood(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        result = await home.ask("override/set", "banana")
        assert not result.accepted
        assert "force_charge" in " ".join((result.reason, *result.understood))
        assert home.written == 0


@pytest.mark.parametrize(
    ("request_", "payload", "reason"),
    [
        ("pause/set", "-5", "not between"),
        ("pause/set", "1e9", "not between"),
        ("battery_topup/set", "99", "max_soc_percent is 90"),
        ("override/set", '{"action": "force_export"}', "forbids export"),
    ],
)
async def test_what_cannot_be_is_refused(
    tmp_path: Path, request_: str, payload: str, reason: str
) -> None:
    config = house()
    battery = config.battery and config.battery.model_copy(update={"max_soc_percent": 90.0})
    grid = config.grid.model_copy(update={"max_export_kw": 0.0})
    config = config.model_copy(update={"battery": battery, "grid": grid})
    async with a_house(config=config) as home, home.executor(tmp_path):
        result = await home.ask(request_, payload)
        assert not result.accepted
        assert reason in result.reason
        assert home.written == 0


async def test_a_house_without_water_heater_cannot_boost(tmp_path: Path) -> None:
    config = house().model_copy(update={"water_heater": None})
    async with a_house(config=config) as home, home.executor(tmp_path):
        assert not (await home.ask("water_boost/set", "30")).accepted
        assert not (await home.ask("override/set", "force_heat")).accepted


async def test_a_retained_request_does_not_act(tmp_path: Path) -> None:
    async with a_house() as home:
        topic = "darkstar/v1/home/override/set"
        await home.bus.publish_raw(topic, "force_charge", retain=True)
        async with home.executor(tmp_path):
            (result,) = home.bus.sent_raw(f"{topic}/result")
            assert json.loads(result)["accepted"] is False
            assert home.written == 0


async def test_shadow_mode_decides_and_writes_nothing(tmp_path: Path) -> None:
    async with a_house(config=house(shadow=True)) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.wait(minutes=20)
        assert home.written == 0
        assert home.state.shadow
        actions = home.bus.sent(ACTION)
        changes = [one.rule for one in actions if one.kind == "change"]
        assert changes == ["plan_charge_from_grid", "plan_export"]
        assert "shadow" in {write.result for one in actions for write in one.writes}
        assert (await home.ask("shadow/set", "off")).accepted
        assert home.commanded("work_mode") == ["Export First"]
    assert home.commanded("work_mode") == ["Export First", "Zero Export To CT"]


async def test_switching_shadow_on_leaves_the_fallback_behind(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.ask("shadow/set", "on")
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        written = home.written
        await home.wait(minutes=20)
        assert home.written == written


async def test_pause_and_resume(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.ask("pause/set", "30")
        assert home.state.rule == "pause"
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        await home.wait(minutes=31)
        assert home.state.rule == "plan_charge_from_grid"
        await home.ask("pause/set", "on")
        assert home.state.paused_until == home.clock.now() + timedelta(hours=1)
        await home.ask("pause/set", "off")
        assert home.state.rule == "plan_charge_from_grid"


async def test_hot_water_now(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        assert home.commanded("water_setpoint") == ["40"]
        await home.ask("water_boost/set", "10")
        assert home.state.water_boost_until is not None
        assert home.commanded("water_setpoint") == ["40", "70"]
        await home.wait(minutes=11)
        assert home.commanded("water_setpoint") == ["40", "70", "40"]


async def test_clearing_brings_the_plan_back(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 4))
        await home.ask("override/set", "force_charge")
        await home.ask("water_boost/set", "60")
        await home.ask("override/clear", "")
        assert home.state.rule == "plan_hold"
        assert (home.state.override, home.state.water_boost_until) == (None, None)


async def test_wishes_survive_a_restart_and_end_at_their_time(tmp_path: Path) -> None:
    async with a_house() as home:
        async with home.executor(tmp_path):
            await home.ask("override/set", "force_charge")
            until = home.state.override and home.state.override.until
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        async with home.executor(tmp_path):
            await home.wait(minutes=2)
            assert home.state.override is not None
            assert home.state.override.until == until
            assert home.commanded("grid_charging") == ["ON", "OFF", "ON"]
        await home.wait(minutes=61)
        async with home.executor(tmp_path):
            await home.wait(minutes=2)
            assert home.state.override is None


async def test_wishes_in_shadow_mode_survive_too(tmp_path: Path) -> None:
    async with a_house(config=house(shadow=True)) as home:
        async with home.executor(tmp_path):
            await home.ask("override/set", "hold")
        async with home.executor(tmp_path):
            await home.wait(minutes=1)
            assert home.state.override is not None


async def test_what_shadow_mode_would_have_written_is_written_after_it(tmp_path: Path) -> None:
    async with a_house(config=house(shadow=True)) as home:
        await home.bus.publish_raw("house/soc_target", "", retain=True)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, PLAN)
            await home.wait(minutes=1)
            await home.ask("shadow/set", "off")
            assert home.commanded("soc_target") == ["70"]


async def test_no_command_waits_in_the_broker_to_act_late(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        commands = [one for one in home.bus.broker.sent if one.topic.endswith("/set")]
        assert commands
        assert {one.expiry for one in commands} == {timedelta(minutes=1)}
        assert not any(one.retain for one in commands)


async def test_a_broken_state_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "wishes.json").write_text('{"override": 1}')
    async with a_house() as home, home.executor(tmp_path):
        await home.wait(minutes=1)
        assert "state_file" in issues(home)
        assert (await home.ask("override/set", "hold")).accepted


async def test_devices_are_given_back_as_they_were_found(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.wait(minutes=20)
        result = await home.ask("control/release", "")
        assert result.accepted
        assert home.state.shadow
        for role, found in {
            "grid_charging": "OFF", "soc_target": "12", "max_charge_current": "100",
            "max_discharge_current": "100", "work_mode": "Zero Export To CT",
            "water_setpoint": "60",
        }.items():  # fmt: skip
            assert home.commanded(role)[-1] == found
        written = home.written
        await home.wait(minutes=30)
        assert home.written == written


async def test_no_forced_charge_without_a_state_of_charge(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=2)
        assert home.commanded("grid_charging") == ["ON"]
        await home.show("battery_soc", "unavailable")
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        assert home.state.rule == "soc_unknown"
        home.alive = {}
        await home.wait(minutes=2)
        await home.show("battery_soc", "51")
        assert home.commanded("grid_charging") == ["ON", "OFF", "ON"]


async def test_a_silent_state_of_charge_gets_too_old(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        home.alive = {}
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=12)
        assert home.state.rule == "soc_unknown"
        soc = home.bus.sent(HOUSE_STATE)[-1].soc_percent
        assert soc.value is None
        assert soc.measured_at is not None


async def test_a_command_that_is_ignored_is_reported(tmp_path: Path) -> None:
    async with a_house(obeys=False) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 16))
        await home.wait(minutes=10)
        assert home.commanded("soc_target")[:3] == ["70", "70", "70"]
        assert "write_soc_target" in issues(home)
        assert home.state.rule == "no_bounds"
        notes = [note.title for note in home.bus.sent(NOTIFY) if note.kind == "not_confirmed"]
        assert len(notes) == len(set(notes)) > 0
        assert not all(one.success for one in home.bus.sent(ACTION))


async def test_discovery_removed_and_back_rebinds(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        topic, payload = discovery("soc_target")
        await home.bus.publish_raw(topic, "", retain=True)
        await home.wait(seconds=10)
        assert home.state.rule == "no_bounds"
        assert "role_soc_target" in issues(home)
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        await home.bus.publish_raw(topic, payload, retain=True)
        await home.wait(minutes=2)
        assert home.commanded("grid_charging") == ["ON", "OFF", "ON"]
        assert "role_soc_target" not in issues(home)


async def test_the_house_is_published_in_darkstars_units(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.show("battery_power", "-1200")
        await home.wait(seconds=10)
        state = home.bus.sent(HOUSE_STATE)[-1]
        assert state.charge_kw.value == 1.2
        assert state.discharge_kw.value == 0
        assert state.import_kw.value == 0.5
        assert state.work_mode == "Zero Export To CT"
        assert state.water_kw.value is None


async def test_the_house_is_not_published_for_every_message(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.wait(minutes=1)
        before = len(home.bus.sent(HOUSE_STATE))
        for number in range(500):
            await home.bus.publish_raw("house/pv_power", str(number))
        await home.clock.advance(timedelta(seconds=5))
        assert len(home.bus.sent(HOUSE_STATE)) <= before + 1
        assert home.bus.sent(HOUSE_STATE)[-1].pv_kw.value == 0.499


async def test_counters_are_published_at_once_after_a_slot_boundary(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.clock.advance_to(NOON + timedelta(minutes=15, seconds=1))
        before = len(home.bus.sent(HOUSE_ENERGY))
        await home.show("load_energy", "10.5")
        assert len(home.bus.sent(HOUSE_ENERGY)) == before
        await home.show("pv_energy", "7000")
        energy = home.bus.sent(HOUSE_ENERGY)[-1]
        assert energy.load_kwh.value == 10.5
        assert energy.pv_kwh.value == 7
        assert energy.pv_kwh.measured_at == home.clock.now()


async def test_devices_say_what_is_bound(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.wait(seconds=10)
        (devices,) = home.bus.sent(HOUSE_DEVICES)
        assert {row.status for row in devices.roles if not row.optional} == {"bound"}
        assert devices.profile == "deye"
        assert issues(home) == set()


async def test_entities_and_proposals_are_told_and_what_they_show_alone_is_no_news(
    tmp_path: Path,
) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.wait(seconds=10)
        (devices,) = home.bus.sent(HOUSE_DEVICES)
        assert len(devices.entities) == len(devices.discovered)
        likely = {one.role: one.entity for one in devices.proposals if one.likely}
        assert likely["battery_soc"] == "sensor.house_battery_soc"
        await home.show("battery_soc", "51")
        await home.wait(minutes=5)
        assert len(home.bus.sent(HOUSE_DEVICES)) == 1


GARBAGE = (b"", b"\xff\xfe", b"nan", b"[1, 2", b'{"a": NaN}', b"x" * 1_000_000, b"null", b"-1e400")


@pytest.mark.parametrize("payload", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_everywhere_leaves_it_running(tmp_path: Path, payload: bytes) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        for topic in _topics():
            await home.bus.publish_raw(topic, payload)
        await settle()
        await home.wait(minutes=1)
        assert home.state.rule in {"plan_charge_from_grid", "pause", "soc_unknown"}
        result = await home.ask("override/set", "hold")
        assert result.accepted


def _topics() -> Iterable[str]:
    ours = "darkstar/v1/home/"
    requests = (
        "override/set",
        "battery_topup/set",
        "water_boost/set",
        "shadow/set",
        "plan/schedule",
    )
    yield from (ours + name for name in requests)
    yield from ("house/battery_soc", "house/soc_target", "house/grid_voltage", "house/load_energy")
    yield "homeassistant/sensor/new/config"
    yield "homeassistant/device/new/config"


async def test_an_action_names_its_cause(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        action = home.bus.sent(ACTION)[-1]
        assert action.caused_by == PLAN.message_id
        assert action.planned == action.commanded
        assert action.slot_start == NOON
        assert action.success
        assert home.bus.sent(CONTROL_STATE)[-1].caused_by == PLAN.message_id


async def test_a_restart_in_mid_charge_writes_nothing(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        for role, value in {
            "grid_charging": "ON", "soc_target": "70", "max_charge_current": "62",
            "water_setpoint": "40",
        }.items():  # fmt: skip
            await home.show(role, value, retain=True)
        async with home.executor(tmp_path):
            await home.wait(minutes=5)
            assert home.state.rule == "plan_charge_from_grid"
            assert home.written == 0


async def test_a_house_that_does_not_show_its_settings_is_commanded_after_a_while(
    tmp_path: Path,
) -> None:
    async with a_house() as home:
        await home.bus.publish_raw("house/soc_target", "", retain=True)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
            assert home.written == 0
            await home.wait(seconds=10)
            assert home.commanded("grid_charging") == ["ON"]


async def test_a_stopped_executor_says_so(tmp_path: Path) -> None:
    async with a_house() as home:
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, PLAN)
        assert home.state.rule == "stopped"
        assert home.state.command.intent == "self_consume"
        assert home.bus.sent(ACTION)[-1].rule == "stopped"


async def test_what_has_not_changed_is_said_again_now_and_then(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.ask("pause/set", "600")
        await home.wait(minutes=10)
        assert len(home.bus.sent(HOUSE_DEVICES)) == 1
        before = len(home.bus.sent(CONTROL_STATE))
        await home.wait(minutes=10)
        assert len(home.bus.sent(HOUSE_DEVICES)) == 2
        assert len(home.bus.sent(CONTROL_STATE)) == before + 1


async def test_a_name_with_half_a_character_stops_nothing(tmp_path: Path) -> None:
    """JSON may spell it, and the broker keeps it: it would end every start anew."""
    lamp = json.dumps({"name": "Lamp \ud83d", "state_topic": "lamp"})
    async with a_house() as home:
        await home.bus.publish_raw("homeassistant/sensor/lamp/config", lamp, retain=True)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, PLAN)
            await home.wait(minutes=1)
            assert home.commanded("grid_charging") == ["ON"]
            assert "Lamp \ufffd" in home.bus.sent(HOUSE_DEVICES)[-1].model_dump_json()


async def test_a_setting_that_flaps_does_not_delay_a_command(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        for number in range(2000):
            await home.bus.publish_raw("house/soc_target", str(20 + number % 2))
        await home.bus.publish_raw("house/soc_target", "50", retain=True)
        ticks = _ticks()
        await home.ask("override/set", "force_charge")
        assert home.commanded("grid_charging") == ["ON"]
        assert _ticks() - ticks < 100  # one look for a burst


def _ticks() -> float:
    found = REGISTRY.get_sample_value("darkstar_executor_tick_seconds_count")
    return found or 0.0
