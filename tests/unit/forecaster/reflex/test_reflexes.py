"""Reflex looks once a day, catches up, and does what people ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING, a_proposal
from unit.forecaster.reflex.observing import TrueBattery, seen
from unit.forecaster.scores.keeper import Keeper

from darkstar_common.bus import Delivery
from darkstar_common.config import Config
from darkstar_common.config.forecasting import Forecaster, Reflex
from darkstar_common.contract import (
    LEARNING_APPLY,
    LEARNING_REVERT,
    ApplyLearning,
    RequestResult,
    RevertLearning,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.reflexes import CHANNELS, Reflexes
from darkstar_forecaster.tuning import Tuning

FLAGS = pl.List(pl.Struct({"name": pl.String, "values": pl.List(pl.String)}))
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def tables(
    until: datetime, *, days: float = 16, told: float = 1.25, battery: TrueBattery | None = None
) -> dict[str, pl.DataFrame]:
    """What a recorder has of a house whose PV forecasts are `told` times what comes."""
    rows = seen(days, battery, until)
    slots = pl.DataFrame(
        [
            {
                "start": one["start"],
                "load_kwh": one["base_kwh"],
                **{
                    name: one[name]
                    for name in (
                        "pv_kwh", "import_kwh", "export_kwh", "charge_kwh", "discharge_kwh",
                        "import_per_kwh", "export_per_kwh",
                    )
                },
                "soc_percent_start": one["soc_start"],
                "soc_percent_end": one["soc_end"],
                "flags": [],
                "label": "clean",
            }
            for one in rows
        ],
        schema_overrides={"flags": FLAGS},
    )  # fmt: skip
    said = [
        {
            "start": one["start"], "quantity": quantity, "p10_kw": 0.0,
            "p50_kw": 4 * factor * one[energy], "p90_kw": 99.0, "issued_at": one["start"] - DAY,
            "mean_kw": 4 * factor * one[energy],
        }
        for one in rows
        for quantity, energy, factor in (("pv", "pv_kwh", told), ("load", "base_kwh", 1.0))
    ]  # fmt: skip
    return {"slots": slots, "forecasts": pl.DataFrame(said)}


@dataclass
class World:
    context: Context
    clock: FakeClock
    keeper: Keeper
    tuning: Tuning
    reflexes: Reflexes

    @property
    def looks(self) -> int:
        """How often the recorder was asked for forecasts."""
        return sum(
            one.what == "forecasts" and not one.offset and one.end == one.emitted_at
            for one in self.keeper.queries
        )

    async def apply(self, word: str) -> RequestResult:
        """The answer to people who want a proposal in force."""
        asked = ApplyLearning.parse(word.encode())
        return (await self.context.bus.request(LEARNING_APPLY, asked, timeout=SECOND)).result

    async def revert(self, word: str) -> RequestResult:
        """The answer to people who want a figure back."""
        asked = RevertLearning.parse(word.encode())
        return (await self.context.bus.request(LEARNING_REVERT, asked, timeout=SECOND)).result


@asynccontextmanager
async def a_world(
    state_dir: Path,
    config: Config = HOUSE,
    *,
    now: datetime = MORNING,
    told: float = 1.25,
    days: float = 16,
    refusals: int = 0,
) -> AsyncIterator[World]:
    clock = FakeClock(now)
    bus = MemoryBus(now=clock.now)
    context = a_context(
        bus, state_dir=state_dir, clock=clock, config=config, service=Service.FORECASTER
    )
    keeper = Keeper(bus, tables(now + 10 * DAY, days=days + 10, told=told), refusals=refusals)
    tuning = Tuning(context)
    reflexes = Reflexes(context, tuning)
    await tuning.restore()

    async def take() -> None:
        async with bus.inbox(*CHANNELS) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, Delivery)
                await reflexes.take(delivery)

    work = [asyncio.create_task(one) for one in (keeper.run(), take(), reflexes.run())]
    await settle(900)
    try:
        yield World(context, clock, keeper, tuning, reflexes)
        for one in work[:2]:
            assert not one.done()
    finally:
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)


def with_reflex(**reflex: object) -> Config:
    settings = Reflex.model_validate(reflex)
    return HOUSE.model_copy(update={"forecaster": Forecaster(reflex=settings)})


async def test_the_first_look_is_at_once_and_changes_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert world.looks == 1
        known = world.tuning.learnings
        assert known.looked_at == MORNING
        assert {one.parameter: one.proposed for one in known.proposals} == {"pv_factor": 0.98}
        assert not world.tuning.values


async def test_it_looks_once_a_day_at_its_time(tmp_path: Path) -> None:
    async with a_world(tmp_path, with_reflex(time="05:30")) as world:
        looked = [world.tuning.learnings.looked_at]
        for _ in range(3 * 24):
            await world.clock.advance(HOUR)
            await settle(900)
            if world.tuning.learnings.looked_at != looked[-1]:
                looked.append(world.tuning.learnings.looked_at)
        half_past_three = MORNING.replace(hour=3, minute=30)
        assert looked == [MORNING, *(half_past_three + number * DAY for number in range(3))]


async def test_a_look_that_was_missed_is_made_up_for_at_the_start(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert world.looks == 1
    async with a_world(tmp_path, now=MORNING + timedelta(minutes=30)) as world:
        assert world.looks == 0
    async with a_world(tmp_path, now=MORNING + 3 * DAY) as world:
        assert world.looks == 1


async def test_a_busy_recorder_is_asked_for_the_piece_again(tmp_path: Path) -> None:
    async with a_world(tmp_path, refusals=2) as world:
        asked = len(world.keeper.queries)
        await world.clock.advance(timedelta(seconds=5))
        await settle(900)
        assert len(world.keeper.queries) == asked + 1
        assert world.tuning.learnings.looked_at is None
        await world.clock.advance(timedelta(seconds=15))
        await settle(900)
        assert world.tuning.learnings.looked_at == MORNING


async def test_a_silent_recorder_is_asked_again_with_growing_patience(tmp_path: Path) -> None:
    async with a_world(tmp_path, refusals=6) as world:
        looked = []
        for _ in range(9):
            await world.clock.advance(timedelta(minutes=1))
            await settle(900)
            looked.append(world.tuning.learnings.looked_at)
    # three times in 20 s, a minute, three times in 20 s, five minutes
    assert set(looked) == {None, MORNING + timedelta(seconds=400)}


async def test_no_question_is_about_more_than_a_small_computer_answers(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        spans: dict[str, list[tuple[datetime, datetime]]] = {"slots": [], "forecasts": []}
        for one in world.keeper.queries:
            assert one.start
            assert one.end
            if not one.offset:
                spans[one.what].append((one.start, one.end))
        for what, most in (("slots", 15 * DAY), ("forecasts", 3 * DAY)):
            assert max(end - start for start, end in spans[what]) <= most
            assert all(one[1] == other[0] for one, other in pairwise(spans[what]))
            assert (spans[what][0][0], spans[what][-1][1]) == (MORNING - 60 * DAY, MORNING)


async def test_switched_off_it_looks_at_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, with_reflex(enabled=False)) as world:
        await world.clock.advance(2 * DAY)
        assert not world.keeper.queries
        refused = await world.apply("all")
        assert not refused.accepted
        assert "forecaster.reflex.enabled is false" in refused.reason


async def test_what_was_learned_stays_in_force_when_it_is_switched_off(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert (await world.apply("pv_factor")).accepted
    async with a_world(tmp_path, with_reflex(enabled=False)) as world:
        assert world.tuning.values == {"pv_factor": 0.98}
        assert (await world.revert("pv_factor")).accepted
        assert not world.tuning.values


async def test_enabled_it_changes_a_figure_once_a_day_by_itself(tmp_path: Path) -> None:
    async with a_world(tmp_path, with_reflex(automatic=True)) as world:
        seen = [world.tuning.values.get("pv_factor")]
        for _ in range(4):
            await world.clock.advance(DAY)
            await settle(900)
            seen.append(world.tuning.values.get("pv_factor"))
        assert seen == [0.98, 0.96, 0.94, 0.92, 0.9]
        assert all(one.automatic for one in world.tuning.learnings.changes)


async def test_people_apply_and_take_back(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        done = await world.apply("pv_factor")
        assert (done.accepted, done.reason) == (True, "pv_factor is 0.98 now, not 1")
        again = await world.apply("pv_factor")
        assert not again.accepted
        assert "no proposal is open; evidence is weighed each day at 04:00" in again.reason
        back = await world.revert("pv_factor")
        assert (back.accepted, back.reason) == (True, "pv_factor is 1 again, not 0.98")
        nothing = await world.revert("all")
        assert not nothing.accepted
        assert "as configured" in nothing.reason
        assert nothing.understood == RevertLearning.examples


async def test_all_proposals_are_applied_at_once(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        both = [a_proposal(), a_proposal("battery_capacity_kwh", 33.6, current=34.2)]
        await world.tuning.weighed(both, MORNING)
        done = await world.apply("all")
        assert done.accepted
        assert world.tuning.values == {"pv_factor": 0.98, "battery_capacity_kwh": 33.6}
        back = await world.revert("all")
        assert back.accepted
        assert not world.tuning.values


async def test_what_was_changed_today_waits_and_the_others_do_not(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert (await world.apply("pv_factor")).accepted
        both = [a_proposal(proposed=0.96), a_proposal("load_factor", 1.02)]
        await world.tuning.weighed(both, MORNING)
        assert (await world.apply("all")).accepted
        assert world.tuning.values == {"pv_factor": 0.98, "load_factor": 1.02}
        refused = await world.apply("all")
        assert not refused.accepted
        assert "once a day" in refused.reason


async def test_a_house_without_a_battery_has_factors_alone(tmp_path: Path) -> None:
    bare = HOUSE.model_copy(update={"battery": None})
    async with a_world(tmp_path, bare) as world:
        assert {one.what for one in world.keeper.queries} == {"slots", "forecasts"}
        assert [one.parameter for one in world.tuning.learnings.proposals] == ["pv_factor"]


async def test_a_look_in_the_future_was_of_a_wrong_clock(tmp_path: Path) -> None:
    async with a_world(tmp_path, now=MORNING + 90 * DAY) as world:
        assert world.looks == 1
    async with a_world(tmp_path) as world:
        assert world.looks == 1
        assert world.tuning.learnings.looked_at == MORNING


async def test_forecasts_are_judged_as_they_were_a_day_ahead(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        asked = [one for one in world.keeper.queries if one.what == "forecasts"]
        assert {one.lead_hours for one in asked} == {24}
