"""What is said about planning: status, episode, log and metrics."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from unit.planner.houses import NOON
from unit.planner.worlds import QUICK, Held, metric, running

from darkstar_common.contract import (
    EPISODE,
    PLAN_RUN,
    PLAN_STATUS,
    RISK_APPETITE_SET,
    STRATEGY,
    RiskAppetiteSet,
    RunPlan,
)
from darkstar_common.slots import SLOT
from darkstar_common.testing import MemoryBroker, MemoryBus
from darkstar_planner.core.assemble import Planned
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.schedule import config_hash
from darkstar_planner.core.solution import Solution
from darkstar_planner.timing import jitter_of, next_slot_run

JITTER = jitter_of("home", timedelta(seconds=5))


async def test_says_when_it_runs_and_when_it_will(tmp_path: Path) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        assert not world.said[-1].running
        assert world.said[-1].last_run_at is None
        await world.tell()
        await work.begun()
        status = world.said[-1]
        assert status.running
        assert status.last_run_at == NOON
        assert status.last_success_at is None
        assert status.next_run_at == next_slot_run(NOON, SLOT, jitter=JITTER)
        work.let()
        status = await world.status(lambda one: not one.running)
        assert status.last_success_at == NOON
        assert status.next_run_at == next_slot_run(NOON, SLOT, jitter=JITTER)
        assert len({one.message_id for one in world.said}) == len(world.said)


async def test_says_when_it_is_stopped_that_it_plans_no_more(tmp_path: Path) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        await world.tell()
        await work.begun()
        assert world.said[-1].running
        work.let()
    assert not world.said[-1].running
    assert world.said[-1].next_run_at is None
    assert world.said[-1].last_error is None


async def test_a_surprise_while_planning_ends_the_service_loudly(tmp_path: Path) -> None:
    def broken(inputs: Inputs, now: datetime) -> tuple[Planned, Solution]:
        raise ArithmeticError(f"{inputs.config.site} at {now}")

    async def until_it_ends() -> None:
        async with running(tmp_path, config=QUICK, work=broken, broker=broker) as world:
            await world.tell()
            await world.status(lambda one: one.running)
            await world.status(lambda one: not one.running)

    broker = MemoryBroker()
    with pytest.raises(ExceptionGroup) as raised:
        await until_it_ends()
    assert raised.group_contains(ArithmeticError, match="home at")
    status = MemoryBus(broker=broker).sent(PLAN_STATUS)[-1]
    assert (status.running, status.next_run_at) == (False, None)
    assert "an error of its own (ArithmeticError('home at" in (status.last_error or "")


async def test_each_plan_is_one_line_of_the_log_with_what_an_operator_asks_about(
    tmp_path: Path,
) -> None:
    with capture_logs() as logs:
        async with running(tmp_path, config=QUICK) as world:
            await world.tell()
            (made,) = await world.schedules(1)
    (line,) = (one for one in logs if one["event"] == "schedule_published")
    assert line["reason"] == "the inputs are complete"
    assert line["caused_by"] == str(made.caused_by)
    assert (line["status"], line["slots"]) == ("optimal", 24)
    assert line["cost"] == round(made.cost, 2)
    assert {"gap", "seconds", "violations", "currency"} <= set(line)


async def test_the_metrics_of_a_plan(tmp_path: Path) -> None:
    plans, seconds = metric("plans_total", status="optimal"), metric("solve_seconds_count")
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        (made,) = await world.schedules(1)
    assert metric("plans_total", status="optimal") == plans + 1
    assert metric("solve_seconds_count") == seconds + 1
    assert metric("gap") == pytest.approx(made.gap, abs=1e-9)
    assert metric("last_success_timestamp_seconds") == NOON.timestamp()


def test_each_metric_has_a_help_text_and_says_its_unit() -> None:
    said = [one for one in REGISTRY.collect() if one.name.startswith("darkstar_planner_")]
    assert len(said) >= 8
    for one in said:
        assert one.documentation
        assert not one.name.endswith("_seconds") or "s]" in one.documentation


async def test_an_episode_has_what_a_run_knew_what_it_wished_and_what_came_of_it(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await world.ask(RISK_APPETITE_SET, RiskAppetiteSet(level=1))
        first, made = await world.schedules(2)
        strategy = world.bus.sent(STRATEGY)[-1]
        episode = world.bus.sent(EPISODE)[-1]
    assert episode.caused_by == made.message_id
    assert episode.schedule_id == str(made.message_id)
    assert episode.schedule == made.model_dump(mode="json")
    assert episode.overrides == strategy.rules
    assert read_problem(json.dumps(episode.inputs)).start == NOON
    assert episode.context["because"] == "the risk appetite is 1 (1 keeps most in reserve, 5 least)"
    assert episode.context["wishes"]["risk_appetite"] == 1
    assert episode.context["strategy"]["target_soc_percent"] == strategy.target_soc_percent
    assert episode.context["hint_schedule_id"] == str(first.message_id)
    assert episode.context["version"] == version("darkstar-planner")
    assert episode.context["config_hash"] == config_hash(QUICK)
    assert "hint" not in episode.inputs["options"]


async def test_each_real_run_is_an_episode(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        await world.ask(PLAN_RUN, RunPlan())
        made = await world.schedules(2)
        episodes = world.bus.sent(EPISODE)
    assert [one.schedule_id for one in episodes] == [str(one.message_id) for one in made]
    assert [one.context["because"] for one in episodes] == ["the inputs are complete", "asked for"]
