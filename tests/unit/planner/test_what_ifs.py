"""What would be if: worked out beside the real plans, which they neither change nor hold up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from unit.planner.worlds import QUICK, Held, World, running

from darkstar_common.bus import Reply
from darkstar_common.contract import (
    EPISODE,
    PLAN_RUN,
    PLAN_SIMULATE,
    SCHEDULE,
    STRATEGY,
    RunPlan,
    Schedule,
    Simulated,
    SimulatePlan,
)
from darkstar_common.testing import settle
from darkstar_planner.whatifs import MOST_WAITING

PATIENCE = timedelta(seconds=20)


async def what_if(world: World, **changes: Any) -> Simulated:
    """The answer of the planner; dots in names are written __."""
    named = {name.replace("__", "."): value for name, value in changes.items()}
    asked = SimulatePlan(changes=named)
    reply: Reply = await world.bus.request(PLAN_SIMULATE, asked, timeout=PATIENCE)
    answer = reply.read(Simulated)
    assert answer.caused_by == asked.message_id
    return answer


async def test_a_what_if_says_what_it_would_cost_beside_the_plan_as_things_are(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        (real,) = await world.schedules(1)
        answer = await what_if(world, battery__capacity_kwh=2.0, battery__max_discharge_kw=0.5)
    assert answer.accepted
    assert answer.status == "optimal"
    assert answer.cost is not None
    assert answer.objective is not None
    assert answer.objective_change is not None
    assert answer.objective_change == pytest.approx(answer.objective - real.objective, abs=0.11)
    assert answer.objective_change > 0
    assert answer.reason.startswith(f"the bill of the planned time would be {answer.cost:.2f} SEK")
    assert answer.reason.endswith(f"it is {answer.objective_change:.2f} dearer")
    made = Schedule.model_validate(answer.schedule)
    assert made.objective == pytest.approx(answer.objective)
    assert max(one.discharge_kw for one in made.slots) <= 0.5


async def test_a_what_if_says_of_what_the_bill_is_made_beside_the_usual_one(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        (real,) = await world.schedules(1)
        answer = await what_if(world, import_add_per_kwh=1.0)
    assert answer.usual is not None
    assert answer.usual.objective == pytest.approx(real.objective, abs=0.11)
    assert answer.import_cost is not None
    assert answer.import_cost > answer.usual.import_cost
    assert None not in (answer.export_revenue, answer.wear_cost, answer.stored_worth)


async def test_a_what_if_publishes_no_schedule_and_no_episode_and_changes_nothing(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        (real,) = await world.schedules(1)
        answer = await what_if(world, export_enabled=False, risk_appetite=1)
        assert answer.accepted
        await settle()
        assert world.bus.sent(SCHEDULE) == [real]
        assert len(world.bus.sent(STRATEGY)) == len(world.bus.sent(EPISODE)) == 1
        await world.ask(PLAN_RUN, RunPlan())
        await world.schedules(2)
        strategy = world.bus.sent(STRATEGY)[-1]
    assert (strategy.export_enabled, strategy.risk_appetite) == (True, 3)
    assert not (tmp_path / "settings.json").exists()


async def test_nothing_different_makes_no_difference(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        answer = await what_if(world)
    assert answer.objective_change == 0
    assert answer.reason.endswith("all in all it would make no difference")


@pytest.mark.parametrize("name", ["risk_appetite", "comfort", "export_enabled", "vacation"])
async def test_a_change_to_nothing_is_none(tmp_path: Path, name: str) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        answer = await what_if(world, **{name: None})
    assert answer.accepted
    assert answer.objective_change == pytest.approx(0, abs=0.05)


async def test_both_plans_are_made_without_the_earlier_one_as_a_hint(tmp_path: Path) -> None:
    work = Held()
    work.let(9)
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await world.schedules(1)
        assert (await what_if(world, soc_percent=80)).accepted
    asked, usual = work.seen[-2:]
    assert asked.hint is None
    assert usual.hint is None
    assert (asked.soc_percent, usual.soc_percent) == (80, None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"price": 0}, "price"),
        ({"risk_appetite": 9}, "risk_appetite"),
        ({"battery.capacity_kwh": -1}, "battery.capacity_kwh"),
        ({"battery.min_charge_kw": 50}, "min_charge_kw"),
        ({"planner.scenarios": 2}, "planner.scenarios"),
        ({"water_heater.power_kw": 2}, "water_heater"),
        ({"soc_percent": "much"}, "soc_percent"),
    ],
)
async def test_a_change_that_cannot_be_is_refused_by_its_name(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        answer = await what_if(world, **changes)
        assert not answer.accepted
        assert said in answer.reason
        assert "\n" not in answer.reason
        assert answer.objective is None
        assert answer.schedule is None
        assert (await what_if(world)).accepted


async def test_an_unknown_change_lists_what_is_understood(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        answer = await what_if(world, battery__capacty_kwh=20)
    assert "battery.capacty_kwh" in answer.reason
    assert "battery.capacity_kwh" in answer.reason


async def test_without_a_plan_there_is_no_what_if_unless_it_says_what_is_missing(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell(soc_percent=None)
        answer = await what_if(world, export_enabled=False)
        assert not answer.accepted
        assert "state of charge is unknown" in answer.reason
        answer = await what_if(world, soc_percent=50)
    assert answer.accepted
    assert answer.objective is not None
    assert answer.objective_change is None


async def test_plans_of_different_lengths_are_not_compared(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        answer = await what_if(world, horizon_hours=12)
    assert answer.accepted
    assert answer.objective_change is None
    assert "there is no plan of that length to compare it with" in answer.reason
    assert len(Schedule.model_validate(answer.schedule).slots) == 48


async def test_a_what_if_does_not_hold_up_a_real_plan(tmp_path: Path) -> None:
    work = Held()
    work.let(1)
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await work.begun()
        await world.schedules(1)
        asking = asyncio.create_task(what_if(world, soc_percent=80))
        await work.begun()
        await world.ask(PLAN_RUN, RunPlan())
        await work.begun()
        assert [one.soc_percent for one in work.seen[1:]] == [80, None]
        work.let(9)
        await world.schedules(2)
        assert (await asking).accepted


async def test_a_real_plan_goes_before_a_what_if(tmp_path: Path) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await work.begun()
        asking = asyncio.create_task(what_if(world, soc_percent=80))
        await settle()
        assert len(work.seen) == 1
        work.let(9)
        assert (await asking).accepted
        assert [one.soc_percent for one in work.seen] == [None, 80, None]


async def test_what_ifs_are_worked_out_one_at_a_time_and_only_so_many_wait(
    tmp_path: Path,
) -> None:
    work = Held()
    work.let(1)
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await work.begun()
        await world.schedules(1)
        first = asyncio.create_task(what_if(world, soc_percent=10))
        await work.begun()
        others = [
            asyncio.create_task(what_if(world, soc_percent=20 + number))
            for number in range(MOST_WAITING + 1)
        ]
        await settle()
        work.let(99)
        answers = [await one for one in (first, *others)]
    assert [one.accepted for one in answers] == [True] * (MOST_WAITING + 1) + [False]
    assert answers[-1].reason == "4 what-ifs are waiting already; ask again in some seconds"
    assert work.most_at_once == 1


async def test_what_ifs_are_counted(tmp_path: Path) -> None:
    def count(accepted: str) -> float:
        name = "darkstar_planner_simulations_total"
        return REGISTRY.get_sample_value(name, {"accepted": accepted}) or 0.0

    before = count("true"), count("false")
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await what_if(world)
        await what_if(world, price=0)
    assert (count("true"), count("false")) == (before[0] + 1, before[1] + 1)
