"""The past over HTTP, as the recorder itself tells it: its own answers behind the same bus."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.gateway_app import NOON, Gateway
from support.gateway_house import schedule
from support.gateway_recorder import HOUSE, MIDNIGHT, a_recorder, lived

from darkstar_common.config import Tariff
from darkstar_common.contract import Episode, Service
from darkstar_common.slots import SLOT, slots
from darkstar_recorder.core.flags import GAP
from darkstar_recorder.store import Batch, Store


@pytest.fixture
async def store(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Store]:
    """What the recorder on the gateway's bus remembers."""
    async with a_recorder(gateway, tmp_path) as remembered:
        yield remembered


async def told(gateway: Gateway, what: str, **asked: Any) -> dict[str, Any]:
    answer = await gateway.get(f"/api/history/{what}", **{k: str(v) for k, v in asked.items()})
    assert answer.status_code == 200, answer.text
    rows: dict[str, Any] = answer.json()
    assert all(len(column) == rows["row_count"] for column in rows["columns"].values())
    return rows


async def test_slots_come_with_their_flags(gateway: Gateway, store: Store) -> None:
    lived(store, NOON - 4 * SLOT, 2, load=GAP)
    columns = (await told(gateway, "slots"))["columns"]
    assert columns["load_kwh"] == [1.0, 1.0]
    assert columns["flags"] == [{"load": ["gap"]}] * 2
    assert columns["label"] == [None, None]


@pytest.mark.parametrize(
    ("by", "days"),
    [("day", [1, 1]), ("week", [2]), ("month", [2]), ("year", [2]), ("total", [2])],
)
async def test_rollups_are_served_and_todays_is_as_new_as_its_slots(
    gateway: Gateway, store: Store, by: str, days: list[int]
) -> None:
    yesterday = MIDNIGHT - timedelta(days=1)
    lived(store, yesterday, 96 + 20)
    store.roll([date(2026, 6, 11)], HOUSE, NOON)
    start = yesterday.isoformat()
    columns = (await told(gateway, "rollups", by=by, start=start))["columns"]
    assert columns["days"] == days
    assert sum(columns["load_kwh"]) == 116
    paid = 0.75 * 116 * Tariff().import_price(1.0, yesterday)
    assert sum(columns["cost"]) == pytest.approx(paid)
    lived(store, MIDNIGHT + 20 * SLOT, 4)
    columns = (await told(gateway, "rollups", by=by, start=start))["columns"]
    assert sum(columns["load_kwh"]) == 120


async def test_outcomes_are_served(gateway: Gateway, store: Store) -> None:
    plan = schedule(NOON - timedelta(hours=1))
    store.commit(Batch(at=NOON, messages=(plan,)))
    first = plan.slots[0]
    lived(store, first.start, 1)
    columns = (await told(gateway, "outcomes", start=first.start.isoformat()))["columns"]
    assert columns["load_kwh"][0] == 1.0
    assert columns["planned_import_kwh"][0] == pytest.approx(first.import_kw / 4)
    assert columns["schedule_id"][0] == str(plan.message_id)
    assert columns["load_kwh"][1] is None
    assert columns["planned_load_kwh"][1] is not None


async def test_a_planning_run_is_served_whole_by_its_id(gateway: Gateway, store: Store) -> None:
    plan = schedule(NOON)
    run = Episode(
        sender=Service.PLANNER, emitted_at=NOON - SLOT, schedule_id=str(plan.message_id),
        inputs={"soc_percent": 46.3}, context={}, schedule=plan.model_dump(mode="json"),
    )  # fmt: skip
    store.commit(Batch(at=NOON, messages=(run,)))
    columns = (await told(gateway, "episodes"))["columns"]
    assert columns["message_id"] == [str(run.message_id)]
    assert "body" not in columns
    columns = (await told(gateway, "episodes", id=run.message_id))["columns"]
    body = json.loads(columns["body"][0])
    assert body["inputs"] == {"soc_percent": 46.3}
    assert body["schedule"]["slots"] == plan.model_dump(mode="json")["slots"]


async def test_a_long_answer_comes_in_pages_that_are_the_whole(
    gateway: Gateway, store: Store
) -> None:
    first, count = NOON - timedelta(days=150), 150 * 96
    store.add_prices([(one, 1.0) for one in slots(first, count)], Tariff(), UTC)
    found: list[str] = []
    complete, pages = False, 0
    while not complete:
        asked = {"start": first.isoformat(), "offset": len(found), "limit": 50_000}
        rows = await told(gateway, "prices", **asked)
        assert rows["row_count"] > 0
        found += rows["columns"]["start"]
        complete, pages = rows["complete"], pages + 1
    assert pages > 1
    assert [datetime.fromisoformat(one) for one in found] == list(slots(first, count))


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("slots?columns=colour", "there is no column colour; there are: start, load_kwh"),
        ("slots?id=00000000-0000-0000-0000-000000000000", "slots have no id"),
        ("slots?lead_hours=3", "slots have no lead_hours; what has: forecasts, prices, weather"),
        ("slots?start=2026-06-13T00:00:00Z&end=2026-06-12T00:00:00Z", "is after end"),
    ],
)
@pytest.mark.usefixtures("store")
async def test_what_the_recorder_refuses_is_a_problem_with_its_sentence(
    gateway: Gateway, path: str, part: str
) -> None:
    answer = await gateway.client.get(f"/api/history/{path}")
    assert answer.status_code == 422
    assert part in answer.json()["detail"]
