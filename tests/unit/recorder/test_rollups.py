"""A day in sums, and weeks, months and years of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkstar_common.config import Battery, Config, Grid, Tariff
from darkstar_common.contract import Schedule, ScheduleSlot, Service
from darkstar_common.slots import SLOT, day_slots, local_day
from darkstar_recorder.core.quality import DayLabel, Label
from darkstar_recorder.core.rollups import Calendar, Day, House, PastSlot, house_of, rolled
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Asked, Batch, Details, Store, Today, queries
from darkstar_recorder.store.database import open_to_read
from darkstar_recorder.store.times import naive

ZONE = ZoneInfo("Europe/Stockholm")
DAY = date(2026, 1, 5)  # a Monday
START, END = local_day(DAY, ZONE)
BATTERY = Battery(
    capacity_kwh=10, min_soc_percent=10, charge_efficiency=1, discharge_efficiency=1,
    wear_cost_per_kwh=0.1,
)  # fmt: skip
HOUSE = house_of(Config(battery=BATTERY))
KWH = {"load": 1.0, "pv": 0.25, "import": 0.5, "export": 0.0, "charge": 0.0, "discharge": 0.25}
CALENDAR = Calendar(day=DAY, start=START, end=END, expected_slots=96)


def a_slot(number: int = 0, **other: Any) -> PastSlot:
    energies = {f"{name}_kwh": kwh for name, kwh in KWH.items()} | other
    kwh = {n.removesuffix("_kwh"): v for n, v in energies.items() if n.removesuffix("_kwh") in KWH}
    more = {name: value for name, value in other.items() if name.removesuffix("_kwh") not in KWH}
    said = {"import_per_kwh": 2.0, "export_per_kwh": 1.0} | more
    return PastSlot(start=START + number * SLOT, kwh=kwh, **said)


def the_day(*slots: PastSlot, house: House = HOUSE, stored: float | None = None) -> Day:
    return rolled(CALENDAR, slots, house, stored)


def test_costs_are_of_the_same_slots() -> None:
    made = the_day(a_slot(), a_slot(1), stored=10)
    assert made.cost == pytest.approx(2 * 0.5 * 2)
    assert made.cost_without_battery == pytest.approx(2 * 0.75 * 2)
    assert made.cost_self_consumption == 0
    assert made.rule_stored_change_kwh == pytest.approx(-1.5)
    assert (made.known_slots, made.expected_slots) == (2, 96)


@pytest.mark.parametrize(
    "unknown",
    ["load_kwh", "pv_kwh", "import_kwh", "export_kwh", "import_per_kwh", "export_per_kwh"],
)
def test_a_slot_with_an_unknown_counts_in_no_cost_and_is_counted(unknown: str) -> None:
    whole = the_day(a_slot(planned_cost=0.7), stored=5)
    made = the_day(a_slot(planned_cost=0.7), a_slot(1, **{unknown: None}, planned_cost=9), stored=5)
    for name in ("cost", "cost_without_battery", "cost_self_consumption", "planned_cost",
                 "cost_where_planned", "known_slots", "planned_slots", "known_kwh"):  # fmt: skip
        assert getattr(made, name) == getattr(whole, name), name


def test_what_is_unknown_all_day_is_null_and_not_zero() -> None:
    made = the_day(a_slot(load_kwh=None, discharge_kwh=None, import_per_kwh=None))
    assert made.kwh["load"] is made.cost is made.cost_self_consumption is None
    assert made.wear_cost is made.cycles is made.stored_change_kwh is None
    assert made.kwh["pv"] == 0.25


def test_the_plan_is_compared_where_there_was_one() -> None:
    made = the_day(a_slot(planned_cost=0.25), a_slot(1))
    assert (made.planned_slots, made.planned_cost, made.cost_where_planned) == (1, 0.25, 1.0)
    assert made.cost == 2


def test_wear_cycles_and_what_is_left_in_the_battery() -> None:
    made = the_day(a_slot(soc_percent_start=50), a_slot(1, soc_percent_end=45))
    assert made.wear_cost == pytest.approx(0.05)
    assert made.cycles == pytest.approx(0.05)
    assert made.stored_change_kwh == pytest.approx(-0.5)
    assert made.stored_worth_per_kwh == 2


def test_the_simple_battery_begins_as_the_real_one_and_goes_on_over_midnight() -> None:
    assert the_day(a_slot(soc_percent_start=50)).rule_stored_kwh == pytest.approx(5 - 0.75)
    assert the_day(a_slot(soc_percent_start=50), stored=9).rule_stored_kwh == pytest.approx(8.25)
    assert the_day(a_slot()).rule_stored_kwh == pytest.approx(1)


def test_a_house_without_a_battery_saves_nothing() -> None:
    made = the_day(a_slot(discharge_kwh=0), house=house_of(Config(battery=None)))
    assert made.cost_without_battery == made.cost_self_consumption == 1.5
    assert made.cycles is made.stored_change_kwh is made.rule_stored_kwh is None


def test_what_a_house_cannot_have_needs_no_meter() -> None:
    config = Config(battery=BATTERY, has_solar=False, grid=Grid(max_export_kw=0))
    made = the_day(a_slot(pv_kwh=None, export_kwh=None), house=house_of(config))
    assert made.cost == 1.0
    assert made.kwh["pv"] is None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "history.duckdb")
    yield opened
    opened.close()


def lived(store: Store, first: date, days: int, **other: float) -> None:
    """So many days, all slots alike."""
    starts = [one for n in range(days) for one in day_slots(first + timedelta(days=n), ZONE)]
    rows = [SlotEnergy(start=start, kwh=KWH | other) for start in starts]
    store.replace_slots(rows, "counters", START)
    store.add_prices([(start, 1.0) for start in starts], Tariff())


def roll(
    store: Store, now: datetime = END + timedelta(days=900), house: House = HOUSE
) -> list[date]:
    """Work out all there is; which days that was."""
    done, waiting = list[date](), set(store.changed_days(house, now))
    while waiting:
        done += sorted(waiting)
        waiting = set(store.roll(waiting, house, now))
    return done


def ask(store: Store, by: str, days: int = 800) -> dict[str, tuple[Any, ...]]:
    asked = Asked(
        what="rollups", start=START, end=START + timedelta(days=days), limit=1000,
        details=Details(by=by),  # type: ignore[arg-type]
    )  # fmt: skip
    return store.answer(asked).columns


def test_local_days_have_92_96_or_100_slots(store: Store) -> None:
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)):
        lived(store, day, 1)
    roll(store)
    found = ask(store, "day")
    assert found["expected_slots"] == found["known_slots"] == (96, 92, 100)
    assert found["load_kwh"] == (96, 92, 100)


@pytest.mark.parametrize(
    ("by", "days"),
    [("day", (1,) * 40), ("week", (7, 7, 7, 7, 7, 5)), ("month", (27, 13)), ("year", (40,))],
)
def test_longer_times_are_sums_of_days(store: Store, by: str, days: tuple[int, ...]) -> None:
    lived(store, DAY, 40)
    roll(store)
    found, whole = ask(store, by), ask(store, "day")
    assert found["days"] == days
    for name in ("load_kwh", "cost", "cost_without_battery", "saved", "cycles", "known_slots"):
        assert sum(found[name]) == pytest.approx(sum(whole[name])), name
    assert found["self_sufficiency"] == pytest.approx((0.5,) * len(days))
    assert found["self_consumption"] == (1,) * len(days)
    assert found["saved"] == pytest.approx(
        [
            bare - cost
            for bare, cost in zip(found["cost_without_battery"], found["cost"], strict=True)
        ]
    )


def test_the_view_of_months_is_what_is_answered(store: Store) -> None:
    lived(store, DAY, 40)
    roll(store)
    rows = store._writer.execute("SELECT day, cost FROM monthly ORDER BY day").fetchall()
    found = ask(store, "month")
    assert rows == list(zip(found["day"], found["cost"], strict=True))
    assert found["day"] == (date(2026, 1, 1), date(2026, 2, 1))


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
    store.add_prices([(one, 1.0) for one in starts], Tariff())
    assert roll(store) == [DAY]
    price = Tariff().import_price(1.0)
    assert ask(store, "day")["cost"] == pytest.approx((96 * 0.5 * price,))


def test_another_store_at_midnight_reaches_the_days_after_until_it_is_the_same(
    store: Store,
) -> None:
    for number in range(6):  # at night it gives, by day there is less than it can hold
        starts = day_slots(DAY + timedelta(days=number), ZONE)
        kwh = [KWH | ({"pv": 1.05} if slot < 80 else {"load": 0.3}) for slot in range(96)]
        rows = [SlotEnergy(start=s, kwh=k) for s, k in zip(starts, kwh, strict=True)]
        store.replace_slots(rows, "counters", START)
        store.add_prices([(start, 1.0) for start in starts], Tariff())
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


def test_a_time_of_which_nothing_is_known_has_no_rows(store: Store) -> None:
    assert roll(store) == []
    assert all(column == () for column in ask(store, "month").values())


def planned(*starts: datetime, import_kw: float = 1.0) -> Schedule:
    slots = tuple(
        ScheduleSlot(
            start=start, import_kw=import_kw, export_kw=0, charge_kw=0, discharge_kw=0,
            soc_percent=50, load_kw=1, pv_kw=0, import_per_kwh=1, export_per_kwh=0.5,
            price_kind="published",
        )
        for start in starts
    )  # fmt: skip
    return Schedule(
        sender=Service.PLANNER, emitted_at=START, issued_at=START, valid_until=END,
        status="optimal", currency="SEK", cost=1, objective=1, bound=1, gap=0, solver="highs",
        solve_seconds=0.1, slots=slots,
    )  # fmt: skip


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
    return store.answer(asked).columns


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


def test_days_are_worked_out_while_others_write(store: Store) -> None:
    holding = []

    class Watching(House):
        @property
        def mark(self) -> int:
            holding.append(store._turns._owner)
            return super().mark

    lived(store, DAY, 3)
    roll(store, house=Watching(cell=HOUSE.cell, zone=ZONE))
    assert set(holding) == {None}
    assert ask(store, "day")["load_kwh"] == (96,) * 3


def test_a_total_is_of_the_days_that_are_asked_for(store: Store) -> None:
    lived(store, DAY, 40)
    roll(store)
    told = ask(store, "total", days=10)
    assert told["days"] == (10,)
    assert told["day"] == (DAY,)
    assert told["load_kwh"] == (960,)
    assert ask(store, "total")["days"] == (40,)


def test_rollups_say_what_their_days_are_good_for(store: Store) -> None:
    lived(store, DAY, 4)
    roll(store)
    labels: tuple[Label, ...] = ("clean", "mask_battery", "exclude")
    named = [
        DayLabel(day=DAY + timedelta(days=n), label=one, reasons="") for n, one in enumerate(labels)
    ]
    store.label_days(named, "person", END)
    told = ask(store, "day")
    assert told["label"] == ("clean", "mask_battery", "exclude", None)
    assert told["load_kwh"] == (96,) * 4
    week = ask(store, "week")
    assert week["label"] == (None,)
    assert (week["clean_days"], week["masked_days"], week["excluded_days"]) == ((1,), (1,), (1,))


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
        store.add_prices([(one, value) for one in starts], Tariff())
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
