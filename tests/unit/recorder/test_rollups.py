"""A day in sums, and weeks, months and years of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.rolled_days import BATTERY, DAY, END, HOUSE, KWH, START, ask, lived, roll
from support.stores import empty_history

from darkstar_common.config import Config, Grid
from darkstar_common.contract import Hindsight, Service
from darkstar_common.slots import SLOT
from darkstar_recorder.core.quality import DayLabel, Label
from darkstar_recorder.core.rollups import Calendar, Day, House, PastSlot, house_of, rolled
from darkstar_recorder.store import Batch, Store

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
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


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


def test_a_time_of_which_nothing_is_known_has_no_rows(store: Store) -> None:
    assert roll(store) == []
    assert all(column == () for column in ask(store, "month").values())


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


def looked_back(day: date, cost: float, hours: int = 0) -> Hindsight:
    return Hindsight(
        sender=Service.PLANNER,
        emitted_at=END + timedelta(hours=hours),
        day=day,
        slots=96,
        currency="SEK",
        cost=cost,
        wear_cost=0.5,
        status="optimal",
        gap=0.0,
        solve_seconds=0.1,
    )


def test_the_best_there_was_stands_beside_what_the_same_days_did_cost(store: Store) -> None:
    lived(store, DAY, 4)
    roll(store)
    days = [DAY, DAY + timedelta(days=1)]
    store.commit(Batch(at=END, messages=tuple(looked_back(one, 3.0) for one in days)))
    told, whole = ask(store, "total"), ask(store, "day")
    assert told["foresight_days"] == (2,)
    assert told["cost_perfect_foresight"] == (6.0,)
    assert told["wear_cost_perfect_foresight"] == (1.0,)
    assert told["cost_where_foresight"] == pytest.approx([sum(whole["cost"][:2])])
    assert told["cost_without_battery_where_foresight"] == pytest.approx(
        [sum(whole["cost_without_battery"][:2])]
    )
    assert whole["cost_perfect_foresight"] == (3.0, 3.0, None, None)


def test_a_day_that_is_looked_back_on_again_counts_once_and_as_last_said(store: Store) -> None:
    lived(store, DAY, 1)
    roll(store)
    for cost, hours in ((3.0, 1), (2.0, 2), (9.0, 0)):
        store.commit(Batch(at=END, messages=(looked_back(DAY, cost, hours),)))
    assert ask(store, "day")["cost_perfect_foresight"] == (2.0,)


def test_without_hindsight_the_best_is_unknown(store: Store) -> None:
    lived(store, DAY, 1)
    roll(store)
    told = ask(store, "day")
    assert told["foresight_days"] == (0,)
    assert told["cost_perfect_foresight"] == told["cost_where_foresight"] == (None,)
