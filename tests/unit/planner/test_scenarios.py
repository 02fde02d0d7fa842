"""With scenarios, what is decided first is right for all of them, and the same in each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from unit.planner.problems import MIDNIGHT, a_battery, a_heater, a_problem, quiet

from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Solution

CENT = 1e-4
GAP = 1e-3
SHORT = 12


def a_scenario(probability: float, **fields: Any) -> dict[str, Any]:
    return {"probability": probability, "pv_kw": [0.0, 0.0]} | fields


def newsvendor(*chances: tuple[float, float], **fields: Any) -> Problem:
    """Charge now at 1 what may be needed at 3; each chance is a probability and a need.

    The problem itself needs nothing, with the probability that is left.
    """
    scenarios = [a_scenario(p, load_kw=[0.0, need]) for p, need in chances]
    return a_problem(
        (1.0, 3.0), **quiet(2) | {"scenarios": scenarios, "batteries": [a_battery()]} | fields
    )


def charged(made: Solution, slot: int = 0) -> float:
    return made.slots[slot].batteries["battery"].charge_kw


@pytest.mark.parametrize(
    ("chances", "bought", "objective"),
    [
        # one more kWh costs 1 and saves 3 with the probability that it is needed
        ([(0.25, 2.0), (0.25, 4.0)], 2.0, 3.5),
        ([(0.3, 2.0), (0.35, 4.0)], 4.0, 4.0),
        ([(0.2, 2.0), (0.1, 4.0)], 0.0, 2.4),
        # nothing is left for the problem itself; it follows
        ([(0.5, 2.0), (0.5, 4.0)], 4.0, 4.0),
        ([(0.9, 2.0), (0.1, 4.0)], 2.0, 2.6),
    ],
)
def test_first_decisions_weigh_all_scenarios(
    chances: list[tuple[float, float]], bought: float, objective: float
) -> None:
    made = plan(newsvendor(*chances))
    assert made.status == "optimal"
    assert charged(made) == pytest.approx(bought)
    assert made.objective == pytest.approx(objective)
    assert made.bound == pytest.approx(objective)
    # the slots are those of the problem itself, which needs nothing later
    assert made.cost == pytest.approx(bought)
    assert [one.import_kw for one in made.slots] == pytest.approx([bought, 0.0])
    assert [one.probability for one in made.scenarios] == [one for one, _ in chances]
    for (_, need), one in zip(chances, made.scenarios, strict=True):
        assert one.cost == pytest.approx(bought + 3 * max(0.0, need - bought))


def test_without_uncertainty_there_is_nothing_to_weigh() -> None:
    single = plan(newsvendor())
    same = {"load_kw": [0.0, 0.0], "pv_kw": [0.0, 0.0]}
    for chances in ([1.0], [0.4], [0.2, 0.5], [0.5, 0.5]):
        made = plan(newsvendor(scenarios=[{"probability": p} | same for p in chances]))
        assert made.slots == single.slots
        assert (made.objective, made.bound) == (single.objective, single.bound)
        assert [one.objective for one in made.scenarios] == [single.objective] * len(chances)


@pytest.mark.parametrize("commit", [2, 3, 99])
def test_commit_slots_past_the_horizon_mean_all_of_it(commit: int) -> None:
    made = plan(newsvendor((0.3, 4.0), (0.6, 2.0), commit_slots=commit))
    assert made.status == "optimal"
    assert charged(made) == pytest.approx(2.0)
    # 2 kW leave the battery in the second slot in any case, though the problem itself needs none
    assert made.slots[1].export_kw == pytest.approx(2.0)
    assert made.objective == pytest.approx(2.0 + 0.3 * 6.0)


def test_a_horizon_of_one_slot() -> None:
    scenario = {"probability": 0.5, "load_kw": [3.0], "pv_kw": [0.0]}
    battery = a_battery(stored_kwh=5.0, terminal_value_per_kwh=0.5)
    made = plan(a_problem((2.0,), scenarios=[scenario], batteries=[battery]))
    assert made.status == "optimal"
    # the third kWh saves 2 with a probability of one half, and is worth less later
    assert made.slots[0].batteries["battery"].discharge_kw == pytest.approx(3.0)
    assert made.objective == pytest.approx(-0.5 * 2.0)


@pytest.mark.parametrize(
    ("chance", "now"), [(0.5, True), (0.8, False)], ids=["too risky to wait", "worth the wait"]
)
@pytest.mark.parametrize("hours", [1.0, 0.4], ids=["paths", "slots"])
def test_a_heater_heats_now_or_waits_for_all(chance: float, now: bool, hours: float) -> None:
    # heating costs 2 now; later 1, if all goes well, or else 4
    scenario = a_scenario(chance, load_kw=[0.0, 0.0], import_price=[2.0, 1.0])
    heater = a_heater(daily_min_kwh=hours, heated_today_kwh=0.0)
    problem = a_problem(
        (2.0, 4.0),
        **quiet(2),
        slot_hours=hours,
        start="2026-01-01T22:00:00Z" if hours == 1 else "2026-01-01T23:12:00Z",
        scenarios=[scenario],
        heaters=[heater],
    )
    made = plan(problem)
    assert made.status == "optimal"
    assert made.slots[0].heaters["heater"] == pytest.approx(1.0 if now else 0.0)
    expected = 2.0 if now else 1.0 * chance + 4.0 * (1 - chance)
    assert made.objective == pytest.approx(expected * hours)


@pytest.mark.parametrize("commit", [1, 2, 4, 99])
@pytest.mark.parametrize("locked", [[], [0]])
def test_a_start_costs_as_much_in_a_scenario_as_without(commit: int, locked: list[int]) -> None:
    # two hours of heat: at 1 each and two starts of 1.2, or 1 and 3 and one start
    scenario = {"probability": 0.5, "load_kw": [0.3] * 4, "pv_kw": [0.0] * 4}
    heater = a_heater(daily_min_kwh=2.0, start_penalty=1.2, locked_on=locked)
    made = plan(
        a_problem(
            (1.0, 3.0, 1.0, 3.0),
            **quiet(4),
            start="2026-01-01T20:00:00Z",
            scenarios=[scenario],
            commit_slots=commit,
            heaters=[heater],
        )
    )
    assert made.status == "optimal"
    assert [slot.heaters["heater"] for slot in made.slots] == [1.0, 0.0, 1.0, 0.0]
    assert made.objective == pytest.approx(4.4 + 0.5 * 0.3 * 8.0)


@pytest.mark.parametrize(("chance", "now"), [(0.5, True), (0.8, False)])
@pytest.mark.parametrize("contiguous", [True, False])
def test_a_deferrable_load_runs_now_or_waits_for_all(
    chance: float, now: bool, contiguous: bool
) -> None:
    scenario = a_scenario(chance, load_kw=[0.0, 0.0], import_price=[2.0, 1.0])
    washer = {"id": "washer", "power_kw": 1.0, "hours": 1.0, "contiguous": contiguous}
    made = plan(a_problem((2.0, 4.0), **quiet(2), scenarios=[scenario], deferrables=[washer]))
    assert made.slots[0].deferrables["washer"] == pytest.approx(1.0 if now else 0.0)
    assert made.objective == pytest.approx(2.0 if now else 1.0 * chance + 4.0 * (1 - chance))


def test_a_car_charges_now_or_waits_for_all() -> None:
    scenario = a_scenario(0.5, load_kw=[0.0, 0.0], import_price=[2.0, 1.0])
    car = a_battery(id="car", max_charge_kw=1.0, max_discharge_kw=0.0, target_kwh=1.0)
    made = plan(a_problem((2.0, 4.0), **quiet(2), scenarios=[scenario], evs=[car]))
    assert made.slots[0].evs["car"].charge_kw == pytest.approx(1.0)
    assert made.objective == pytest.approx(2.0)


def test_manual_blocks_hold_in_every_scenario() -> None:
    blocks = [
        {"slot": 0, "device": "battery", "charge_kw": 3.0},
        {"slot": 1, "device": "battery", "discharge_kw": 3.0},
    ]
    made = plan(newsvendor((0.25, 2.0), (0.25, 4.0), fixed=blocks))
    assert made.violations == ()
    assert charged(made) == pytest.approx(3.0)
    assert [one.objective for one in made.scenarios] == pytest.approx([3.0, 6.0])
    assert made.objective == pytest.approx(0.5 * 3.0 + 0.25 * 3.0 + 0.25 * 6.0)


def test_a_hard_limit_of_the_house_is_kept_though_no_scenario_minds() -> None:
    # the scenario would give 5 kW to its load; the house itself has 1 kW of it and may not sell
    scenario = a_scenario(1.0, load_kw=[5.0, 0.0])
    battery = a_battery(stored_kwh=5.0, discharge_to_grid=False)
    made = plan(
        a_problem((10.0, 1.0), load_kw=[1.0, 0.0], scenarios=[scenario], batteries=[battery])
    )
    assert made.status == "optimal"
    assert made.checks.passed
    assert made.slots[0].batteries["battery"].discharge_kw == pytest.approx(1.0)
    assert made.objective == pytest.approx(40.0)
    assert made.cost == pytest.approx(0.0)


def test_power_flows_one_way_where_only_a_scenario_pays_for_taking_it() -> None:
    # a full battery that could burn 2.5 kWh by running both ways at a negative price
    scenario = {"probability": 0.8, "load_kw": [0.0], "pv_kw": [0.0], "import_price": [-1.0]}
    battery = a_battery(stored_kwh=10.0, charge_efficiency=0.5)
    made = plan(a_problem((1.0,), **quiet(1), scenarios=[scenario], batteries=[battery]))
    assert made.status == "optimal"
    assert made.objective == pytest.approx(0.0)


def test_a_marginal_price_is_that_of_the_shown_future() -> None:
    # the problem itself buys at 3 in the second slot: its probability does not make that cheaper
    scenario = a_scenario(0.75, load_kw=[0.0, 0.0])
    made = plan(a_problem((1.0, 3.0), scenarios=[scenario], load_kw=[0.0, 9.0]))
    assert made.slots[1].marginal_price == pytest.approx(3.0)


def hinted(made: float, *, worth: float, start: str = MIDNIGHT, **fields: Any) -> Solution:
    """The newsvendor's plan, after an earlier one that charged `made` in its first slot."""
    power = {"battery": {"charge_kw": made, "discharge_kw": 0.0}}
    slots = [{"start": start, "batteries": power}]
    options = {"absolute_gap": 1e-6, "hint": {"slots": slots}, "keep_threshold": worth}
    return plan(newsvendor((0.25, 2.0), (0.25, 4.0), options=options, **fields))


def test_what_is_decided_first_is_kept_while_a_change_is_worth_little() -> None:
    # the third kWh costs 1 and saves 3 in one case of four
    made = hinted(3.0, worth=0.3)
    assert made.kept_saving == pytest.approx(0.25)
    assert made.notes == ("kept what is decided first: a change would save 0.25",)
    assert charged(made) == pytest.approx(3.0)
    assert made.objective == pytest.approx(3.75)
    assert made.status == "optimal"
    assert [one.objective for one in made.scenarios] == pytest.approx([3.0, 6.0])


@pytest.mark.parametrize(
    ("made", "worth", "fields"),
    [
        (3.0, 0.2, {}),
        (3.0, 0.0, {}),
        # a hint of another day
        (3.0, 0.3, {"start": "2025-01-01T00:00:00Z"}),
        # it says nothing of the second common slot
        (3.0, 0.3, {"commit_slots": 2}),
    ],
)
def test_a_hint_is_let_go_when_a_change_is_worth_more_or_it_does_not_say(
    made: float, worth: float, fields: dict[str, Any]
) -> None:
    again = hinted(made, worth=worth, **fields)
    assert again.kept_saving is None
    assert again.notes == ()
    assert charged(again) == pytest.approx(2.0)


def test_a_hint_that_some_future_cannot_follow_is_let_go() -> None:
    made = hinted(9.0, worth=100.0)
    assert made.kept_saving is None
    assert charged(made) == pytest.approx(2.0)


def test_a_hint_that_is_followed_anyway_is_not_worth_a_word() -> None:
    made = hinted(2.0, worth=1.0)
    assert made.kept_saving is None
    assert made.notes == ()


def test_the_shown_plan_is_calm_and_begins_as_was_decided() -> None:
    # 6 kWh for the last slot, at prices that hardly differ: charged in one go
    price = [1.5, 1.000, 1.004, 1.001, 1.005, 1.002, 3.0]
    load = [0.0] * 6 + [6.0]
    scenario = {"probability": 0.4, "load_kw": [0.0] * 6 + [5.0], "pv_kw": [0.0] * 7}
    battery = a_battery(max_charge_kw=2.0, max_discharge_kw=6.0)
    fields = {"load_kw": load, "batteries": [battery], "scenarios": [scenario]}
    runs = []
    for gap in (1e-9, 0.05):
        made = plan(a_problem(price, **fields, options={"absolute_gap": gap}))
        assert charged(made) == pytest.approx(0.0)
        assert made.gap is not None
        assert made.gap <= gap + 1e-9
        runs.append([charged(made, t) > 0.01 for t in range(7)])
    assert runs[0] == [False, True, False, True, False, True, False]
    assert sum(one != other for one, other in pairwise(runs[1])) == 2


def test_calm_changes_nothing_of_what_is_decided_first() -> None:
    # 2 kW in the first and the third slot; 1.33 kW in all three would be calmer
    price = [1.0, 1.002, 1.0, 1.5, 3.0]
    scenario = {"probability": 0.4, "load_kw": [0.0] * 4 + [5.0], "pv_kw": [0.0] * 5}
    battery = a_battery(max_charge_kw=2.0, max_discharge_kw=4.0)
    fields = {"load_kw": [0.0] * 4 + [4.0], "batteries": [battery]}
    alone = plan(a_problem(price, **fields, options={"absolute_gap": 0.05}))
    assert charged(alone) == pytest.approx(4 / 3)
    made = plan(a_problem(price, **fields, scenarios=[scenario], options={"absolute_gap": 0.05}))
    assert charged(made) == pytest.approx(2.0)
