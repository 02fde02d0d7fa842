"""What a past day need have cost, had all been known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from darkstar_common.config import Config
from darkstar_common.slots import day_slots
from darkstar_planner.core.hindsight import (
    COLUMNS,
    PastDay,
    day_problem,
    hindsight,
    past_day,
)
from darkstar_planner.core.plan import plan

DAY = date(2026, 1, 14)
PLAIN = Config.model_validate({"water_heater": None})
LOAD_KWH = 0.25


def columns(config: Config, day: date = DAY, **other: Any) -> dict[str, list[Any]]:
    """A day of 1 kW, dear in the second half, whose battery stayed at half."""
    starts = day_slots(day, config.zone)
    half = len(starts) // 2
    whole: dict[str, Any] = {
        "start": [one.isoformat() for one in starts],
        "load_kwh": LOAD_KWH,
        "pv_kwh": 0.0,
        "water_kwh": 0.0,
        "import_per_kwh": [1.0] * half + [3.0] * (len(starts) - half),
        "export_per_kwh": 0.1,
        "soc_percent_start": 50.0,
        "soc_percent_end": 50.0,
        **other,
    }
    return {
        name: one if isinstance(one, list) else [one] * len(starts) for name, one in whole.items()
    }


def the_day(config: Config = PLAIN, **other: Any) -> PastDay:
    found = past_day(DAY, columns(config, **other), config)
    assert found is not None
    return found


def best(config: Config = PLAIN, **other: Any) -> tuple[float, float]:
    """Cost and wear of the best there was."""
    past = the_day(config, **other)
    problem = day_problem(past, config)
    found = hindsight(past, problem, plan(problem), past.slots[-1].start)
    assert found is not None
    assert (found.day, found.slots, found.currency) == (DAY, 96, "SEK")
    return found.cost, found.wear_cost


def test_all_columns_that_are_asked_for_are_read() -> None:
    assert set(columns(PLAIN)) == set(COLUMNS)


def test_without_a_battery_it_is_the_bill() -> None:
    config = PLAIN.model_copy(update={"battery": None})
    cost, wear = best(config)
    assert cost == pytest.approx(12 * 1.0 + 12 * 3.0)
    assert wear == 0


def test_a_battery_would_have_been_filled_while_it_was_cheap() -> None:
    cost, wear = best()
    assert 24 * 1.0 < cost < 12 * 1.0 + 12 * 3.0 - 8
    assert wear > 0


def test_what_the_battery_held_at_the_end_is_not_for_free() -> None:
    full = best(soc_percent_end=90.0)[0]
    assert full > best()[0] + 3.5


def test_a_battery_that_ended_emptier_need_not_be_filled() -> None:
    assert best(soc_percent_end=20.0)[0] < best()[0] - 2.5


def test_hot_water_takes_what_it_took_at_the_best_hours() -> None:
    config = Config.model_validate({"battery": None})
    dear = [0.0] * 90 + [0.75] * 6
    load = [LOAD_KWH] * 90 + [LOAD_KWH + 0.75] * 6
    cost, _ = best(config, water_kwh=dear, load_kwh=load)
    assert cost == pytest.approx(12 * 1.0 + 12 * 3.0 + 4.5 * 1.0, abs=0.06)


def test_more_water_than_the_heater_gives_in_a_day_is_no_error() -> None:
    config = Config.model_validate({"battery": None, "water_heater": {"power_kw": 0.5}})
    cost, _ = best(config, water_kwh=1.0, load_kwh=1.25)
    assert cost == pytest.approx((12 * 1.0 + 12 * 3.0) * 5, rel=0.01)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_of_23_and_25_hours_are_days(day: date) -> None:
    found = past_day(day, columns(PLAIN, day), PLAIN)
    assert found is not None
    assert len(found.slots) == len(day_slots(day, PLAIN.zone))
    assert len(day_problem(found, PLAIN).load_kw) in (92, 100)


@pytest.mark.parametrize(
    "name",
    ["load_kwh", "pv_kwh", "import_per_kwh", "export_per_kwh"],
)
def test_a_day_with_an_unknown_has_no_hindsight(name: str) -> None:
    holed = columns(PLAIN)
    holed[name][40] = None
    assert past_day(DAY, holed, PLAIN) is None


@pytest.mark.parametrize(("name", "row"), [("soc_percent_start", 0), ("soc_percent_end", -1)])
def test_a_day_whose_charge_is_unknown_at_an_end_has_none(name: str, row: int) -> None:
    holed = columns(PLAIN)
    holed[name][row] = None
    assert past_day(DAY, holed, PLAIN) is None
    bare = PLAIN.model_copy(update={"battery": None})
    assert past_day(DAY, holed, bare) is not None


def test_a_slot_that_is_missing_is_an_unknown() -> None:
    short = {name: one[:-1] for name, one in columns(PLAIN).items()}
    assert past_day(DAY, short, PLAIN) is None


def test_what_a_house_has_not_need_not_be_known() -> None:
    bare = PLAIN.model_copy(update={"has_solar": False})
    found = past_day(DAY, columns(bare, pv_kwh=None, water_kwh=None), bare)
    assert found is not None
    assert {one.pv_kwh for one in found.slots} == {0.0}


def test_a_plan_by_rule_proves_nothing() -> None:
    past = the_day()
    problem = day_problem(past, PLAIN)
    ruled = plan(problem).model_copy(update={"status": "fallback"})
    assert hindsight(past, problem, ruled, past.slots[0].start) is None


def test_a_battery_that_cannot_end_as_it_did_proves_nothing() -> None:
    weak = PLAIN.model_copy(
        update={"battery": Config().battery and replace_battery(max_charge_kw=0.01)}
    )
    past = the_day(weak, soc_percent_end=90.0)
    problem = day_problem(past, weak)
    assert hindsight(past, problem, plan(problem), past.slots[0].start) is None


def replace_battery(**update: float) -> object:
    return Config.model_validate({"battery": {"min_charge_kw": 0, **update}}).battery


def test_the_day_is_never_dearer_than_it_was_without_doing_anything() -> None:
    past = the_day()
    idle = [replace(one, pv_kwh=0.1) for one in past.slots]
    sunny = replace(past, slots=tuple(idle))
    problem = day_problem(sunny, PLAIN)
    found = hindsight(sunny, problem, plan(problem), datetime.fromisoformat("2026-01-15T00:00Z"))
    assert found is not None
    still = sum((one.load_kwh - 0.1) * one.import_per_kwh for one in sunny.slots)
    assert found.cost + found.wear_cost <= still + 0.05
    assert timedelta(seconds=found.solve_seconds) < timedelta(seconds=11)
