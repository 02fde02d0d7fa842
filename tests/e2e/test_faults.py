"""The fault table of docs/operations.md, row by row: real processes on a real broker.

Whatever breaks, no flow is forced that nothing would end, what is wrong is told once, and what is
mended is followed again by itself.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from support.broken import Broken, broken_house, charging

from darkstar_common.generate.configuration import ROLE_EXAMPLES
from darkstar_common.launcher.fleet import BROKER
from darkstar_common.slots import SLOT, slot_start

pytestmark = pytest.mark.e2e
FORCED = frozenset({"charge_from_grid", "export"})
READINGS = {
    "sensor.inverter_battery_power": "discharge_kw",
    "sensor.inverter_pv_power": "pv_kw",
    "sensor.inverter_load_power": "load_kw",
    "sensor.grid_meter_power": "import_kw",
    "sensor.inverter_grid_voltage": "grid_voltage_v",
    "sensor.water_heater_power": "water_kw",
    "sensor.water_heater_temperature": "water_temperature_c",
    "sensor.inverter_battery_soc": "soc_percent",
}


def value(house: Broken, name: str) -> float | None:
    assert house.state is not None
    reading = getattr(house.state, name)
    found: float | None = reading.value
    return found


def known(house: Broken, name: str) -> bool:
    return value(house, name) is not None


def unknown(house: Broken, name: str) -> bool:
    return value(house, name) is None


def forced(house: Broken) -> bool:
    return house.control is not None and house.control.command.intent in FORCED


async def charge(house: Broken) -> None:
    """Follow a schedule that charges, and be seen to do so."""
    await house.plan(charging(slot_start(house.clock.now())))
    await house.until("the plan charges", lambda: house.rule == "plan_charge_from_grid")
    await house.until("the battery charges", lambda: (value(house, "charge_kw") or 0) > 3)


async def test_every_sensor_unavailable_in_turn_is_unknown_and_comes_back(tmp_path: Path) -> None:
    async with broken_house(tmp_path) as house:
        await charge(house)
        for entity, name in READINGS.items():
            await house.fault(f"unavailable {entity.partition('.')[2]}")
            await house.until(f"{name} unknown", partial(unknown, house, name))
            if name == "soc_percent":
                await house.until("nothing forced blindly", lambda: house.rule == "soc_unknown")
            else:
                assert house.rule == "plan_charge_from_grid", f"without {name}"
            await house.fault("clear")
            await house.until(f"{name} known", partial(known, house, name))
        await house.until("the plan again", lambda: house.rule == "plan_charge_from_grid")


async def test_a_state_of_charge_that_is_no_number_forces_nothing(tmp_path: Path) -> None:
    async with broken_house(tmp_path) as house:
        await charge(house)
        await house.fault("nan inverter_battery_soc")
        await house.until("nothing forced blindly", lambda: house.rule == "soc_unknown")
        await house.until("charging has ended", lambda: value(house, "charge_kw") == 0)
        await house.fault("clear")
        await house.until("the plan again", lambda: house.rule == "plan_charge_from_grid")


@pytest.mark.parametrize("fault", ["ignore_commands", "refuse_commands"])
async def test_a_command_that_is_not_taken_is_tried_told_and_no_flow_rests_on_it(
    fault: str, tmp_path: Path
) -> None:
    async with broken_house(tmp_path) as house:
        await house.until("at rest", lambda: house.rule == "no_schedule")
        await house.fault(f"{fault} inverter_battery_soc_target")
        await house.plan(charging(slot_start(house.clock.now())))
        await house.until("told", lambda: "write_soc_target" in house.issues, seconds=30)
        tries = [payload for _, role, payload in house.commands if role == "battery_soc_target"]
        assert [one for one in tries if one == "90"] == ["90"] * 3
        await house.until("notified", lambda: "not_confirmed" in {one.kind for one in house.notes})
        await house.until("no flow without its bound", lambda: house.rule == "no_bounds")
        # under the old bound, 12 %, it could charge nothing meanwhile
        assert value(house, "charge_kw") == 0
        await house.until(
            "no longer asked for",
            lambda: (
                [one for _, role, one in house.commands if role == "battery_grid_charging"][-1]
                == "OFF"
            ),
        )
        await house.fault("clear")
        await house.until(
            "tried again after a rest", lambda: house.rule == "plan_charge_from_grid", seconds=40
        )
        await house.until("the issue is gone", lambda: "write_soc_target" not in house.issues)


async def test_a_broker_gone_for_two_minutes_in_mid_charge_changes_nothing(tmp_path: Path) -> None:
    async with broken_house(tmp_path) as house:
        await charge(house)
        before = len(house.commands)
        child = house.fleet.children[BROKER]
        assert child.process is not None
        if child.watch is not None:
            child.watch.cancel()
        house.kill(BROKER)
        await child.process.wait()
        await house.pass_(minutes=2)
        await house.fleet.start(BROKER, child.command)
        gone = house.clock.now()
        await house.until(
            "heard again",
            lambda: house.state is not None and house.state.emitted_at > gone,
            seconds=30,
        )
        assert house.rule == "plan_charge_from_grid"
        await house.until("still charging", lambda: (value(house, "charge_kw") or 0) > 3)
        late = [one for one in house.commands[before:] if one[1] == "work_mode"]
        assert late == []


async def test_an_executor_killed_in_mid_force_charge_takes_it_up_and_ends_it(
    tmp_path: Path,
) -> None:
    async with broken_house(tmp_path) as house:
        await house.ask("override/set", '{"action": "force_charge", "minutes": 30}')
        await house.until("charging", lambda: house.rule == "override_force_charge")
        assert house.control is not None
        assert house.control.override is not None
        end = house.control.override.until
        house.kill("executor")
        killed = house.clock.now()
        await house.until(
            "back, and still charging",
            lambda: (
                house.control is not None
                and house.control.emitted_at > killed
                and house.rule == "override_force_charge"
            ),
            seconds=20,
        )
        assert house.control.override is not None
        assert house.control.override.until == end
        await house.until("ended at its time", lambda: not forced(house), seconds=60)
        assert timedelta(0) <= house.clock.now() - end < timedelta(minutes=3)
        await house.until("charging has ended", lambda: value(house, "charge_kw") == 0)


async def test_schedules_of_yesterday_and_with_a_hole_are_not_followed(tmp_path: Path) -> None:
    async with broken_house(tmp_path) as house:
        now = slot_start(house.clock.now())
        await house.plan(charging(now - timedelta(days=1)))
        await house.until("stale", lambda: house.rule == "schedule_stale")
        await house.until("an issue", lambda: "schedule" in house.issues)
        whole = charging(now, slots=40)
        hole = whole.model_copy(update={"slots": (*whole.slots[8:],)})
        await house.plan(hole)
        await house.until("a hole", lambda: house.rule == "schedule_misses_now")
        assert not forced(house)
        await house.plan(charging(slot_start(house.clock.now())))
        await house.until("the plan", lambda: house.rule == "plan_charge_from_grid")
        await house.until("no issue", lambda: "schedule" not in house.issues)


async def test_a_clock_an_hour_ahead_follows_a_later_slot_within_all_bounds(tmp_path: Path) -> None:
    async with broken_house(tmp_path, executor_ahead=timedelta(hours=1)) as house:
        begin = slot_start(house.clock.now())
        await house.plan(charging(begin, slots=8))
        await house.until("a slot of the schedule", lambda: house.rule == "plan_charge_from_grid")
        assert house.control is not None
        assert house.control.slot_start is not None
        assert house.control.slot_start >= begin + 3 * SLOT
        assert house.control.command.soc_target_percent == 90
        # its own end comes an hour early, and then there is no plan
        await house.plan(charging(begin, slots=3))
        await house.until("the end", lambda: house.rule == "schedule_stale")
        assert not forced(house)


async def test_discovery_removed_and_back_unbinds_and_binds(tmp_path: Path) -> None:
    async with broken_house(tmp_path) as house:
        await charge(house)
        topic = "homeassistant/select/inverter_sim1/work_mode/config"
        announced = asyncio.Queue[bytes]()
        async with house.bus.inbox(filters=(topic,)) as inbox:
            async for delivery in inbox:
                announced.put_nowait(delivery.payload)  # type: ignore[union-attr]
                break
        kept = await announced.get()
        assert json.loads(kept)["options"]
        await house.bus.publish_raw(topic, "", retain=True)
        await house.until("no flow without its mode", lambda: house.rule == "no_bounds")
        await house.until(
            "missing",
            lambda: (
                house.devices is not None
                and {one.role: one.status for one in house.devices.roles}["work_mode"] == "missing"
            ),
        )
        await house.bus.publish_raw(topic, kept, retain=True)
        await house.until("bound again", lambda: house.rule == "plan_charge_from_grid")


@pytest.mark.timed
async def test_a_hundred_messages_a_second_hold_up_no_command(tmp_path: Path) -> None:
    async with broken_house(tmp_path) as house:
        await house.until("at rest", lambda: house.rule == "no_schedule")
        assert ROLE_EXAMPLES["load_power"] == "sensor.inverter_load_power"

        async def chatter() -> None:
            for number in range(500):
                await house.bus.publish_raw("inverter/sim1/load_power", str(500 + number % 7))
                await asyncio.sleep(0.01)

        talking = asyncio.create_task(chatter())
        await asyncio.sleep(1)
        asked = asyncio.get_running_loop().time()
        await house.ask("override/set", "force_charge")
        await house.until("commanded", lambda: house.rule == "override_force_charge", seconds=2)
        assert asyncio.get_running_loop().time() - asked < 2
        await house.until("charging", lambda: (value(house, "charge_kw") or 0) > 3)
        await talking
        assert "Traceback" not in house.log()


async def test_without_the_grid_the_house_is_left_to_its_inverter(tmp_path: Path) -> None:
    async with broken_house(tmp_path) as house:
        await charge(house)
        await house.fault("grid_outage")
        await house.until("an outage", lambda: house.rule == "grid_outage")
        assert not forced(house)
        await house.until("told", lambda: "grid_outage" in {one.kind for one in house.notes})
        await house.fault("clear")
        await house.until("the plan again", lambda: house.rule == "plan_charge_from_grid")
