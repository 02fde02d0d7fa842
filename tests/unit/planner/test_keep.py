"""An earlier plan stays in force while a change of it is worth little."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_battery, a_document, a_heater, a_problem, quiet
from unit.planner.test_every_plan import problems

from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.solution import Solution

Document = dict[str, Any]


def a_hint(count: int, **devices: dict[str, Sequence[float]]) -> Document:
    """An earlier solution of hourly slots; a storage's powers are signed, positive charging."""
    return {
        "slots": [
            {"start": f"2026-01-01T{t:02}:00:00Z"}
            | {
                kind: {
                    name: _flows(power[t]) if kind in {"batteries", "evs"} else power[t]
                    for name, power in powers.items()
                }
                for kind, powers in devices.items()
            }
            for t in range(count)
        ]
    }


def _flows(power_kw: float) -> dict[str, float]:
    return {"charge_kw": max(power_kw, 0.0), "discharge_kw": max(-power_kw, 0.0)}


def planned(document: Document, hint: Document | None = None, *, worth: float = 0.0) -> Solution:
    """The plan, staying with `hint` while a change saves at most `worth`."""
    options = document["options"] | {"keep_threshold": worth}
    if hint is not None:
        options |= {"hint": hint}
    return plan(read_problem(json.dumps(document | {"options": options})))


def net(made: Solution, name: str = "battery") -> list[float]:
    kinds = [slot.batteries | slot.evs for slot in made.slots]
    return [one[name].charge_kw - one[name].discharge_kw for one in kinds]


def a_night(prices: Sequence[float], **fields: Any) -> Document:
    """An empty house whose battery is to hold 4 kWh at the end."""
    battery = a_battery(target_kwh=4.0, max_charge_kw=2.0)
    return a_document(prices, batteries=[battery], **quiet(len(prices))) | fields


PRICES = (1.0, 1.01, 1.0, 1.01)
LATER = a_hint(4, batteries={"battery": (0.0, 2.0, 0.0, 2.0)})


def test_a_change_worth_less_than_the_threshold_is_not_made() -> None:
    made = planned(a_night(PRICES), LATER, worth=0.05)
    assert net(made) == pytest.approx([0, 2, 0, 2])
    assert made.kept_saving == pytest.approx(0.04)
    assert made.notes == ("kept: a change would save 0.04",)


def test_a_change_worth_more_is_made() -> None:
    made = planned(a_night(PRICES), LATER, worth=0.03)
    assert made.objective == pytest.approx(4.0)
    assert made.kept_saving is None
    assert made.notes == ()


def test_without_a_threshold_a_change_is_made_for_any_money() -> None:
    made = planned(a_night((1.0, 1.0001, 1.0, 1.0001)), LATER)
    assert net(made) == pytest.approx([2, 0, 2, 0])
    assert made.kept_saving is None


def test_for_the_same_money_the_hint_decides() -> None:
    made = planned(a_night((1.0,) * 4), LATER)
    assert net(made) == pytest.approx([0, 2, 0, 2])


def test_a_hint_that_is_the_best_plan_costs_nothing_to_keep() -> None:
    document = a_night(PRICES)
    made = planned(document, json.loads(planned(document).model_dump_json()), worth=0.05)
    assert made.kept_saving == pytest.approx(0.0, abs=1e-9)
    assert made.notes == ()


def test_kept_or_not_the_gap_is_the_distance_from_the_bound() -> None:
    made = planned(a_night(PRICES), LATER, worth=0.05)
    assert made.status == "optimal"
    assert made.bound == pytest.approx(4.0)
    assert made.gap == pytest.approx(0.04)


def test_a_heater_stays_where_it_was() -> None:
    document = a_document([1.0, 1.0, 1.02, 1.02], heaters=[a_heater(daily_min_kwh=2.0)])
    document |= {"start": "2026-01-01T20:00:00Z"}
    hint = a_hint(4, heaters={"heater": (0.0, 0.0, 1.0, 1.0)})
    for number, slot in enumerate(hint["slots"]):
        slot["start"] = f"2026-01-01T{20 + number}:00:00Z"
    later = document | {"import_price": [1.0, 1.0, 1.02, 1.02, 2.0]}
    later |= {name: [*document[name], 0.0] for name in ("export_price", "load_kw", "pv_kw")}
    made = planned(later, hint, worth=0.1)
    assert [slot.heaters["heater"] for slot in made.slots[:4]] == [0.0, 0.0, 1.0, 1.0]
    assert made.notes == ("kept the running times: a change would save 0.04",)


@pytest.mark.parametrize(
    "device",
    [
        {"deferrables": [{"id": "it", "power_kw": 1.0, "hours": 2.0}]},
        {"evs": [a_battery(id="it", max_charge_kw=1.0, max_discharge_kw=0.0, target_kwh=2.0)]},
        {"batteries": [a_battery(id="it", max_charge_kw=1.0, target_kwh=2.0)]},
    ],
)
def test_loads_cars_and_batteries_stay_where_they_were(device: Document) -> None:
    document = a_document([1.0, 1.0, 1.02, 1.02], **device, **quiet(4))
    (kind,) = device
    late: dict[str, dict[str, Sequence[float]]] = {kind: {"it": (0.0, 0.0, 1.0, 1.0)}}
    made = planned(document, a_hint(4, **late), worth=0.1)
    powers = [slot.deferrables.get("it", 0.0) for slot in made.slots]
    assert (powers if kind == "deferrables" else net(made, "it")) == pytest.approx([0, 0, 1, 1])
    assert made.kept_saving == pytest.approx(0.04)


def test_where_powers_cost_too_much_the_times_are_kept() -> None:
    document = a_night((1.0, 1.01, 1.0, 1.3))
    hint = a_hint(4, batteries={"battery": (1.0, 1.0, 0.0, 2.0)})
    made = planned(document, hint, worth=0.05)
    assert net(made) == pytest.approx([2, 2, 0, 0], abs=0.2)
    assert made.notes == ("kept the times of charging and discharging: a change would save 0.02",)


def test_where_the_battery_must_change_the_washer_still_stays() -> None:
    document = a_night((1.0, 1.0, 1.01, 1.01, 5.0))
    document |= {"deferrables": [{"id": "washer", "power_kw": 1.0, "hours": 2.0}]}
    hint = a_hint(
        5,
        batteries={"battery": (0.0, 0.0, 0.0, 0.0, 2.0)},
        deferrables={"washer": (0.0, 0.0, 1.0, 1.0, 0.0)},
    )
    made = planned(document, hint, worth=0.05)
    assert [slot.deferrables["washer"] for slot in made.slots] == [0.0, 0.0, 1.0, 1.0, 0.0]
    assert net(made)[4] == 0.0
    assert made.notes == ("kept the running times: a change would save 0.02",)


@pytest.mark.parametrize(
    "hint",
    [
        a_hint(4, batteries={"battery": (-5.0, -5.0, -5.0, -5.0)}),
        a_hint(4, batteries={"battery": (50.0, 50.0, 50.0, 50.0)}),
        a_hint(4, batteries={"sold": (2.0, 2.0, 0.0, 0.0)}, heaters={"gone": (9.0,) * 4}),
        a_hint(2, batteries={"battery": (0.0, 0.0)}),
        {"slots": []},
    ],
)
def test_an_impossible_hint_costs_no_more_than_the_threshold(hint: Document) -> None:
    document = a_night(PRICES)
    made = planned(document, hint, worth=0.03)
    assert made.checks.problems == ()
    assert made.violations == ()
    assert made.objective <= planned(document).objective + 0.03 + 1e-6


@st.composite
def hints(draw: st.DrawFn, problem: Problem) -> Document:
    """Any decisions at all for the problem's slots."""
    power = st.sampled_from([0.0, 0.0, 1.0, 3.0, 20.0])
    slots = []
    for start in problem.starts:
        storages = {one.id: {"charge_kw": draw(power)} for one in problem.batteries}
        cars = {one.id: {"charge_kw": draw(power)} for one in problem.evs}
        slots.append(
            {
                "start": start.isoformat(),
                "batteries": storages,
                "evs": cars,
                "heaters": {one.id: draw(power) for one in problem.heaters},
                "deferrables": {one.id: draw(power) for one in problem.deferrables},
            }
        )
    return {"slots": slots}


@settings(max_examples=60, deadline=None)
@given(data=st.data(), problem=problems(), worth=st.sampled_from([0.0, 0.1, 5.0, 1000.0]))
def test_whatever_the_hint_says_the_plan_is_sound_and_within_the_threshold(
    data: st.DataObject, problem: Problem, worth: float
) -> None:
    best = plan(problem)
    hint = data.draw(hints(problem))
    options = problem.options.model_copy(update={"hint": hint, "keep_threshold": worth})
    made = plan(problem.model_copy(update={"options": options}))
    assert made.checks.problems == ()
    assert made.status == "optimal"
    assert made.objective <= best.objective + worth + 1e-3
    assert {(one.what, one.slot) for one in made.violations} <= {
        (one.what, one.slot) for one in best.violations
    } or worth == 0.0
    if made.kept_saving is not None:
        assert 0.0 <= made.kept_saving <= worth + 1e-6
        assert made.bound is not None
        assert made.objective - made.bound <= problem.options.absolute_gap + made.kept_saving + 1e-4


HOURS, STEPS, WORTH = 24, 20, 0.10


def replayed(*, worth: float, seed: int) -> tuple[float, int]:
    """Money paid in `STEPS` hours of new forecasts, less the worth of what is left; plans kept."""
    draw = random.Random(seed)  # noqa: S311 (no secret)
    spot = [1.0 + 0.5 * ((t % 12) > 5) + draw.gauss(0.0, 0.05) for t in range(HOURS + STEPS)]
    truth = [1.0 + draw.random() for _ in spot]
    stored, paid, hint, kept = 4.0, 0.0, None, 0
    for step in range(STEPS):
        ahead = range(step, step + HOURS)
        # what is far is known worse
        seen = [spot[t] + draw.gauss(0.0, 0.004 * (t - step)) for t in ahead]
        load = [truth[step], *(truth[t] + draw.uniform(-0.2, 0.2) for t in ahead[1:])]
        document = a_document(
            [spot[step], *seen[1:]],
            load_kw=load,
            start=f"2026-01-{1 + step // 24:02}T{step % 24:02}:00:00Z",
            batteries=[
                a_battery(stored_kwh=stored, charge_efficiency=0.95, terminal_value_per_kwh=1.0)
            ],
        )
        best = planned(document)
        made = planned(document, hint, worth=worth)
        assert made.objective <= best.objective + worth + 1e-6
        kept += bool(made.kept_saving)
        paid += made.slots[0].import_kw * spot[step]
        stored = made.slots[0].batteries["battery"].stored_kwh
        hint = json.loads(made.model_dump_json())
    return paid - 1.0 * stored, kept


@pytest.mark.parametrize("seed", range(4))
def test_keeping_again_and_again_does_not_add_up(seed: int) -> None:
    """In 20 plans in a row, each kept where it may be, the loss is that of one change or two."""
    stays, kept = replayed(worth=WORTH, seed=seed)
    changes, never = replayed(worth=0.0, seed=seed)
    assert never == 0
    assert kept >= 3
    assert stays <= changes + 2 * WORTH


def test_unchanged_news_keep_the_plan_for_nothing() -> None:
    prices = [1.0, 1.01, 2.0, 1.0, 1.01, 3.0]
    document = a_document(prices, batteries=[a_battery(max_charge_kw=2.0)])
    made = planned(document)
    first = made.slots[0].batteries["battery"].stored_kwh
    later = a_document(
        prices[1:],
        start="2026-01-01T01:00:00Z",
        batteries=[a_battery(max_charge_kw=2.0, stored_kwh=first)],
    )
    again = planned(later, json.loads(made.model_dump_json()), worth=1.0)
    assert again.kept_saving == pytest.approx(0.0, abs=1e-6)
    assert net(again) == pytest.approx(net(made)[1:])


def test_a_problem_given_in_python_may_have_a_hint_too() -> None:
    problem = a_problem(
        PRICES,
        batteries=[a_battery(target_kwh=4.0, max_charge_kw=2.0)],
        options={"hint": LATER, "keep_threshold": 0.2, "absolute_gap": 1e-6},
        **quiet(4),
    )
    assert plan(problem).kept_saving == pytest.approx(0.04)
