from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.gateway_app import NOON, Gateway
from support.gateway_house import prices, schedule
from support.gateway_recorder import MIDNIGHT, a_recorder, action, lived

from darkstar_common.contract import PRICES, SCHEDULE
from darkstar_common.slots import SLOT, day_slots
from darkstar_gateway.core.today import Flow, Known, merged
from darkstar_recorder.store import Batch, Store

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.fixture
async def store(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Store]:
    async with a_recorder(gateway, tmp_path) as remembered:
        yield remembered


async def told(gateway: Gateway, **asked: str) -> dict[str, Any]:
    answer = await gateway.get("/api/today", **asked)
    assert answer.status_code == 200, answer.text
    day: dict[str, Any] = answer.json()
    return day


def at(day: dict[str, Any], moment: datetime) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in day["slots"] if datetime.fromisoformat(one["start"]) == moment
    )
    return found


async def test_the_past_is_planned_and_measured_and_the_rest_is_what_is_in_force(
    gateway: Gateway, store: Store
) -> None:
    earlier = schedule(NOON - timedelta(hours=2))
    change = action(NOON - SLOT + timedelta(minutes=3))
    again = action(NOON - SLOT, kind="slot")
    store.commit(Batch(at=NOON, messages=(earlier, change, again)))
    lived(store, MIDNIGHT, (NOON - MIDNIGHT) // SLOT)
    gateway.live.apply(SCHEDULE.path, schedule(NOON))
    gateway.live.apply(PRICES.path, prices(NOON))
    day = await told(gateway)
    assert day["day"] == "2026-06-12"
    assert len(day["slots"]) == 96
    past = at(day, NOON - SLOT)
    assert past["actual"]["load_kwh"] == 1.0
    assert past["planned"] is not None
    assert past["reason"]
    assert past["actions"] == 1, "looks without a change are none"
    assert past["import_per_kwh"] is not None
    ahead = at(day, NOON)
    assert ahead["actual"] is None
    assert ahead["planned"]["pv_kwh"] == pytest.approx(schedule(NOON).slots[0].pv_kw / 4)
    assert ahead["price_kind"] == "published"
    night = at(day, MIDNIGHT)
    assert night["planned"] is None, "nothing was planned then"
    assert night["actual"]["import_kwh"] == 0.75


async def test_what_was_planned_for_a_past_slot_is_not_what_is_planned_now(
    gateway: Gateway, store: Store
) -> None:
    earlier = schedule(NOON - timedelta(hours=2))
    store.commit(Batch(at=NOON, messages=(earlier,)))
    other = schedule(NOON - timedelta(hours=1))
    slots = tuple(one.model_copy(update={"charge_kw": 4.0}) for one in other.slots)
    gateway.live.apply(SCHEDULE.path, other.model_copy(update={"slots": slots}))
    day = await told(gateway)
    was = next(one for one in earlier.slots if one.start == NOON - SLOT)
    assert at(day, NOON - SLOT)["planned"]["charge_kwh"] == pytest.approx(was.charge_kw / 4)
    assert at(day, NOON)["planned"]["charge_kwh"] == 1.0


async def test_a_plans_load_is_all_that_a_meter_would_see(gateway: Gateway, store: Store) -> None:
    assert store is not None
    plan = schedule(NOON)
    gateway.live.apply(SCHEDULE.path, plan)
    first = plan.slots[0]
    got = at(await told(gateway), NOON)["planned"]["load_kwh"]
    assert got == pytest.approx((first.load_kw + first.water_kw + first.ev_kw) / 4)


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2026-10-25", 100)])
@pytest.mark.usefixtures("store")
async def test_a_day_has_the_slots_it_has(gateway: Gateway, day: str, count: int) -> None:
    told_day = await told(gateway, day=day)
    assert len(told_day["slots"]) == count
    assert all(one["actual"] is None and one["planned"] is None for one in told_day["slots"])


def test_a_slot_of_which_nothing_is_known_has_no_measurement() -> None:
    assert Flow.measured({"load_kwh": None, "soc_percent_end": None, "source": "counters"}) is None
    assert Flow.measured({"load_kwh": 0.0}) == Flow(load_kwh=0.0)


def test_without_anything_known_each_slot_is_still_there() -> None:
    starts = day_slots(date(2026, 6, 12), ZONE)
    found = merged(starts, Known(), datetime(2026, 6, 12, 12, tzinfo=UTC))
    assert [one.start for one in found] == list(starts)
    assert {one.actions for one in found} == {0}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "tomorrow"])
async def test_a_day_outside_the_calendar_is_refused(gateway: Gateway, day: str) -> None:
    answer = await gateway.get("/api/today", day=day)
    assert answer.status_code == 422


async def test_a_recorder_that_is_away_is_said(hasty: Gateway) -> None:
    answer = await hasty.get("/api/today")
    assert answer.status_code == 504
