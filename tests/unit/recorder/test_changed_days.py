"""Days are worked out anew when what they are made of is other than it was, and then alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.rolled_days import (
    BATTERY,
    DAY,
    END,
    HOUSE,
    KWH,
    START,
    ZONE,
    ask,
    lived,
    planned,
    roll,
)
from support.stores import A_MINUTE, empty_history

from darkstar_common.config import Config, Tariff
from darkstar_common.slots import SLOT, day_slots, local_day
from darkstar_recorder.core.rollups import House, house_of
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Asked, Batch, Details, Store, StoreError, Today, queries
from darkstar_recorder.store.database import open_to_read, transaction
from darkstar_recorder.store.times import naive


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def test_only_days_that_changed_are_worked_out_again(store: Store) -> None:
    lived(store, DAY, 5)
    assert roll(store) == [DAY + timedelta(days=n) for n in range(5)]
    assert roll(store) == []
    lived(store, DAY + timedelta(days=3), 1, load=1.5)
    assert roll(store)[0] == DAY + timedelta(days=3)
    assert ask(store, "day")["load_kwh"] == (96, 96, 96, 144, 96)


def test_a_price_that_comes_late_changes_the_day(store: Store) -> None:
    starts = day_slots(DAY, ZONE)
    store.replace_slots([SlotEnergy(start=one, kwh=KWH) for one in starts], "counters", START)
    assert roll(store) == [DAY]
    assert ask(store, "day")["cost"] == (None,)
    store.add_prices([(one, 1.0) for one in starts], Tariff(), UTC)
    assert roll(store) == [DAY]
    price = Tariff().import_price(1.0, START)
    assert ask(store, "day")["cost"] == pytest.approx((96 * 0.5 * price,))


def test_another_store_at_midnight_reaches_the_days_after_until_it_is_the_same(
    store: Store,
) -> None:
    for number in range(6):  # at night it gives, by day there is less than it can hold
        starts = day_slots(DAY + timedelta(days=number), ZONE)
        kwh = [KWH | ({"pv": 1.05} if slot < 80 else {"load": 0.3}) for slot in range(96)]
        rows = [SlotEnergy(start=s, kwh=k) for s, k in zip(starts, kwh, strict=True)]
        store.replace_slots(rows, "counters", START)
        store.add_prices([(start, 1.0) for start in starts], Tariff(), UTC)
    roll(store)
    before = ask(store, "day")["cost_self_consumption"]
    starts = day_slots(DAY, ZONE)[-8:]
    rows = [SlotEnergy(start=s, kwh=KWH | {"load": 0.9}) for s in starts]
    store.replace_slots(rows, "counters", END)
    again = roll(store)
    fresh = ask(store, "day")["cost_self_consumption"]
    assert again[:2] == [DAY, DAY + timedelta(days=1)]
    store._writer.execute("DELETE FROM daily")
    roll(store)
    assert ask(store, "day")["cost_self_consumption"] == pytest.approx(fresh)
    assert fresh != before


def test_a_day_under_way_expects_what_is_over_and_is_completed(store: Store) -> None:
    starts = day_slots(DAY, ZONE)[:40]
    store.replace_slots([SlotEnergy(start=s, kwh=KWH) for s in starts], "counters", START)
    roll(store, START + 40 * SLOT)
    assert ask(store, "day")["expected_slots"] == (40,)
    assert roll(store, END) == [DAY]
    assert ask(store, "day")["expected_slots"] == (96,)
    assert roll(store, END) == []


def test_a_plan_that_comes_late_changes_the_day(store: Store) -> None:
    lived(store, DAY, 2)
    roll(store)
    assert ask(store, "day")["planned_slots"] == (0, 0)
    store.commit(Batch(at=START, messages=(planned(START, START + SLOT),)))
    assert roll(store) == [DAY]
    assert ask(store, "day")["planned_slots"] == (2, 0)
    assert ask(store, "day")["planned_cost"] == (0.5, None)


def test_another_battery_changes_all_days(store: Store) -> None:
    lived(store, DAY, 3)
    roll(store)
    assert ask(store, "day")["cycles"] == (2.4,) * 3
    larger = house_of(Config(battery=BATTERY.model_copy(update={"capacity_kwh": 20})))
    assert roll(store, house=larger) == [DAY + timedelta(days=n) for n in range(3)]
    assert ask(store, "day")["cycles"] == (1.2,) * 3
    assert roll(store, house=larger) == []


def test_another_timezone_has_other_days(store: Store) -> None:
    lived(store, DAY, 2)
    roll(store)
    auckland = house_of(Config(battery=BATTERY, timezone="Pacific/Auckland"))
    roll(store, house=auckland)
    assert ask(store, "day")["load_kwh"] == (48, 96, 48)
    assert ask(store, "day")["start"][0] == local_day(DAY, ZoneInfo("Pacific/Auckland"))[0]
    roll(store)
    assert ask(store, "day")["load_kwh"] == (96, 96)


def test_the_mark_of_a_house_is_the_same_in_every_process() -> None:
    absent = frozenset({"pv", "export", "charge", "discharge"})
    assert House(cell=None, zone=ZONE, absent=absent).mark == 18177418535909410084
    assert 0 <= HOUSE.mark < 2**64


def freshly(store: Store, now: datetime, by: str = "day") -> dict[str, tuple[Any, ...]]:
    """What is answered at `now`, when nothing has been worked out since."""
    asked = Asked(
        what="rollups", start=START, end=END + timedelta(days=9), limit=1000,
        details=Details(by=by), today=Today(house=HOUSE, now=now),  # type: ignore[arg-type]
    )  # fmt: skip
    return store.answer(asked, A_MINUTE).columns


@pytest.mark.parametrize("by", ["day", "week", "month", "year", "total"])
def test_todays_rollup_is_fresh_when_asked(store: Store, by: str) -> None:
    lived(store, DAY, 2)
    now = START + timedelta(days=2, hours=3)
    roll(store, now)
    assert sum(freshly(store, now, by)["load_kwh"]) == 192
    today = [SlotEnergy(start=START + timedelta(days=2) + n * SLOT, kwh=KWH) for n in range(12)]
    store.replace_slots(today, "counters", now)
    store.replace_slots([SlotEnergy(start=END, kwh=KWH | {"load": 2.0})], "counters", now)
    told = freshly(store, now, by)
    assert sum(told["load_kwh"]) == 192 + 12 + 1
    assert sum(ask(store, by)["load_kwh"]) == 192
    roll(store, now)
    assert freshly(store, now, by) == told == ask(store, by)


def test_what_is_fresh_waits_for_no_writer(store: Store) -> None:
    lived(store, DAY, 1)
    with store._turns, ThreadPoolExecutor() as other:  # somebody writes
        told = other.submit(freshly, store, END).result(timeout=10)
    assert told["load_kwh"] == (96,)


def test_days_are_worked_out_and_written_down_while_somebody_else_writes(store: Store) -> None:
    lived(store, DAY, 3)
    with store._turns, transaction(store._writer), ThreadPoolExecutor() as other:
        store._writer.execute("UPDATE price SET kind = 'forecast'")
        other.submit(roll, store).result(timeout=10)
    assert ask(store, "day")["load_kwh"] == (96,) * 3


def test_recording_goes_on_while_days_are_written_down(store: Store) -> None:
    lived(store, DAY, 3)
    roll(store)
    with transaction(store._file.summer):
        store._file.summer.execute("UPDATE daily SET cost = 7")
        store.commit(Batch(at=START, messages=(planned(START),)))
        lived(store, DAY, 1, load=2.0)
    assert ask(store, "day")["cost"] == (7.0,) * 3
    assert ask(store, "day")["planned_slots"] == (0,) * 3
    roll(store)
    assert ask(store, "day")["planned_slots"] == (1, 0, 0)
    assert ask(store, "day")["load_kwh"] == (192, 96, 96)


def test_days_of_a_file_that_can_only_be_read_are_left_as_they_are(store: Store) -> None:
    lived(store, DAY, 1)
    store.close()
    found = open_to_read(store.path)
    assert found is not None
    store._file._writer, store._file._summer = found, found.cursor()
    with pytest.raises(StoreError):
        roll(store)


def test_a_day_that_has_no_slots_any_more_is_gone(store: Store) -> None:
    lived(store, DAY, 2)
    roll(store)
    store._writer.execute("DELETE FROM slot_observation WHERE start_at >= ?", [naive(END)])
    roll(store)
    assert ask(store, "day")["day"] == (DAY,)
    store._writer.execute("DELETE FROM slot_observation")
    roll(store)
    assert ask(store, "day")["day"] == ()


def test_a_file_that_can_only_be_read_answers_as_newly(store: Store) -> None:
    lived(store, DAY, 1)
    roll(store)
    lived(store, DAY, 1, load=2.0)
    path = store.path
    store.close()
    connection = open_to_read(path)
    assert connection is not None
    asked = Asked(
        what="rollups", start=START, end=END, limit=9, today=Today(house=HOUSE, now=START)
    )
    assert queries.ask(connection, asked).columns["load_kwh"] == (192,)
    connection.close()


Change = tuple[str, int, float]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["slots", "prices", "plan", "gone"]),
        st.integers(0, 4),
        st.sampled_from([0.1, 0.5, 2.5]),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def change(store: Store, kind: str, day: int, value: float) -> None:
    """Something of a day becomes something else."""
    whole = day_slots(DAY + timedelta(days=day), ZONE)
    starts = whole[::7]
    if kind == "slots":
        kwh = KWH | {"load": value, "pv": 2 * value % 3}
        store.replace_slots([SlotEnergy(start=s, kwh=kwh) for s in starts], "counters", START)
    elif kind == "prices":
        store.add_prices([(one, value) for one in starts], Tariff(), UTC)
    elif kind == "plan":
        store.commit(Batch(at=START, messages=(planned(*whole[:9], import_kw=value),)))
    else:
        store._writer.execute("DELETE FROM slot_observation WHERE start_at = ?", [naive(starts[0])])


@given(changes=CHANGES)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_days_have_changed_they_are_as_if_worked_out_at_once(
    store: Store, changes: list[Change]
) -> None:
    for table in ("slot_observation", "price", "slot_plan", "schedule", "daily"):
        store._writer.execute(f"DELETE FROM {table}")  # noqa: S608 (names of this test)
    for one in changes:
        change(store, *one)
        roll(store)
    step_by_step = ask(store, "day")
    store._writer.execute("DELETE FROM daily")
    roll(store)
    at_once = ask(store, "day")
    for name, values in at_once.items():
        assert step_by_step[name] == (
            pytest.approx(values) if isinstance(next(iter(values), None), float) else values
        ), name
