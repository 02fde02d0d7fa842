"""What people ask for over the bus: answered, kept over a restart, effective in the next plan."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.planner.houses import NOON
from unit.planner.worlds import QUICK, World, running

from darkstar_common.config import Config
from darkstar_common.contract import (
    COMFORT_SET,
    CONTROL_STATE,
    EV_SET,
    EXPORT_SET,
    HISTORY_SLOT,
    HOUSE_STATE,
    MANUAL_SET,
    PLAN_RUN,
    RISK_APPETITE_SET,
    SCHEDULE,
    STATUS,
    STRATEGY,
    VACATION_SET,
    Channel,
    ComfortSet,
    Command,
    ControlState,
    EvSet,
    ExportSet,
    HouseState,
    ManualBlock,
    ManualBlocksSet,
    Reading,
    Request,
    RiskAppetiteSet,
    RunPlan,
    Schedule,
    Service,
    SlotObservation,
    Strategy,
    VacationSet,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import settle

HOUR = timedelta(hours=1)
DRIVING = Config.model_validate({"water_heater": None, "evs": [{"id": "car"}]})
HEATED = Config.model_validate({"planner": {"horizon_hours": 12, "scenarios": 1}})
CHARGE = ManualBlock(action="charge", start=NOON + HOUR, end=NOON + 2 * HOUR, power_kw=2.0)

SETTINGS: list[tuple[Channel[Any], Request, dict[str, object]]] = [
    (RISK_APPETITE_SET, RiskAppetiteSet(level=1), {"risk_appetite": 1}),
    (COMFORT_SET, ComfortSet(level=5), {"comfort": 5}),
    (VACATION_SET, VacationSet(on=True), {"vacation": True}),
    (EXPORT_SET, ExportSet(on=False), {"export_enabled": False}),
]


@pytest.mark.parametrize(("channel", "asked", "shown"), SETTINGS)
async def test_a_setting_is_answered_and_in_the_next_plan_at_once_and_after_a_restart(
    tmp_path: Path, channel: Channel[Any], asked: Request, shown: dict[str, object]
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert not is_said(world.bus.sent(STRATEGY)[-1], shown)
        answer = await world.ask(channel, asked)
        assert answer.accepted
        assert answer.caused_by == asked.message_id
        made = await world.schedules(2)
        assert made[-1].caused_by == asked.message_id
        assert is_said(world.bus.sent(STRATEGY)[-1], shown)
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert is_said(world.bus.sent(STRATEGY)[-1], shown)


def is_said(strategy: Strategy, shown: dict[str, object]) -> bool:
    return {name: getattr(strategy, name) for name in shown} == shown


@pytest.mark.parametrize(
    ("path", "words", "said"),
    [
        ("plan/run", "", "planning"),
        ("plan/run", "now", "planning"),
        ("risk_appetite/set", "2", "the risk appetite is 2"),
        ("comfort/set", "4", "the comfort is 4"),
        ("vacation/set", "on", "vacation until you switch it off"),
        ("vacation/set", "off", "somebody is at home"),
        ("export/set", "off", "the plan sells nothing"),
        ("plan/manual/set", "none", "no manual blocks"),
        ("ev/car/set", "off", "car is away"),
        ("plan/simulate", "export_enabled=false", "the bill"),
    ],
)
async def test_bare_words_do(tmp_path: Path, path: str, words: str, said: str) -> None:
    async with running(tmp_path, config=DRIVING) as world:
        await world.tell()
        await world.schedules(1)
        answer = await world.type(path, words)
    assert answer["accepted"], answer
    assert said in answer["reason"]


@pytest.mark.parametrize(
    ("path", "words", "said"),
    [
        ("risk_appetite/set", "9", "less than or equal to 5"),
        ("comfort/set", "warm", "level"),
        ("vacation/set", "maybe", "on: "),
        ("vacation/set", '{"on": true, "until": "2020-01-01T00:00:00Z"}', "has passed already"),
        ("plan/manual/set", "charge", 'say "none"'),
        (
            "plan/manual/set",
            '[{"action": "hold", "start": "2026-01-01T13:00:00Z", "end": "2026-01-01T13:00:00Z"}]',
            "is not after start",
        ),
        ("ev/bike/set", "on", "there is no vehicle 'bike'; there are: car"),
        ("plan/simulate", "cheaper", "say name=value"),
        ("plan/simulate", "price=0", "price"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_sentence_and_changes_nothing(
    tmp_path: Path, path: str, words: str, said: str
) -> None:
    async with running(tmp_path, config=DRIVING) as world:
        await world.tell()
        await world.schedules(1)
        answer = await world.type(path, words)
        await settle()
        assert not world.said[-1].running
        assert len(world.bus.sent(SCHEDULE)) == 1
    assert not answer["accepted"]
    assert said in answer["reason"]
    assert "\n" not in answer["reason"]
    assert not (tmp_path / "settings.json").exists()


async def test_the_same_request_twice_is_applied_once(tmp_path: Path) -> None:
    asked = ExportSet(on=False)
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await world.ask(EXPORT_SET, asked)
        await world.ask(EXPORT_SET, ExportSet(on=True))
        await world.bus.publish(EXPORT_SET, asked)
        await world.bus.publish(EXPORT_SET, asked)
        await settle()
        await world.status(lambda one: not one.running)
        assert world.bus.sent(STRATEGY)[-1].export_enabled
    assert json.loads((tmp_path / "settings.json").read_text()) == {"export_enabled": True}


async def test_a_setting_made_while_there_can_be_no_plan_is_kept_and_says_so(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        answer = await world.ask(RISK_APPETITE_SET, RiskAppetiteSet(level=1))
        assert answer.accepted
        assert answer.reason.endswith("; there can be no plan now: there is no price curve yet")
        await world.tell()
        await world.until(lambda: bool(world.bus.sent(STRATEGY)))
        assert world.bus.sent(STRATEGY)[-1].risk_appetite == 1


async def test_a_manual_block_is_in_the_next_plan_and_gone_when_it_has_passed(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        answer = await world.ask(MANUAL_SET, ManualBlocksSet(blocks=(CHARGE,)))
        assert answer.reason == "1 manual block: charge 01 Jan 14:00–15:00"
        made = (await world.schedules(2))[-1]
        assert [one.charge_kw for one in between(made, CHARGE)] == pytest.approx([2.0] * 4)
        assert "blocks" in json.loads((tmp_path / "settings.json").read_text())
        await world.clock.advance(2 * HOUR)
        await world.measure(50.0)
        await world.ask(PLAN_RUN, RunPlan())
        await world.schedules(3)
        assert json.loads((tmp_path / "settings.json").read_text()) == {}


def between(made: Schedule, block: ManualBlock) -> list[Any]:
    return [one for one in made.slots if block.start <= one.start < block.end]


async def test_a_block_that_cannot_be_met_is_reported_in_the_schedule(tmp_path: Path) -> None:
    block = CHARGE.model_copy(update={"power_kw": 50.0})
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert (await world.ask(MANUAL_SET, ManualBlocksSet(blocks=(block,)))).accepted
        made = (await world.schedules(2))[-1]
    assert {one.what for one in made.violations} == {"manual charge"}
    assert {one.slot for one in made.violations} == {4, 5, 6, 7}
    assert any("you asked to charge 50 kW from 01 Jan 14:00 to 15:00" in one for one in made.why)


async def test_a_vehicle_is_planned_for_once_its_charge_is_said(tmp_path: Path) -> None:
    async with running(tmp_path, config=DRIVING) as world:
        await world.tell()
        before = (await world.schedules(1))[-1]
        assert sum(one.ev_kw for one in before.slots) == 0
        answer = await world.ask(EV_SET.at("car"), EvSet(soc_percent=70.0))
        assert answer.reason == "car has 70 % and is to have 80 % at 07:00"
        made = (await world.schedules(2))[-1]
        charged = sum(one.evs["car"] for one in made.slots) / 4
        assert charged == pytest.approx(6.0 / 0.9, abs=0.1)
        await world.ask(EV_SET.at("car"), EvSet(connected=False))
        gone = (await world.schedules(3))[-1]
        assert sum(one.ev_kw for one in gone.slots) == 0


async def test_settings_that_cannot_be_read_are_reported_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"risk_appetite": ')
    async with running(tmp_path, config=QUICK) as world:
        assert world.issues == ["settings_unreadable"]
        issue = world.bus.sent(STATUS[Service.PLANNER])[-1].issues[0]
        assert "settings.json: Invalid JSON" in issue.message
        assert "settings.unreadable" in issue.guidance
        await world.tell()
        await world.schedules(1)
        assert world.bus.sent(STRATEGY)[-1].risk_appetite == 3
        await world.ask(RISK_APPETITE_SET, RiskAppetiteSet(level=2))
        assert world.issues == []
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert world.bus.sent(STRATEGY)[-1].risk_appetite == 2


async def test_settings_that_cannot_be_saved_hold_until_a_restart_and_say_so(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    async with running(state, config=QUICK) as world:
        state.write_text("a file where the directory should be")
        answer = await world.ask(EXPORT_SET, ExportSet(on=False))
        assert answer.accepted
        assert "it could not be saved and is lost at a restart" in answer.reason
        assert world.issues == ["settings_unsaved"]
        await world.tell()
        await world.schedules(1)
        assert not world.bus.sent(STRATEGY)[-1].export_enabled


async def test_a_hot_tank_is_remembered_over_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, config=HEATED) as world:
        await world.tell()
        await world.schedules(1)
        await hot_for_hours(world, 4)
        await world.measure(50.0)
        await world.ask(PLAN_RUN, RunPlan())
        await world.until(lambda: world.bus.sent(STRATEGY)[-1].legionella_done_at is not None)
        done = world.bus.sent(STRATEGY)[-1].legionella_done_at
        await world.ask(COMFORT_SET, ComfortSet(level=4))
    kept = json.loads((tmp_path / "settings.json").read_text())
    assert kept["comfort"] == 4
    assert done is not None
    async with running(tmp_path, config=HEATED) as world:
        await world.tell()
        await world.schedules(1)
        assert world.bus.sent(STRATEGY)[-1].legionella_done_at == done


async def hot_for_hours(world: World, hours: int) -> None:
    """The executor commands 65 °C, writes it, and the tank reports what it took and became."""
    for _ in range(hours * 4):
        start = world.clock.now()
        command = Command(intent="self_consume", water_temperature_c=65.0)
        state = ControlState(
            sender=Service.EXECUTOR,
            emitted_at=start,
            command=command,
            rule="plan",
            reason="test",
            shadow=False,
        )
        await world.bus.publish(CONTROL_STATE, state)
        await world.clock.advance(SLOT)
        tank = HouseState(
            sender=Service.EXECUTOR,
            emitted_at=world.clock.now(),
            soc_percent=Reading(value=50.0, measured_at=world.clock.now()),
            water_temperature_c=Reading(value=66.0, measured_at=world.clock.now()),
        )
        await world.bus.publish(HOUSE_STATE, tank)
        slot = SlotObservation(
            sender=Service.RECORDER, emitted_at=world.clock.now(), start=start, water_kwh=0.75
        )
        await world.bus.publish(HISTORY_SLOT, slot)
        await settle()
