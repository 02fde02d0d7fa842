from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.gateway_app import NOON, Gateway
from support.gateway_recorder import a_recorder, action, write

from darkstar_common.contract import ActionRecord, Command, Override, Seen
from darkstar_common.slots import SLOT
from darkstar_gateway.core.doings import Doing, stats
from darkstar_recorder.store import Batch, Store

ZONE = ZoneInfo("Europe/Stockholm")
WISH = Override(action="force_charge", until=NOON + SLOT)
RECORDS = (
    action(NOON - timedelta(days=1), writes=(write("written"),)),
    action(NOON - timedelta(days=1) + SLOT, kind="settled", writes=(write("confirmed"),)),
    action(NOON - 3 * SLOT, kind="slot", rule="schedule"),
    action(
        NOON - 2 * SLOT,
        override=WISH,
        rule="override",
        planned=Command(intent="self_consume"),
        writes=(write("written", "select.mode"), write("unchanged"), write("written")),
        before=Seen(soc_percent=40.0),
    ),
    action(NOON - 2 * SLOT + timedelta(minutes=1), override=WISH, rule="override", kind="slot"),
    action(
        NOON - SLOT, kind="settled", success=False, after=Seen(soc_percent=41.0),
        writes=(write("not_confirmed", "select.mode"), write("confirmed")),
    ),
    action(NOON - timedelta(minutes=5), skipped="shadow mode"),
)  # fmt: skip


@pytest.fixture
async def store(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Store]:
    async with a_recorder(gateway, tmp_path) as remembered:
        remembered.commit(Batch(at=NOON, messages=RECORDS))
        yield remembered


async def told(gateway: Gateway, path: str, **asked: str) -> dict[str, Any]:
    answer = await gateway.get(f"/api/executor/{path}", **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.usefixtures("store")
async def test_records_come_opened_and_the_newest_first(gateway: Gateway) -> None:
    found = await told(gateway, "history")
    assert [one["message_id"] for one in found["rows"]] == [
        str(one.message_id) for one in reversed(RECORDS)
    ]
    assert found["complete"] is True
    wish = found["rows"][3]
    assert wish["planned"]["intent"] == "self_consume"
    assert wish["commanded"]["intent"] == "charge_from_pv"
    assert wish["override"]["action"] == "force_charge"
    assert wish["before"]["soc_percent"] == 40.0
    assert [one["result"] for one in wish["writes"]] == ["written", "unchanged", "written"]
    assert found["rows"][0]["skipped"] == "shadow mode"
    assert found["rows"][0]["planned"] is None


@pytest.mark.usefixtures("store")
async def test_history_is_paged_by_its_oldest_row(gateway: Gateway) -> None:
    seen: list[str] = []
    asked = {"limit": "3"}
    while True:
        part = await told(gateway, "history", **asked)
        seen += [one["message_id"] for one in part["rows"]]
        if part["complete"]:
            break
        asked["end"] = part["rows"][-1]["emitted_at"]
    assert seen == [str(one.message_id) for one in reversed(RECORDS)]


@pytest.mark.usefixtures("store")
async def test_a_week_in_numbers(gateway: Gateway) -> None:
    found = await told(gateway, "stats")
    assert found["days"] == 7
    assert found["changes"] == 3
    assert found["writes"] == 3
    assert found["confirmed"] == 2
    assert found["failures"] == 1
    assert found["overrides"] == 1
    assert found["shadow_share"] == pytest.approx(1 / 7)
    assert found["rules"] == {"schedule": 1, "override": 1}
    assert [one["entity"] for one in found["entities"]] == ["number.current", "select.mode"]
    assert found["entities"][1]["not_confirmed"] == 1
    assert [one["day"] for one in found["by_day"]][-1] == "2026-06-12"
    assert [one["writes"] for one in found["by_day"]] == [0, 0, 0, 0, 0, 1, 2]
    assert [one["failures"] for one in found["by_day"]][-1] == 1


async def test_no_records_are_no_share(gateway: Gateway, tmp_path: Path) -> None:
    async with a_recorder(gateway, tmp_path):
        found = await told(gateway, "stats", days="1")
    assert found["shadow_share"] is None
    assert found["by_day"] == [{"day": "2026-06-12", "changes": 0, "writes": 0, "failures": 0}]


def test_a_wish_that_is_lengthened_is_one_wish_and_another_is_another() -> None:
    def at(minute: int, wish: Override | None) -> ActionRecord:
        return action(NOON + timedelta(minutes=minute), override=wish)

    longer = WISH.model_copy(update={"until": NOON + 4 * SLOT})
    hold = Override(action="hold", until=NOON + SLOT)
    records = (at(0, WISH), at(1, longer), at(2, hold), at(3, None), at(4, hold))
    doings = [Doing.model_validate(one.model_dump(mode="json")) for one in records]
    found = stats(doings, [date(2026, 6, 12)], (NOON, NOON + SLOT), ZONE)
    assert found.overrides == 3


@pytest.mark.parametrize(
    "path", ["history?limit=0", "history?limit=501", "stats?days=0", "stats?days=32",
             "history?end=0001-01-01T00:00:00Z"],
)  # fmt: skip
async def test_what_would_be_endless_is_refused(gateway: Gateway, path: str) -> None:
    answer = await gateway.client.get(f"/api/executor/{path}")
    assert answer.status_code == 422


async def test_a_recorder_that_is_away_is_said(hasty: Gateway) -> None:
    for path in ("history", "stats"):
        assert (await hasty.get(f"/api/executor/{path}")).status_code == 504
