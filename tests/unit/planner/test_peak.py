"""A peak tariff: the rise of the mean of the month's highest hours is paid for, and avoided."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_battery, a_document, a_heater, a_problem, quiet

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.peak_hours import borne_kw, dearest_rise, peak_months
from darkstar_planner.core.plan import plan, planned_by_rule
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved

ALL_DAY = list(range(24))
MINUTE = timedelta(minutes=1)


def a_peak(**fields: Any) -> dict[str, Any]:
    """10 for each kW of the highest hour of the month, at any time, with nothing so far."""
    return {"peak": {"price_per_kw": 10.0, "hours": ALL_DAY} | fields}


def rise_by_the_minute(problem: Problem, import_kw: tuple[float, ...]) -> float:
    """What the tariff asks for `import_kw` [currency], from a watch that ticks each minute."""
    peak, zone = problem.grid.peak, ZoneInfo(problem.timezone)
    assert peak is not None
    minutes: dict[datetime, list[float]] = {}
    moment = problem.start
    for t, hours in enumerate(problem.hours):
        for _ in range(round(60 * hours)):
            local = moment.astimezone(zone)
            hour = moment - timedelta(minutes=local.minute)
            if local.hour in peak.hours and not (peak.weekdays_only and local.weekday() > 4):
                minutes.setdefault(hour, []).append(import_kw[t])
            moment += MINUTE
    rise = 0.0
    begun = problem.start.astimezone(zone).strftime("%Y-%m")
    for month in {one.astimezone(zone).strftime("%Y-%m") for one in minutes}:
        known = list(peak.already_kw) if isinstance(peak.already_kw, tuple) else [peak.already_kw]
        known = known if isinstance(peak.already_kw, tuple) else known * peak.top_n
        known = (known if month == begun else []) + [0.0] * peak.top_n
        planned = [
            sum(kw) / len(kw)
            for hour, kw in minutes.items()
            if hour.astimezone(zone).strftime("%Y-%m") == month
        ]
        before = sum(sorted(known)[-peak.top_n :]) / peak.top_n
        rise += sum(sorted(known + planned)[-peak.top_n :]) / peak.top_n - before
    return peak.price_per_kw * rise


@pytest.mark.parametrize(
    ("fields", "energy", "rise"),
    [
        pytest.param({}, 6.0, 20.0, id="2 kW at 10"),
        pytest.param({"already_kw": 1.5}, 6.0, 5.0, id="half a kW more than the month has"),
        pytest.param({"already_kw": 3.0}, 6.0, 0.0, id="the month has had worse"),
        pytest.param({"hours": [5]}, 6.0, 0.0, id="not at this hour"),
        pytest.param({"top_n": 2}, 6.0, 20.0, id="the mean of two hours of 2 kW"),
        pytest.param({"top_n": 4}, 6.0, 10.0, id="of four, two of them nothing"),
        pytest.param({"top_n": 2, "already_kw": 1.0}, 6.0, 10.0, id="one number for both hours"),
        pytest.param({"top_n": 2, "already_kw": [3.0, 1.0]}, 6.0, 5.0, id="2 takes the place of 1"),
        pytest.param({"top_n": 2, "already_kw": [1.0]}, 6.0, 15.0, id="a short list has zeros"),
        pytest.param(
            {"top_n": 1, "already_kw": [1.0, 1.5]}, 6.0, 5.0, id="a long one has its best"
        ),
        pytest.param({"weekdays_only": True}, 6.0, 20.0, id="the first of 2026 is a Thursday"),
    ],
)
def test_the_rise_is_part_of_the_cost(fields: dict[str, Any], energy: float, rise: float) -> None:
    made = plan(a_problem((1.0, 2.0), grid=a_peak(**fields)))
    assert made.cost == pytest.approx(energy + rise, abs=1e-6)
    assert made.objective == pytest.approx(energy + rise, abs=1e-6)
    assert made.status == "optimal"


def test_weekends_do_not_count_when_only_weekdays_do() -> None:
    fields = {"start": "2026-01-03T10:00:00Z"}
    counted = plan(a_problem((1.0,), grid=a_peak(), **fields))
    free = plan(a_problem((1.0,), grid=a_peak(weekdays_only=True), **fields))
    assert (counted.cost, free.cost) == pytest.approx((22.0, 2.0))


@pytest.mark.parametrize(
    ("price", "already", "cost"),
    [
        # 4 kWh of house in two hours; 2 kW each hour costs 20, all in one hour 40
        pytest.param((1.0, 3.0), 0.0, 8.0 + 20, id="the spread is not worth 2 kW of peak"),
        pytest.param((1.0, 3.0), 4.0, 4.0 + 0, id="a peak already there is used"),
        pytest.param((1.0, 3.0), 3.0, 3.0 + 3.0, id="up to it"),
        pytest.param((1.0, 13.0), 0.0, 4.0 + 40.0, id="a spread worth more than the peak"),
    ],
)
def test_the_battery_minds_the_peak(price: tuple[float, ...], already: float, cost: float) -> None:
    problem = a_problem(price, batteries=[a_battery()], grid=a_peak(already_kw=already))
    assert plan(problem).cost == pytest.approx(cost, abs=1e-5)


def test_an_hour_is_the_mean_of_its_slots() -> None:
    # 4 kW in one quarter is 1 kW in the hour: charging in the cheapest quarter costs no peak
    house = {"slot_hours": 0.25, "load_kw": [0.0, 0.0, 0.0, 4.0]}
    made = plan(a_problem((1.0, 1.0, 1.0, 1.0), grid=a_peak(), **house))
    assert made.cost == pytest.approx(1.0 + 10.0 * 1.0)


def test_an_hour_the_horizon_cuts_counts_what_it_sees() -> None:
    # starts at 0:30: that hour's mean is the mean of its last half
    house = {"slot_hours": [0.25, 0.25, 1.0], "load_kw": [4.0, 2.0, 1.0]}
    made = plan(a_problem((0.0, 0.0, 0.0), start="2026-01-01T00:30:00Z", grid=a_peak(), **house))
    assert made.cost == pytest.approx(10.0 * 3.0)


def test_a_slot_across_the_hour_counts_in_both() -> None:
    # 0:30 to 1:30 at 4 kW, then half an hour at none: 4 in the first hour, 2 in the second
    house = {"slot_hours": [1.0, 0.5], "load_kw": [4.0, 0.0], "start": "2026-01-01T00:30:00Z"}
    made = plan(a_problem((0.0, 0.0), grid=a_peak(top_n=2), **house))
    assert made.cost == pytest.approx(10.0 * (4.0 + 2.0) / 2)


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    half = a_problem((0.0, 0.0), grid=a_peak(hours=[7]), start="2026-01-01T01:30:00Z")
    india = half.model_copy(update={"timezone": "Asia/Kolkata"})
    # 1:30 UTC is 7:00 in India and 2:30 in Sweden
    assert [month.hours for month in peak_months(india)] == [(((0, 1.0),),)]
    assert peak_months(half.model_copy(update={"timezone": "Europe/Stockholm"})) == ()


@pytest.mark.parametrize(
    ("start", "counted"),
    [
        pytest.param("2026-03-28T23:00:00Z", 0, id="the hour from 2 that spring leaves out"),
        pytest.param("2026-10-24T22:00:00Z", 2, id="the hour from 2 that autumn has twice"),
        pytest.param("2026-06-24T22:00:00Z", 1, id="any other day"),
    ],
)
def test_days_of_23_and_25_hours_have_their_own_hours(start: str, counted: int) -> None:
    problem = a_problem(
        (0.0,) * 6, start=start, timezone="Europe/Stockholm", grid=a_peak(hours=[2], top_n=3)
    )
    assert sum(len(month.hours) for month in peak_months(problem)) == counted
    assert plan(problem).cost == pytest.approx(10.0 * 2.0 * counted / 3)


def test_a_new_month_begins_with_nothing() -> None:
    # local midnight is 23:00 UTC; the old month had 5 kW, the new one pays for its 2
    fields = {"start": "2026-01-31T22:00:00Z", "timezone": "Europe/Stockholm"}
    made = plan(a_problem((0.0, 0.0), grid=a_peak(already_kw=5.0), **fields))
    assert made.cost == pytest.approx(20.0)
    both = plan(a_problem((0.0, 0.0), grid=a_peak(already_kw=0.5), **fields))
    assert both.cost == pytest.approx(15.0 + 20.0)


def test_no_peak_is_worth_a_house_without_light_or_warm_water() -> None:
    problem = a_problem(
        (1.0, 1.0),
        slot_hours=0.25,
        grid=a_peak(price_per_kw=2000.0),
        heaters=[a_heater(power_kw=3.0, daily_min_kwh=144.0)],
        start="2026-01-01T23:30:00Z",
    )
    made = plan(problem)
    assert [one.heaters["heater"] for one in made.slots] == [3.0, 3.0]
    assert [one.unserved_kw for one in made.slots] == [0.0, 0.0]
    assert dearest_rise(problem) == pytest.approx(2000.0 / 0.5)


@pytest.mark.parametrize(
    ("already", "top_n", "borne"), [(0.0, 1, 4.0), (5.0, 1, 5.0), ([5.0, 1.0], 2, 4.0)]
)
def test_what_an_hour_may_import_without_raising_the_peaks_of_the_plan(
    already: float | list[float], top_n: int, borne: float
) -> None:
    problem = a_problem((1.0, 1.0), grid=a_peak(already_kw=already, top_n=top_n))
    assert borne_kw(problem, (2.0, 4.0)) == borne
    assert borne_kw(a_problem((1.0, 1.0)), (2.0, 4.0)) is None


def test_no_peak_tariff_costs_nothing() -> None:
    problem = a_problem((1.0,))
    assert peak_months(problem) == ()
    assert dearest_rise(problem) == 0.0


def test_by_rule_loads_keep_out_of_the_counted_hours() -> None:
    fields = {"start": "2026-01-01T20:00:00Z"} | quiet(4)
    washer = {"id": "washer", "power_kw": 2.0, "hours": 1.0}
    problem = a_problem(
        (1.0, 2.0, 3.0, 3.0),
        grid=a_peak(hours=[20]),
        heaters=[a_heater(daily_min_kwh=1.0)],
        deferrables=[washer],
        **fields,
    )
    made = planned_by_rule(problem, "tried")
    assert [one.heaters["heater"] for one in made.slots] == [0.0, 1.0, 0.0, 0.0]
    assert [one.deferrables["washer"] for one in made.slots] == [0.0, 2.0, 0.0, 0.0]


tenths = st.integers(0, 30).map(lambda n: n / 10)


@st.composite
def peaky(draw: st.DrawFn) -> Problem:
    """Some hours around a month's end, a clock change or a weekend, with any peak tariff."""
    lengths = draw(st.lists(st.sampled_from([0.25, 0.5, 1.0, 1.75]), min_size=1, max_size=9))
    count = len(lengths)
    known = st.one_of(tenths, st.lists(tenths, max_size=4))

    def series(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=count, max_size=count))

    document = a_document(series(st.integers(-4, 12).map(lambda n: n / 4))) | {
        "start": draw(
            st.sampled_from(["2026-01-31T21:15:00Z", "2026-03-29T00:30:00Z", "2026-10-25T00:00Z"])
        ),
        "timezone": draw(st.sampled_from(["UTC", "Europe/Stockholm", "Asia/Kolkata"])),
        "slot_hours": lengths,
        "load_kw": series(tenths),
        "pv_kw": series(tenths),
        "export_price": series(st.integers(-4, 12).map(lambda n: n / 4)),
        "grid": {
            "peak": {
                "price_per_kw": draw(st.sampled_from([0.0, 0.5, 3.0, 40.0])),
                "already_kw": draw(known),
                "hours": draw(st.sampled_from([ALL_DAY, [0, 2, 23], [7]])),
                "weekdays_only": draw(st.booleans()),
                "top_n": draw(st.integers(1, 4)),
            }
        },
        "batteries": [a_battery(stored_kwh=2.0, charge_efficiency=0.9)],
        "heaters": [a_heater(daily_min_kwh=draw(st.sampled_from([0.0, 12.0])))],
    }
    return Problem.model_validate_json(json.dumps(document))


@settings(max_examples=60, deadline=None)
@given(problem=peaky())
def test_the_rise_is_what_a_watch_on_the_wall_says(problem: Problem) -> None:
    for made in (plan(problem), planned_by_rule(problem, "tried")):
        assert made.checks.problems == ()
        bought = tuple(one.import_kw for one in made.slots)
        paid = sum(
            hours * (one.import_kw * price - one.export_kw * earned)
            for one, hours, price, earned in zip(
                made.slots, problem.hours, problem.import_price, problem.export_price, strict=True
            )
        )
        assert made.cost == pytest.approx(paid + rise_by_the_minute(problem, bought), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(problem=peaky())
def test_what_was_minimised_is_what_is_paid(problem: Problem) -> None:
    found = solve(problem)
    assert isinstance(found, Solved)
    assert accounts(problem, found.dispatch).objective == pytest.approx(found.objective, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), top_n=st.integers(1, 3), price=st.sampled_from([0.4, 2.0, 9.0]))
def test_no_way_to_run_the_heater_is_cheaper(data: st.DataObject, top_n: int, price: float) -> None:
    count = 7
    load = data.draw(st.lists(tenths, min_size=count, max_size=count))
    prices = data.draw(st.lists(tenths, min_size=count, max_size=count))
    problem = a_problem(
        prices,
        load_kw=load,
        start=datetime(2026, 1, 30, 17, tzinfo=UTC).isoformat(),
        grid=a_peak(price_per_kw=price, top_n=top_n, already_kw=[1.0, 0.5]),
        heaters=[a_heater(power_kw=1.5, daily_min_kwh=3.0)],
    )

    def cost(on: tuple[bool, ...]) -> float:
        bought = tuple(kw + 1.5 * heats for kw, heats in zip(load, on, strict=True))
        energy = sum(kw * each for kw, each in zip(bought, prices, strict=True))
        return energy + rise_by_the_minute(problem, bought)

    every = (on for on in product((False, True), repeat=count) if sum(on) == 2)
    assert plan(problem).cost == pytest.approx(min(map(cost, every)), abs=1e-4)


def test_a_quiet_house_raises_no_peak() -> None:
    assert plan(a_problem((1.0,) * 3, grid=a_peak(), **quiet(3))).cost == 0.0
