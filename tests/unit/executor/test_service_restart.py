"""What outlives the executor: a kill, a stop, a broken disk."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, HOLD, discovery, house, schedule

from darkstar_common.contract import SCHEDULE, STATUS, Service

HOLDING = schedule(*[HOLD] * 96)


def issues(home: House) -> dict[str, str]:
    status = home.bus.sent(STATUS[Service.EXECUTOR])
    return {one.key: one.message for one in status[-1].issues} if status else {}


async def test_killed_in_mid_charge_it_goes_on_and_ends_at_the_time(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, HOLDING)
        async with home.executor(tmp_path, killed=True):
            await home.ask("override/set", '{"action": "force_charge", "minutes": 30}')
            until = home.clock.now() + timedelta(minutes=30)
            await home.wait(minutes=5)
        assert home.commanded("grid_charging") == ["ON"]
        await home.wait(minutes=5)
        async with home.executor(tmp_path):
            await home.wait(minutes=1)
            assert home.state.override is not None
            assert home.state.override.until == until
            assert home.commanded("grid_charging") == ["ON"]  # no forced flow starts twice
            await home.wait(minutes=20)
            assert home.state.override is None
            assert home.commanded("grid_charging") == ["ON", "OFF"]
            assert home.told.count("override_started") == 1
            assert home.told.count("override_ended") == 1


async def test_what_ended_meanwhile_ends_at_once_and_is_told(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, HOLDING)
        async with home.executor(tmp_path, killed=True):
            await home.ask("override/set", '{"action": "force_charge", "minutes": 30}')
            await home.ask("water_boost/set", "30")
        home.clock.offset += timedelta(hours=1)
        assert "override_ended" not in home.told
        async with home.executor(tmp_path):
            assert home.told[-2:] == ["override_ended", "override_ended"]
            await home.show("battery_soc", "50")
            assert home.commanded("grid_charging") == ["ON", "OFF"]
            assert home.state.override is None
        assert home.told.count("override_ended") == 2


@pytest.mark.parametrize(
    ("request_", "payload", "field"),
    [
        ("automation/set", "off", "automation"),
        ("pause/set", "120", "paused_until"),
        ("pause/set", "120", "paused_at"),
        ("shadow/set", "on", "shadow"),
        ("water_boost/set", "120", "water_boost_until"),
        ("battery_topup/set", "80", "override"),
        ("override/set", '{"action": "stop", "minutes": 60}', "override"),
        ("notifications/set", "ev_stop on", "notifications"),
    ],
)
@pytest.mark.parametrize("killed", [True, False])
async def test_each_request_survives_a_restart(
    tmp_path: Path, request_: str, payload: str, field: str, *, killed: bool
) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, HOLDING)
        async with home.executor(tmp_path, killed=killed):
            assert (await home.ask(request_, payload)).accepted
            asked = getattr(home.state, field)
            assert asked is not None
        await home.wait(minutes=5)
        async with home.executor(tmp_path):
            await home.wait(minutes=1)
            assert getattr(home.state, field) == asked


async def test_hands_that_were_off_touch_nothing_after_a_restart(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        async with home.executor(tmp_path):
            await home.wait(minutes=1)
            await home.ask("automation/set", "off")
            await home.wait(minutes=3)
        written = home.written
        await home.show("max_charge_current", "44", retain=True)
        async with home.executor(tmp_path):
            await home.wait(minutes=5)
        assert home.written == written


async def test_killed_while_the_hands_go_off_it_finishes_that(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        async with home.executor(tmp_path, killed=True):
            await home.wait(minutes=1)
            home.obeys = False
            await home.ask("automation/set", "off")
        home.obeys = True
        async with home.executor(tmp_path):
            await home.wait(minutes=3)
            assert home.commanded("grid_charging")[-1] == "OFF"
            assert home.commanded("soc_target")[-1] == "12"


async def test_a_reminder_is_not_repeated_after_a_restart(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, HOLDING)
        home.pace = timedelta(minutes=1)
        async with home.executor(tmp_path, killed=True):
            await home.ask("pause/set", "240")
            await home.wait(minutes=31)
            assert home.told.count("pause_reminder") == 1
        async with home.executor(tmp_path):
            await home.wait(minutes=20)
            assert home.told.count("pause_reminder") == 1
            await home.wait(minutes=10)
            assert home.told.count("pause_reminder") == 2


NEWER = {
    "version": 99,
    "wishes": {"automation": False, "shadow": None, "mood": "blue", "override": {"action": "sing"}},
    "memory": ["of another kind"],
}


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{", b"[]", b"null", b"NaN", b'{"version": 2, "wishes": 7}',
     b'{"version": 2, "ledger": {"counts": {"x": "many"}}}', b'{"override": 1}',
     b"[" * 100_000, b"x" * 2_000_000, json.dumps(NEWER).encode()],
    ids=range(12),
)  # fmt: skip
async def test_a_state_file_that_is_not_understood_is_kept_aside(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "wishes.json").write_bytes(content)
    async with a_house() as home, home.executor(tmp_path):
        await home.wait(minutes=1)
        assert "kept aside as wishes.aside-1.json" in issues(home)["state_file"]
        assert (tmp_path / "wishes.aside-1.json").read_bytes() == content
        assert (await home.ask("notifications/set", "ev_stop on")).accepted
    async with a_house() as home, home.executor(tmp_path):
        await home.wait(minutes=1)
        assert "state_file" not in issues(home)


async def test_hands_that_a_newer_version_took_away_stay_away(tmp_path: Path) -> None:
    (tmp_path / "wishes.json").write_text(json.dumps(NEWER))
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=1)
        assert not home.state.automation
        assert home.written == 0


async def test_wishes_of_an_older_version_are_taken_up(tmp_path: Path) -> None:
    old = {"shadow": None, "override": {"action": "hold", "until": "2026-06-01T13:00:00Z"},
           "found": {"soc_target": 12.0}}  # fmt: skip
    (tmp_path / "wishes.json").write_text(json.dumps(old))
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        assert home.state.rule == "override_hold"
        assert "state_file" not in issues(home)


async def test_a_disk_that_is_broken_stops_nothing(tmp_path: Path) -> None:
    async with a_house() as home:
        state = tmp_path / "state"
        state.mkdir()
        async with home.executor(state):
            await home.tell(SCHEDULE, HOLDING)
            (state / "wishes.json").unlink(missing_ok=True)
            (state / "wishes.json").mkdir()
            assert (await home.ask("override/set", "force_charge")).accepted
            assert home.commanded("grid_charging") == ["ON"]
            assert "state_file_unwritten" in issues(home)
            (state / "wishes.json").rmdir()
            assert (await home.ask("override/clear", "")).accepted
            assert "state_file_unwritten" not in issues(home)


@pytest.mark.parametrize(
    ("policy", "current"), [("fallback", "100"), ("release", "30"), ("leave", "62")]
)
async def test_what_is_left_behind_is_as_configured(
    tmp_path: Path, policy: str, current: str
) -> None:
    async with a_house(config=house(on_stop=policy)) as home:
        await home.show("max_charge_current", "30", retain=True)
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
            await home.wait(minutes=1)
        assert home.commanded("max_charge_current")[-1] == current
        assert home.commanded("grid_charging")[-1] == ("ON" if policy == "leave" else "OFF")
        assert home.state.rule == "stopped"
        written = home.written
        async with home.executor(tmp_path):
            await home.wait(minutes=2)
            assert home.state.rule == "plan_charge_from_grid"
            assert home.commanded("grid_charging")[-1] == "ON"
        if policy == "leave":
            assert home.written == written


@pytest.mark.parametrize("policy", ["fallback", "release", "leave"])
async def test_another_configuration_leaves_the_house_as_it_is(tmp_path: Path, policy: str) -> None:
    async with a_house(config=house(on_stop=policy)) as home:
        async with home.executor(tmp_path, begins_again=True):
            await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
            await home.wait(minutes=1)
            written, state = home.written, home.state
        assert home.written == written
        assert home.state == state  # no goodbye
        home.config = house(on_stop=policy, not_following_minutes=7)
        async with home.executor(tmp_path):
            await home.wait(minutes=2)
            assert home.written == written
            assert home.state.rule == "plan_charge_from_grid"


@pytest.mark.parametrize("policy", ["fallback", "release", "leave"])
@pytest.mark.parametrize("hands", [("automation/set", "off"), ("shadow/set", "on")])
async def test_hands_that_are_off_leave_all_as_it_is(
    tmp_path: Path, policy: str, hands: tuple[str, str]
) -> None:
    async with a_house(config=house(on_stop=policy)) as home:
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
            await home.ask(*hands)
            await home.wait(minutes=3)
            written = home.written
        assert home.written == written


async def test_what_a_stop_could_not_reach_is_left_behind_later(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        async with home.executor(tmp_path, killed=True):
            await home.wait(minutes=1)
        topic, payload = discovery("grid_charging")
        await home.bus.publish_raw(topic, "", retain=True)
        async with home.executor(tmp_path):
            pass  # stopped before it knows its entities
        await home.bus.publish_raw(topic, payload, retain=True)
        saved = json.loads((tmp_path / "wishes.json").read_text())
        saved["wishes"]["automation"] = False
        (tmp_path / "wishes.json").write_text(json.dumps(saved))
        async with home.executor(tmp_path):
            await home.wait(minutes=1)
            assert home.commanded("grid_charging") == ["ON", "OFF"]


async def test_the_disk_is_spared(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        await home.wait(minutes=1)
        before = (tmp_path / "wishes.json").stat().st_mtime_ns
        home.pace = timedelta(minutes=1)
        await home.wait(hours=1)
        assert (tmp_path / "wishes.json").stat().st_mtime_ns == before
