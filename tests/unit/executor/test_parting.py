"""Hands taken away from a house that does not hear it: what stops a flow is told until it shows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from unit.common.keys.probe import changed
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, discovery, house, schedule

from darkstar_common.contract import SCHEDULE, STATUS, Service
from darkstar_executor.parting import UNSTOPPED

CHARGING = schedule(*[CHARGE] * 8)


async def reach(home: House, word: str) -> None:
    """The gateway of the inverter comes, or goes."""
    await home.bus.publish_raw("house/up", word, retain=True)
    await home.clock.advance(timedelta(seconds=1))


async def gateway(home: House) -> None:
    """Grid charging is behind a gateway that says whether it is there."""
    topic, payload = discovery("grid_charging", availability_topic="house/up")
    await home.bus.publish_raw(topic, payload, retain=True)
    await reach(home, "online")
    home.pace = timedelta(seconds=30)


def issue(home: House) -> str:
    """What is said of a stop that is not there."""
    status = home.bus.sent(STATUS[Service.EXECUTOR])
    issues = status[-1].issues if status else ()
    return "".join(one.message for one in issues if one.key == UNSTOPPED)


@pytest.mark.parametrize("hands", [("automation/set", "off"), ("shadow/set", "on")])
async def test_a_gateway_that_was_away_is_told_to_stop_when_it_is_back(
    tmp_path: Path, hands: tuple[str, str]
) -> None:
    async with a_house() as home:
        await gateway(home)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, CHARGING)
            assert home.commanded("grid_charging") == ["ON"]
            await reach(home, "offline")
            await home.ask(*hands)
            assert not issue(home)
            await home.wait(minutes=20)
            assert home.commanded("grid_charging") == ["ON"]
            assert "switch.house_grid_charging is to be off and shows nothing (" in issue(home)
            assert "unavailable" in issue(home)
            await reach(home, "online")
            await home.wait(minutes=1)
            assert home.commanded("grid_charging") == ["ON", "OFF"]
            await home.wait(minutes=1)
            assert not issue(home)
            written = home.written
            await home.show("grid_charging", "ON", retain=True)  # somebody turns a knob
            await home.wait(minutes=20)
            assert home.written == written


async def test_a_clock_that_is_set_ahead_gives_no_stop_up(tmp_path: Path) -> None:
    async with a_house() as home:
        await gateway(home)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, CHARGING)
            await reach(home, "offline")
            await home.ask("automation/set", "off")
            home.clock.offset += timedelta(minutes=16)
            await home.wait(minutes=2)
            await reach(home, "online")
            await home.wait(minutes=1)
            assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_a_device_that_does_not_obey_is_told_again_and_again(tmp_path: Path) -> None:
    async with a_house() as home:
        await gateway(home)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, CHARGING)
            home.obeys = False
            await home.ask("automation/set", "off")
            await home.wait(minutes=20)
            told = len(home.commanded("grid_charging"))
            assert "shows on" in issue(home)
            home.obeys = True
            await home.wait(minutes=25)
            assert len(home.commanded("grid_charging")) > told
            assert not issue(home)


async def test_hands_on_again_end_what_was_said_of_hands_off(tmp_path: Path) -> None:
    async with a_house() as home:
        await gateway(home)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, CHARGING)
            await reach(home, "offline")
            await home.ask("automation/set", "off")
            await home.wait(minutes=4)
            assert issue(home)
            await home.ask("automation/set", "on")
            assert not issue(home)


async def test_shadow_mode_that_is_saved_ends_a_charge(tmp_path: Path) -> None:
    async with a_house() as home:
        async with home.executor(tmp_path, begins_again=True):
            await home.tell(SCHEDULE, CHARGING)
            await home.wait(minutes=1)
            assert home.commanded("grid_charging") == ["ON"]
        home.config = house(shadow=True)
        async with home.executor(tmp_path):
            await home.wait(minutes=2)
            assert home.commanded("grid_charging") == ["ON", "OFF"]
            assert home.state.shadow
            written = home.written
            await home.wait(minutes=5)
            assert home.written == written


OTHERS: dict[str, dict[str, object]] = {
    "another entity": {"executor.roles": {"grid_charging": "other/switch"}},
    "another brand": {"inverter.profile": "solis"},
    "no battery": {"battery": None},
    "no heater": {"water_heater": None},
}


@pytest.mark.parametrize("policy", ["fallback", "leave"])
@pytest.mark.parametrize("name", OTHERS)
async def test_who_begins_again_with_other_hands_ends_the_charge_first(
    name: str, policy: str, tmp_path: Path
) -> None:
    """Nobody would end it afterwards: those entities have no role any more."""
    async with a_house(config=house(on_stop=policy)) as home:
        pending = home.config
        for key, value in OTHERS[name].items():
            pending = changed(pending, key, value)
        async with home.executor(tmp_path, begins_again=True, pending=pending):
            await home.tell(SCHEDULE, CHARGING)
            await home.wait(minutes=1)
            assert home.commanded("grid_charging") == ["ON"]
        assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_who_begins_again_with_the_same_hands_charges_on(tmp_path: Path) -> None:
    async with a_house() as home:
        pending = changed(home.config, "battery.wear_cost_per_kwh", 0.2)
        async with home.executor(tmp_path, begins_again=True, pending=pending):
            await home.tell(SCHEDULE, CHARGING)
            await home.wait(minutes=1)
        assert home.commanded("grid_charging") == ["ON"]
