"""What Prometheus may read of planning: when it ran, when it will, and how good the plan is."""

from __future__ import annotations

from datetime import timedelta
from math import isnan
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from unit.planner.houses import NOON
from unit.planner.worlds import QUICK, Held, metric, running

from darkstar_planner import metrics

UNKNOWN = (
    "gap", "last_success_timestamp_seconds", "last_run_timestamp_seconds",
    "next_run_timestamp_seconds", "violations", "fallback",
)  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_before_the_first_round_nothing_is_known(name: str) -> None:
    metrics.begin()
    assert isnan(metric(name))


@pytest.mark.parametrize("status", ["optimal", "feasible", "fallback"])
def test_plans_are_counted_from_nothing(status: str) -> None:
    metrics.begin()
    assert REGISTRY.get_sample_value("darkstar_planner_plans_total", {"status": status}) is not None


async def test_a_plan_that_keeps_all_limits_breaks_none(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        (made,) = await world.schedules(1)
    assert made.status == "optimal"
    assert metric("violations") == len(made.violations)
    assert metric("fallback") == 0


async def test_the_last_and_the_next_round_are_told_as_on_the_bus(tmp_path: Path) -> None:
    work = Held()
    async with running(tmp_path, config=QUICK, work=work) as world:
        assert isnan(metric("last_run_timestamp_seconds"))
        await world.tell()
        await work.begun()
        assert metric("last_run_timestamp_seconds") == NOON.timestamp()
        assert isnan(metric("last_success_timestamp_seconds"))
        work.let()
        status = await world.status(lambda one: not one.running)
        assert status.next_run_at is not None
        assert metric("next_run_timestamp_seconds") == status.next_run_at.timestamp()
        assert metric("last_success_timestamp_seconds") == NOON.timestamp()


async def test_a_planner_that_was_stopped_has_no_next_round(tmp_path: Path) -> None:
    async with running(tmp_path, config=QUICK) as world:
        await world.tell()
        await world.schedules(1)
        assert not isnan(metric("next_run_timestamp_seconds"))
    assert isnan(metric("next_run_timestamp_seconds"))


async def test_a_round_that_could_make_no_plan_is_counted_and_no_success(tmp_path: Path) -> None:
    before = metric("refusals_total")
    async with running(tmp_path, config=QUICK) as world:
        await world.tell(soc_percent=None)
        await world.clock.advance(timedelta(minutes=2))
        await world.until(lambda: bool(world.said) and world.said[-1].last_error is not None)
        assert metric("refusals_total") > before
        assert isnan(metric("last_success_timestamp_seconds"))
        assert isnan(metric("violations"))
