"""What the published schedule, strategy and episode say of a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.common.keys.probe import changed
from unit.planner.houses import HOUSE, NOON, PLAIN, forecast, prices
from unit.planner.test_inputs import complete

from darkstar_common.contract import EvSet, ManualBlock, PriceCurve, Schedule
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan, planned_by_rule
from darkstar_planner.core.schedule import config_hash, episode, schedule, strategy_message

HOUR = timedelta(hours=1)
HALF_DAY = changed(PLAIN, "planner.horizon_hours", 12)
CARS = changed(HALF_DAY, "evs", [{"departure": "18:00"}, {"id": "van", "departure": "18:00"}])


def made(inputs: Inputs) -> Schedule:
    planned = inputs.planned(NOON)
    return schedule(planned, plan(planned.problem), now=NOON, cause=None)


def partly_forecast() -> PriceCurve:
    """Published for nine hours, forecast for three."""
    whole = prices(count=48)
    kinds = ["published"] * 36 + ["forecast"] * 12
    slots = tuple(
        one.model_copy(update={"kind": kind}) for one, kind in zip(whole.slots, kinds, strict=True)
    )
    return whole.model_copy(update={"slots": slots})


def test_each_car_has_its_power_and_all_of_them_their_sum() -> None:
    said = {
        "car": EvSet(soc_percent=50.0, emitted_at=NOON),
        "van": EvSet(soc_percent=70.0, emitted_at=NOON),
    }
    slots = made(replace(complete(CARS), cars=said)).slots
    assert all(set(one.evs) == {"car", "van"} for one in slots)
    assert all(one.ev_kw == pytest.approx(sum(one.evs.values())) for one in slots)
    assert sum(one.evs["car"] for one in slots) / 4 * 0.9 == pytest.approx(18.0)
    assert sum(one.evs["van"] for one in slots) / 4 * 0.9 == pytest.approx(6.0)


def test_a_car_that_is_not_there_is_not_in_the_schedule() -> None:
    said = {"car": EvSet(soc_percent=50.0, emitted_at=NOON), "van": EvSet(connected=False)}
    slots = made(replace(complete(CARS), cars=said)).slots
    assert all(set(one.evs) == {"car"} for one in slots)


def test_the_share_of_forecast_prices_is_said_twice() -> None:
    found = made(complete(HALF_DAY).updated(partly_forecast()))
    assert found.forecast_price_share == 0.25
    assert "3 of 12 hours rest on forecast prices" in found.why
    assert made(complete(HALF_DAY)).forecast_price_share == 0.0


@pytest.mark.parametrize(
    ("shorter", "ends"),
    [
        (prices(count=8), "price curve"),
        (forecast("load", 1.0, count=8), "load forecast"),
        (forecast("pv", 0.5, count=8), "PV forecast"),
    ],
)
def test_a_plan_that_is_shorter_than_wanted_says_so(shorter: PriceCurve, ends: str) -> None:
    found = made(complete(HALF_DAY).updated(shorter))
    assert len(found.slots) == 8
    assert found.why[0] == f"plans 2 of 12 hours, until the end of the {ends}"


def test_all_that_ends_first_is_named() -> None:
    inputs = complete(HALF_DAY).updated(prices(count=8)).updated(forecast("load", 1.0, count=8))
    ends = "until the end of the price curve and the load forecast"
    assert made(inputs).why == (f"plans 2 of 12 hours, {ends}",)


def test_a_plan_as_long_as_wanted_has_nothing_to_say() -> None:
    assert made(complete(HALF_DAY)).why == ()


@pytest.mark.parametrize(
    ("proven", "said"),
    [
        ({"bound": None, "gap": None}, "nothing is proven about its cost"),
        ({"gap": 0.25}, "the time was up 0.25 from the proven bound"),
    ],
)
def test_a_plan_that_is_not_proven_to_be_the_best_says_so(
    proven: dict[str, float | None], said: str
) -> None:
    planned = complete(HALF_DAY).planned(NOON)
    late = plan(planned.problem).model_copy(
        update=proven | {"status": "feasible", "notes": ("it was late",)}
    )
    found = schedule(planned, late, now=NOON, cause=None)
    assert found.why == (said, "it was late")
    assert found.gap == (late.gap or 0.0)


def test_a_plan_that_was_kept_says_what_a_change_would_save() -> None:
    planned = complete(HALF_DAY).planned(NOON)
    kept = plan(planned.problem).model_copy(
        update={"kept_saving": 0.03, "notes": ("kept: a change would save 0.03",)}
    )
    found = schedule(planned, kept, now=NOON, cause=None)
    assert found.kept_saving == 0.03
    assert found.why == ("kept: a change would save 0.03",)


def test_a_plan_by_rule_says_so_first() -> None:
    planned = complete(HALF_DAY).updated(prices(count=8)).planned(NOON)
    solution = planned_by_rule(planned.problem, "the solver is on strike")
    found = schedule(planned, solution, now=NOON, cause=None)
    assert found.status == "fallback"
    assert found.why[0].endswith("the solver is on strike")


def away(*, hot_days_ago: float) -> Inputs:
    inputs = complete(changed(HOUSE, "planner.horizon_hours", 24))
    done = NOON - hot_days_ago * timedelta(days=1)
    return replace(inputs, wishes=replace(inputs.wishes, vacation=True), legionella_done_at=done)


def test_a_run_against_legionella_is_hot_water_at_its_own_set_point() -> None:
    slots = made(away(hot_days_ago=6)).slots
    hot = [one for one in slots if one.water_kw > 0]
    assert len(hot) == 12, "three hours"
    assert {one.water_c for one in hot} == {65.0}
    assert {one.water_kw for one in hot} == {3.0}
    assert all(one.water_c is None for one in slots if one.water_kw == 0)


def test_a_normal_heating_has_the_normal_set_point() -> None:
    slots = made(complete(changed(HOUSE, "planner.horizon_hours", 24))).slots
    assert any(one.water_kw > 0 for one in slots)
    assert all(one.water_c is None for one in slots)


def test_nothing_is_heated_on_vacation_while_the_tank_was_hot_lately() -> None:
    found = made(away(hot_days_ago=1))
    assert all(one.water_kw == 0 for one in found.slots)
    assert not [one for one in found.why if "water" in one], "its past is of no interest"


def test_what_the_strategy_sees_is_published() -> None:
    inputs = away(hot_days_ago=6)
    inputs = replace(
        inputs,
        wishes=replace(
            inputs.wishes, risk_appetite=2, comfort=4, vacation_until=NOON + timedelta(days=9)
        ),
    )
    planned = inputs.planned(NOON)
    said = strategy_message(planned, now=NOON, cause=None)
    assert (said.risk_appetite, said.comfort, said.vacation) == (2, 4, True)
    assert said.vacation_until == NOON + timedelta(days=9)
    assert said.legionella_due
    assert said.legionella_done_at == NOON - timedelta(days=6)
    assert said.target_soc_percent == planned.view.target_soc_percent is not None
    assert said.s_index == planned.view.s_index
    assert said.price_regime == planned.view.price_regime
    assert said.rules == planned.view.rules


def test_a_vacation_that_is_over_is_none() -> None:
    inputs = complete(HALF_DAY)
    over = replace(inputs.wishes, vacation=True, vacation_until=NOON - HOUR)
    planned = replace(inputs, wishes=over).planned(NOON)
    said = strategy_message(planned, now=NOON, cause=None)
    assert (said.vacation, said.vacation_until) == (False, None)


def test_an_episode_is_the_whole_run() -> None:
    block = ManualBlock(action="hold", start=NOON, end=NOON + HOUR)
    inputs = replace(complete(HALF_DAY), blocks=(block,))
    before = made(inputs)
    hint = plan(inputs.planned(NOON).problem).model_dump(mode="json")
    planned = replace(inputs.updated(before), hint=hint).planned(NOON)
    published = schedule(planned, plan(planned.problem), now=NOON, cause=None)
    told = episode(planned, published, because="asked for", version="1.2")
    assert told.schedule_id == str(published.message_id)
    assert told.inputs["fixed"][0] == {"slot": 0, "device": "battery", "charge_kw": 0.0}
    assert told.overrides == planned.view.rules
    assert told.context["blocks"] == [block.model_dump(mode="json")]
    assert told.context["wishes"]["risk_appetite"] == 3
    assert told.context["because"] == "asked for"
    assert told.context["version"] == "1.2"
    assert told.context["config_hash"] == config_hash(planned.config)
    assert told.context["hint_schedule_id"] == str(before.message_id)
    assert "hint" not in told.inputs.get("options", {}), "the schedule it came from is kept already"


def test_a_schedule_names_the_messages_it_was_made_from_and_no_others() -> None:
    known = replace(complete(HALF_DAY), weather=None)
    told = made(known).made_from
    behind = {"prices": known.prices, "load": known.load, "pv": known.pv, "house": known.house}
    assert told == {name: one.message_id for name, one in behind.items() if one is not None}
    assert {"prices", "load", "house"} <= told.keys()


def test_a_reserve_that_earns_more_by_being_used_is_no_violation() -> None:
    planned = complete(HALF_DAY).planned(NOON)
    wanted = planned.problem.batteries[0].model_copy(update={"target_kwh": 9.0})
    problem = planned.problem.model_copy(update={"batteries": (wanted,)})
    solution = plan(problem)
    assert [one.what for one in solution.violations] == ["goal battery"]
    told = schedule(replace(planned, problem=problem), solution, now=NOON, cause=None)
    assert told.violations == ()


def test_runs_of_one_configuration_say_so_and_those_of_another_differ() -> None:
    first, again = complete(HALF_DAY).config, complete(HALF_DAY).config
    dearer = first.planner.model_copy(update={"interval_minutes": 7})
    assert config_hash(first) == config_hash(again)
    assert config_hash(first) != config_hash(first.model_copy(update={"planner": dearer}))
