"""All that is done for a request names it, also what had to wait: so `darkstar trace` finds it."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, HOLD, schedule

from darkstar_common.contract import ACTION, CONTROL_STATE, NOTIFY, SCHEDULE

HOLDING = schedule(*[HOLD] * 96)
TO_60 = '{"action": "force_charge", "minutes": 60, "soc_percent": 60}'


async def bounded(home: House) -> UUID:
    """A forced charge is asked for; its start waits for a ceiling that the device must show."""
    await home.wait(minutes=2)
    home.obeys = False
    await home.show("soc_target", "100", retain=True)
    result = await home.ask("override/set", TO_60)
    assert result.accepted
    assert result.caused_by is not None
    assert home.commanded("soc_target")[-1] == "60"
    assert home.commanded("grid_charging") == []
    return result.caused_by


async def begun(home: House) -> UUID | None:
    """The ceiling is shown; the cause of what that sets going."""
    home.obeys = True
    await home.show("soc_target", "60", retain=True)
    assert home.commanded("grid_charging") == ["ON"]
    return next(
        one.caused_by
        for one in reversed(home.bus.sent(ACTION))
        if any((each.role, each.result) == ("grid_charging", "written") for each in one.writes)
    )


async def test_the_start_that_waited_for_a_bound_names_the_request(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        request = await bounded(home)
        assert await begun(home) == request
        await home.wait(minutes=5)
        assert home.bus.sent(CONTROL_STATE)[-1].caused_by == request
        home.obeys = False
        await home.ask("override/clear", "")
        await home.wait(minutes=3)
        assert home.bus.sent(ACTION)[-1].caused_by == HOLDING.message_id


async def test_a_schedule_that_comes_meanwhile_changes_nothing_about_it(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        request = await bounded(home)
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        assert home.bus.sent(CONTROL_STATE)[-1].caused_by == request
        assert await begun(home) == request


async def test_another_request_causes_what_it_asks_for_alone(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, HOLDING)
        request = await bounded(home)
        boost = await home.ask("water_boost/set", "30")
        assert home.bus.sent(NOTIFY)[-1].caused_by == boost.caused_by
        assert await begun(home) == request


async def test_the_request_outlives_a_restart(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, HOLDING)
        async with home.executor(tmp_path, killed=True):
            request = await bounded(home)
        async with home.executor(tmp_path):
            await home.wait(minutes=1)
            assert home.commanded("grid_charging") == []
            assert await begun(home) == request


async def test_a_file_that_names_no_request_is_taken_up(tmp_path: Path) -> None:
    async with a_house() as home:
        await home.tell(SCHEDULE, HOLDING)
        async with home.executor(tmp_path, killed=True):
            request = await bounded(home)
        saved = json.loads((tmp_path / "wishes.json").read_text())
        assert saved["wishes"].pop("asked") == {"override": str(request)}
        (tmp_path / "wishes.json").write_text(json.dumps(saved))
        async with home.executor(tmp_path):
            await home.wait(minutes=1)
            assert home.state.override is not None
            assert await begun(home) is None


@pytest.mark.parametrize(
    ("topic", "payload", "rule"),
    [
        ("pause/set", "60", "pause"), ("automation/set", "off", "off"),
        ("shadow/set", "on", "shadow"), ("control/release", "", "release"),
    ],
)  # fmt: skip
async def test_what_is_left_behind_names_who_took_the_hands_away(
    tmp_path: Path, topic: str, payload: str, rule: str
) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 96))
        await home.wait(minutes=2)
        home.obeys = False
        request = (await home.ask(topic, payload)).caused_by
        home.obeys = True
        await home.wait(minutes=5)
        deeds = [
            one
            for one in home.bus.sent(ACTION)
            if one.rule == rule and any(each.result == "written" for each in one.writes)
        ]
        assert len(deeds) > 1
        assert {one.caused_by for one in deeds} == {request}
