"""What the house said about its tank, slot by slot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from unit.planner.houses import NOON, counted
from unit.planner.test_inputs import complete

from darkstar_common.config import Config
from darkstar_common.contract import (
    Command,
    ControlState,
    HouseState,
    Reading,
    Service,
    SlotObservation,
)
from darkstar_common.slots import SLOT
from darkstar_planner.core.energy import EnergyRecord
from darkstar_planner.core.tank import TankRecord

NOTHING = EnergyRecord(quantity="water_kwh")


def commanded(celsius: float | None, *, at: datetime, shadow: bool = False) -> ControlState:
    return ControlState(
        sender=Service.EXECUTOR,
        emitted_at=at,
        command=Command(intent="idle", water_temperature_c=celsius),
        rule="plan",
        reason="",
        shadow=shadow,
    )


def felt(celsius: float | None, *, at: datetime) -> HouseState:
    return HouseState(
        sender=Service.EXECUTOR,
        emitted_at=at,
        water_temperature_c=Reading(value=celsius, measured_at=at),
    )


def heated(kwh: float, *, start: datetime) -> SlotObservation:
    return SlotObservation(
        sender=Service.RECORDER, emitted_at=start + SLOT, start=start, water_kwh=kwh
    )


def test_a_command_holds_until_there_is_another() -> None:
    record = TankRecord().controlled(commanded(65.0, at=NOON - 4 * SLOT))
    record = record.controlled(commanded(40.0, at=NOON - 2 * SLOT))
    past = record.past(NOTHING, NOON)
    assert [one.commanded_c for one in past[-5:]] == [None, 65.0, 65.0, 40.0, 40.0]
    assert past[-1].start == NOON - SLOT


def test_in_shadow_mode_nothing_was_commanded() -> None:
    record = TankRecord().controlled(commanded(65.0, at=NOON - SLOT, shadow=True))
    assert record.past(NOTHING, NOON)[-1].commanded_c is None


def test_the_highest_temperature_of_a_slot_counts() -> None:
    record = TankRecord()
    for minute, celsius in ((1, 64.0), (5, 66.0), (9, 65.0)):
        record = record.felt(felt(celsius, at=NOON - SLOT + timedelta(minutes=minute)))
    record = record.felt(felt(None, at=NOON))
    assert record.past(NOTHING, NOON)[-1].measured_c == 66.0


def test_what_is_long_past_is_forgotten() -> None:
    record = TankRecord().felt(felt(50.0, at=NOON - timedelta(days=4)))
    assert len(record.felt(felt(51.0, at=NOON)).measured) == 1


def test_a_tank_that_was_really_heated_is_remembered_as_hot() -> None:
    inputs = complete(Config()).updated(commanded(65.0, at=NOON - 13 * SLOT))
    for number in range(12):
        start = NOON + (number - 13) * SLOT
        inputs = inputs.updated(heated(0.75, start=start))
    assert inputs.legionella_done_at == NOON - 2 * SLOT, "when 90 % of three hours were heated"


def test_a_schedule_that_wanted_it_proves_nothing() -> None:
    inputs = complete(Config())
    for number in range(12):
        inputs = inputs.updated(heated(0.75, start=NOON + (number - 13) * SLOT))
    assert inputs.legionella_done_at is None


def test_what_is_known_of_it_is_never_forgotten_for_something_older() -> None:
    inputs = replace(complete(Config()), legionella_done_at=NOON)
    inputs = inputs.updated(felt(70.0, at=NOON - 5 * SLOT))
    inputs = inputs.updated(heated(0.1, start=NOON - 5 * SLOT))
    assert inputs.legionella_done_at == NOON


def test_a_thermometer_in_the_tank_is_proof() -> None:
    inputs = complete(Config()).updated(felt(66.0, at=NOON - SLOT))
    inputs = inputs.updated(heated(0.1, start=NOON - SLOT))
    assert inputs.legionella_done_at == NOON


@pytest.mark.parametrize("until_minute", [0, 14])
def test_a_run_in_progress_is_continued_and_not_begun_again(until_minute: int) -> None:
    now = NOON + timedelta(minutes=until_minute)
    inputs = complete(Config())
    inputs = replace(inputs, wishes=replace(inputs.wishes, vacation=True))
    inputs = inputs.updated(commanded(65.0, at=NOON - 4 * SLOT))
    for number in range(4):
        inputs = inputs.updated(heated(0.75, start=NOON + (number - 4) * SLOT))
    run = inputs.planned(now).problem.deferrables[0]
    assert run.id == "legionella"
    assert run.hours == pytest.approx(2.0)
    assert run.deadline_slot == 8, "at once"


def test_a_slot_that_has_just_begun_does_not_look_like_a_tank_that_has_had_enough() -> None:
    inputs = complete(Config())
    inputs = replace(inputs, wishes=replace(inputs.wishes, vacation=True))
    inputs = inputs.updated(commanded(65.0, at=NOON - 8 * SLOT))
    for number in range(8):
        inputs = inputs.updated(heated(0.75, start=NOON + (number - 8) * SLOT))
    for second in (0, 30):
        at = NOON + timedelta(seconds=second)
        inputs = inputs.updated(counted(100 + second / 1200, at=at))
    run = inputs.planned(NOON + timedelta(seconds=30)).problem.deferrables[0]
    assert run.hours == pytest.approx(1.0), "two of three hours are done"
