"""What people are told: edges of what is effective, each once, and nothing in shadow mode."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, EXPORT, HOLD, house, schedule

from darkstar_common.contract import NOTIFY, SCHEDULE, STATUS, Notification, Service

HOLDING = schedule(*[HOLD] * 96)


def notes(home: House) -> list[Notification]:
    return home.bus.sent(NOTIFY)


async def test_an_override_is_told_at_both_ends(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        await home.ask("override/set", '{"action": "force_charge", "minutes": 15}')
        await home.wait(minutes=16)
        told = [(note.kind, note.title) for note in notes(home)]
        assert told == [
            ("override_started", "Force charge has begun"),
            ("charge_start", "The battery charges from the grid to 100 %"),
            ("override_ended", "Force charge has ended"),
        ]


async def test_nothing_is_told_twice_for_the_same_state(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        home.pace = timedelta(minutes=1)
        await home.tell(SCHEDULE, HOLDING)
        await home.ask("override/set", '{"action": "force_charge", "minutes": 600}')
        told = len(notes(home))
        await home.wait(hours=3)
        assert len(notes(home)) == told


async def test_the_same_text_is_not_sent_twice_within_an_hour(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        for _ in range(5):
            await home.ask("override/set", "hold")
            await home.wait(minutes=5)
            await home.ask("override/clear", "")
            await home.wait(minutes=5)
        assert home.told == ["override_started", "override_ended"]
        home.pace = timedelta(minutes=1)
        await home.wait(hours=1)
        await home.ask("override/set", "hold")
        assert home.told == ["override_started", "override_ended", "override_started"]


@pytest.mark.parametrize("kind", ["configured", "asked for"])
async def test_nothing_is_told_in_shadow_mode(tmp_path: Path, kind: str) -> None:
    async with a_house(config=house(shadow=kind == "configured")) as home, home.executor(tmp_path):
        if kind == "asked for":
            await home.ask("shadow/set", "on")
        await home.tell(SCHEDULE, schedule(HOLD, CHARGE, EXPORT, HOLD))
        home.pace = timedelta(minutes=1)
        await home.ask("override/set", '{"action": "hold", "minutes": 2}')
        await home.wait(minutes=50)
        await home.show("grid_voltage", "0")
        assert home.told == []


async def test_what_runs_when_shadow_mode_ends_is_told(tmp_path: Path) -> None:
    async with a_house(config=house(shadow=True)) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=1)
        await home.ask("shadow/set", "off")
        assert "charge_start" in home.told


async def test_a_device_that_does_not_obey_is_an_error(tmp_path: Path) -> None:
    async with a_house(obeys=False) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        home.pace = timedelta(minutes=1)
        await home.wait(minutes=30)
        errors = [note for note in notes(home) if note.kind == "not_confirmed"]
        assert errors
        assert {note.severity for note in errors} == {"error"}
        assert all(one.title != other.title for one, other in pairwise(errors))


async def test_an_inverter_that_does_not_follow_is_told_of_and_shown(tmp_path: Path) -> None:
    async with a_house(config=house(not_following_minutes=5)) as home, home.executor(tmp_path):
        home.pace = timedelta(minutes=1)
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        for _ in range(30):
            await home.wait(minutes=2)
            await home.show("battery_power", "0")
            await home.show("grid_power", "500")
        assert home.told.count("not_following") == 1
        following = home.state.following
        assert following.state == "not_following"
        assert following.asked
        assert following.seen
        assert following.tried
        status = home.bus.sent(STATUS[Service.EXECUTOR])[-1]
        (issue,) = [one for one in status.issues if one.key == "not_following"]
        assert issue.severity == "error"
        written = home.written
        for _ in range(15):
            await home.wait(minutes=2)
            await home.show("battery_power", "0")
        assert home.written == written  # no silent re-assertion for ever


async def test_the_grid_goes_and_comes_back(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        await home.wait(minutes=2)
        home.alive = {"battery_soc": "50", "grid_voltage": "0"}
        await home.show("grid_voltage", "0")
        assert home.state.rule == "grid_outage"
        assert home.state.grid_available is False
        assert home.commanded("grid_charging") == ["ON", "OFF"]
        await home.wait(minutes=10)
        home.alive = {"battery_soc": "50", "grid_voltage": "230"}
        await home.show("grid_voltage", "231")
        assert home.state.grid_available
        assert home.state.rule == "plan_charge_from_grid"
        titles = [note.title for note in notes(home) if note.kind == "grid_outage"]
        assert titles == ["The grid is gone", "The grid is back"]


async def test_a_pause_is_called_to_mind(tmp_path: Path) -> None:
    async with a_house(config=house(pause_reminder_minutes=20)) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        await home.ask("pause/set", "70")
        began = home.clock.now()
        assert home.state.paused_at == began
        await home.wait(minutes=90)
        reminders = [note for note in notes(home) if note.kind == "pause_reminder"]
        assert [note.emitted_at - began for note in reminders] == [
            timedelta(minutes=minutes) for minutes in (20, 40, 60)
        ]
        assert [note.title.rsplit(" ", 2)[1] for note in reminders] == ["50", "30", "10"]
        assert home.state.rule == "plan_hold"


async def test_import_above_the_fuse_is_cut_within_seconds(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=1)
        before = home.state.command.charge_kw
        await home.show("battery_power", "-3000")
        await home.show("grid_power", "12500")
        await home.clock.advance(timedelta(seconds=5))
        after = home.state.command.charge_kw
        assert before is not None
        assert after is not None
        assert after < before
        assert home.state.trimmed
        assert "peak_guard" in home.told
