"""What was planned for a slot, one row for each, whatever is planned later."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from support.stores import empty_history
from unit.recorder.test_store_messages import NOON, schedule

from darkstar_common.contract import Schedule
from darkstar_common.slots import SLOT
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.store.database import migrations, open_database

A_MINUTE = timedelta(minutes=1)
FIRST = schedule(1, 1, 1, 1)
SECOND = schedule(2, 2, 2, at=NOON + SLOT - A_MINUTE)
THIRD = schedule(3, 3, 3, at=NOON + SLOT)


def planned(store: Store) -> list[tuple[float, str]]:
    asked = "SELECT charge_kw, schedule_id::VARCHAR FROM slot_plan ORDER BY start_at"
    return store._writer.execute(asked).fetchall()


def by(*pairs: tuple[float, Schedule]) -> list[tuple[float, str]]:
    return [(kw, str(one.message_id)) for kw, one in pairs]


@pytest.mark.parametrize("order", list(permutations((FIRST, SECOND, THIRD))))
def test_the_plan_of_a_slot_is_the_last_one_made_before_it_was_over(
    tmp_path: Path, order: tuple[Schedule, ...]
) -> None:
    store = Store(empty_history(tmp_path / "history.duckdb"))
    for made in order:
        store.commit(Batch(at=NOON, messages=(made, made)))
    assert planned(store) == by((2, SECOND), (3, THIRD), (3, THIRD), (1, FIRST))
    store.close()


def test_a_schedule_made_after_a_slot_says_nothing_of_it(tmp_path: Path) -> None:
    store = Store(empty_history(tmp_path / "history.duckdb"))
    store.commit(Batch(at=NOON, messages=(schedule(5, at=NOON + SLOT),)))
    assert planned(store) == []
    store.close()


def test_the_plans_of_an_older_file_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "history.duckdb"
    store = Store(path)
    store.commit(Batch(at=NOON, messages=(FIRST, SECOND, THIRD)))
    wanted = planned(store)
    store.close()
    with open_database(path) as older:
        for table in ("weather_issue", "weather_issued", "slot_plan", "setting_change", "care"):
            older.execute(f"DROP TABLE {table}")
        older.execute("DELETE FROM schema_version WHERE version = 5")
    with open_database(path, migrations()):
        pass
    store = Store(path)
    assert planned(store) == wanted
    store.close()
