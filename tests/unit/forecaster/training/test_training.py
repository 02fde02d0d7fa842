"""Training as the service does it: when it is due, when it fails, what it tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from unit.common.keys.probe import changed
from unit.forecaster.running_house import (
    DAY,
    HOUR,
    STILL,
    TURNS,
    RecorderDouble,
    Started,
    Steady,
    pass_time,
    started,
)
from unit.forecaster.training.a_model import a_lesson

from darkstar_common.contract import (
    FORECAST_ROLLBACK,
    FORECAST_TRAIN,
    LOAD_FORECAST,
    MODELS,
    STRATEGY,
    ModelCards,
    RequestResult,
    Service,
    Strategy,
)
from darkstar_common.testing import FakeClock, MemoryBus, settle

TUESDAY = datetime(2026, 5, 5, 1, tzinfo=UTC)
"""03:00 in Stockholm, when training is due."""


@pytest.fixture
def workshop() -> Steady:
    one = Steady()
    one.outcomes["load"] = a_lesson(to=TUESDAY - 8 * DAY)
    return one


@asynccontextmanager
async def a_house(
    workshop: Steady, state: Path, at: datetime, *, days: float = 28, trains: bool = True
) -> AsyncIterator[Started]:
    clock = FakeClock(at)
    bus = MemoryBus(now=clock.now)
    recorder = RecorderDouble(bus, days=days, until=at - timedelta(minutes=at.minute % 15))
    config = changed(STILL, "forecaster.train.enabled", trains)
    async with started(recorder, clock, state, config=config, workshop=workshop) as house:
        yield house


def last_cards(house: Started) -> ModelCards:
    return house.bus.sent(MODELS)[-1]


async def ask(house: Started, word: str, *, to_train: bool = True) -> RequestResult:
    channel = FORECAST_TRAIN if to_train else FORECAST_ROLLBACK
    topic = channel.topic(house.bus.site)
    await house.bus.publish_raw(topic, word)
    await settle(TURNS)
    return RequestResult.model_validate_json(house.bus.sent_raw(topic + "/result")[-1])


async def test_at_first_it_trains_as_soon_as_there_are_two_weeks(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + 5 * HOUR, days=10):
        assert workshop.lessons == []
    async with a_house(workshop, tmp_path, TUESDAY + 5 * HOUR, days=16) as house:
        assert workshop.lessons == ["load", "pv"]  # of prices only a week is known
        assert last_cards(house).next_training_at == TUESDAY + 3 * DAY
        assert not last_cards(house).training


async def test_it_trains_on_its_days_and_what_was_done_is_remembered(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY - 2 * HOUR) as house:
        assert workshop.lessons == ["load", "pv"]  # the first
        await house.clock.advance(HOUR)
        assert len(workshop.lessons) == 2
        await pass_time(house.clock, 2 * HOUR)
        assert len(workshop.lessons) == 4
    async with a_house(workshop, tmp_path, TUESDAY + 2 * DAY):
        assert len(workshop.lessons) == 4
    async with a_house(workshop, tmp_path, TUESDAY + 3 * DAY + HOUR):
        assert len(workshop.lessons) == 6  # Friday's was missed by an hour


async def test_a_house_that_is_not_to_train_does_so_only_when_asked(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + HOUR, trains=False) as house:
        assert workshop.lessons == []
        assert last_cards(house).next_training_at is None
        assert (await ask(house, "load")).accepted
        assert workshop.lessons == ["load"]


async def test_a_promoted_model_makes_the_next_forecast_and_its_version_is_on_it(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + HOUR) as house:
        await settle(TURNS)
        before, after = house.bus.sent(LOAD_FORECAST)[0], house.bus.sent(LOAD_FORECAST)[-1]
        cards = {one.version: one for one in last_cards(house).cards}
    assert before.model_version == "steady-1"
    assert after.model_version == "load-20260505T020000"
    assert (before.basis, after.basis) == ("steady", "")
    assert cards["load-20260505T020000"].state == "current"
    assert "steady-1" in cards  # of PV


async def test_a_failed_training_is_said_and_tried_again_after_an_hour(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY - HOUR) as house:
        await settle(TURNS)
        workshop.lessons.clear()
        workshop.trouble = "it was ended because it took more than 100 MB"
        await pass_time(house.clock, HOUR)
        assert house.issues["load_training"] == (
            "the load model could not be trained: it was ended because it took more than "
            "100 MB; what was in use stays"
        )
        assert workshop.lessons == ["load", "pv"]
        workshop.trouble = ""
        await pass_time(house.clock, HOUR)
        assert workshop.lessons == ["load", "pv"] * 2
        assert "load_training" not in house.issues
        models = [one.model_version for one in house.bus.sent(LOAD_FORECAST)]
    assert models == ["steady-1", "load-20260505T000000", "load-20260505T020000"]


async def test_a_forecast_that_fails_is_said_and_what_was_forecast_last_stays(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + HOUR, trains=False) as house:
        workshop.trouble = "its process ended with -9; the log has more"
        await pass_time(house.clock, HOUR)
        assert "its process ended with -9" in house.issues["load_forecast"]
        assert len(house.bus.sent(LOAD_FORECAST)) == 1
        workshop.trouble = ""
        await pass_time(house.clock, HOUR)
        assert "load_forecast" not in house.issues
        assert len(house.bus.sent(LOAD_FORECAST)) == 2


async def test_going_back_makes_the_next_forecast_with_the_model_before(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + HOUR) as house:
        await pass_time(house.clock, HOUR)
        assert (await ask(house, "load")).accepted
        newer = house.bus.sent(LOAD_FORECAST)[-1].model_version
        answer = await ask(house, "load", to_train=False)
        assert answer.accepted
        assert answer.reason == "load-20260505T020000 is in use again"
        older = house.bus.sent(LOAD_FORECAST)[-1].model_version
        states = {one.version: one.state for one in last_cards(house).cards}
    assert (newer, older) == ("load-20260505T030000", "load-20260505T020000")
    assert states[newer] == "former"


async def test_a_vacation_that_begins_changes_the_forecast_at_once(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + HOUR, trains=False) as house:
        counts = []
        for vacation in (False, True, True, False):
            told = Strategy(
                sender=Service.PLANNER, emitted_at=house.clock.now(), risk_appetite=3, comfort=3,
                vacation=vacation, export_enabled=True,
            )  # fmt: skip
            before = workshop.forecasts
            await house.bus.publish(STRATEGY, told)
            await settle(TURNS)
            counts.append(workshop.forecasts - before)
    assert counts == [0, 1, 0, 1]


async def test_a_damaged_model_is_named_and_the_forecast_goes_on_without_it(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + HOUR) as house:
        await settle(TURNS)
        assert house.bus.sent(LOAD_FORECAST)[-1].model_version == "load-20260505T020000"
    (tmp_path / "models" / "load" / "load-20260505T020000" / "level.txt").write_bytes(b"?")
    async with a_house(workshop, tmp_path, TUESDAY + 2 * HOUR) as house:
        assert house.issues["load_model"] == (
            "load-20260505T020000 is not used: level.txt is damaged"
        )
        last = house.bus.sent(LOAD_FORECAST)[-1]
        assert (last.model_version, last.basis) == ("steady-1", "steady")
        states = {one.version: one.state for one in last_cards(house).cards}
        assert states["load-20260505T020000"] == "former"
        assert states["steady-1"] == "current"
        assert (await ask(house, "load")).accepted
        assert "load_model" not in house.issues
        assert house.bus.sent(LOAD_FORECAST)[-1].model_version == "load-20260505T030000"


async def test_a_second_training_is_refused_while_one_runs(
    workshop: Steady, tmp_path: Path
) -> None:
    async with a_house(workshop, tmp_path, TUESDAY + HOUR, trains=False) as house:
        topic = FORECAST_TRAIN.topic(house.bus.site)
        for _ in range(2):
            await house.bus.publish_raw(topic, "load")
        await settle(TURNS)
        answers = [
            RequestResult.model_validate_json(one) for one in house.bus.sent_raw(f"{topic}/result")
        ]
    assert [one.accepted for one in answers] == [True, False]
    assert "being trained already" in answers[1].reason
    assert workshop.lessons == ["load"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"load": "yesterday"}', b'{"load": 3}'])
async def test_where_it_is_not_known_when_it_trained_it_trains(
    workshop: Steady, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "training.json").write_bytes(content)
    async with a_house(workshop, tmp_path, TUESDAY + HOUR):
        assert workshop.lessons == ["load", "pv"]
