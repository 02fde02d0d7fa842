"""All rules of the strategy together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import HOUSE, NOON
from unit.planner.outlooks import day_of_prices, outlook, quantiles, triples, weather

from darkstar_common.config import Config
from darkstar_planner.core.devices import Battery, Heater
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.strategy import Outlook, View, Wishes, strategy

CONFIG = HOUSE
AHEAD = replace(
    outlook(weather=weather([20.0, 80.0] * 96, [5.0] * 192)),
    legionella_done_at=NOON - timedelta(days=6),
)
RULES = {
    "expected_load",
    "risk_appetite",
    "weather_volatility",
    "scenarios",
    "terminal_value",
    "target_soc",
    "price_regime",
    "comfort",
    "vacation",
    "legionella",
    "export",
}
"""The names of all rules, as `plan/strategy` and the table in the planner's page have them."""


def changed(config: Config, path: str, value: Any) -> Config:
    section, key = path.split(".")
    part = getattr(config, section).model_copy(update={key: value})
    return config.model_copy(update={section: part})


def view_of(config: Config = CONFIG, wishes: Wishes | None = None, ahead: Outlook = AHEAD) -> View:
    return strategy(config, wishes or Wishes.of(config), ahead)


def problem_of(config: Config, view: View, ahead: Outlook) -> Problem:
    """What the view gives to a problem, whole."""
    battery, heater = config.battery, config.water_heater
    return Problem(
        start=ahead.starts[0],
        import_price=tuple(one.import_per_kwh for one in ahead.prices),
        export_price=tuple(one.export_per_kwh for one in ahead.prices),
        load_kw=view.load_kw,
        pv_kw=view.pv_kw,
        scenarios=view.scenarios,
        ramp_penalty_per_kw=view.ramp_penalty_per_kw,
        deferrables=() if view.legionella is None else (view.legionella,),
        batteries=()
        if battery is None
        else (
            Battery(
                id="battery",
                capacity_kwh=battery.capacity_kwh,
                stored_kwh=1.0,
                max_charge_kw=1.0,
                max_discharge_kw=1.0,
                wear_cost_per_kwh=view.wear_cost_per_kwh,
                terminal_value_curve=view.terminal_value_curve,
                target_kwh=view.target_kwh,
                target_penalty_per_kwh=view.target_penalty_per_kwh,
            ),
        ),
        heaters=()
        if heater is None
        else (
            Heater(
                id="water",
                power_kw=heater.power_kw,
                daily_min_kwh=view.daily_min_kwh,
                max_gap_hours=view.max_gap_hours,
                gap_penalty_per_hour=view.gap_penalty_per_hour,
                start_penalty=view.start_penalty,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("wish", "value", "rule"),
    [
        ("risk_appetite", 1, "risk_appetite"),
        ("risk_appetite", 5, "risk_appetite"),
        ("comfort", 1, "comfort"),
        ("comfort", 5, "comfort"),
        ("export_enabled", False, "export"),
        ("vacation", True, "vacation"),
    ],
)
def test_each_wish_changes_the_view_and_says_so(wish: str, value: Any, rule: str) -> None:
    usual = view_of()
    wished = view_of(wishes=replace(Wishes.of(CONFIG), **{wish: value}))
    assert rule not in {one.rule for one in usual.rules}
    assert rule in {one.rule for one in wished.rules}
    names = {one.name for one in fields(View)} - {"wishes", "rules"}
    differs = {name for name in names if getattr(usual, name) != getattr(wished, name)}
    assert differs or wished.export_enabled != usual.export_enabled


def test_the_end_of_a_vacation_changes_the_view() -> None:
    away = Wishes(vacation=True)
    assert view_of(wishes=away) != view_of(wishes=replace(away, vacation_until=NOON))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("planner.risk_appetite", 2),
        ("planner.comfort", 4),
        ("planner.export_enabled", False),
        ("planner.ramp_penalty_per_kw", 0.1),
        ("planner.scenarios", 3),
        ("planner.narrow_spread_per_kwh", 2.5),
        ("planner.wide_spread_per_kwh", 5.0),
        ("battery.capacity_kwh", 12.0),
        ("battery.min_soc_percent", 20.0),
        ("battery.max_soc_percent", 40.0),
        ("battery.discharge_efficiency", 0.8),
        ("battery.wear_cost_per_kwh", 0.2),
        ("water_heater.daily_min_kwh", 5.0),
        ("water_heater.max_gap_hours", 9.0),
        ("water_heater.gap_penalty_per_hour", 1.0),
        ("water_heater.start_penalty", 1.0),
    ],
)
def test_each_key_changes_the_view(path: str, value: object) -> None:
    assert view_of(changed(CONFIG, path, value)) != view_of()


@pytest.mark.parametrize(
    "changes",
    [
        {"load": outlook(load=(1, 2, 3)).load},
        {"pv": outlook(pv=(1, 2, 3)).pv},
        {"prices": day_of_prices([1.0, 9.0] * 96)},
        {"weather": weather([0.0, 100.0] * 96, [5.0] * 192)},
        {"weather": weather([20.0, 80.0] * 96, [-5.0] * 192)},
    ],
    ids=lambda one: next(iter(one)),
)
def test_all_that_is_known_of_the_days_ahead_changes_the_view(changes: Mapping[str, Any]) -> None:
    assert view_of(ahead=replace(AHEAD, **changes)) != view_of()


def test_rules_have_one_name_each_and_full_sentences_of_their_own() -> None:
    config = changed(changed(CONFIG, "planner.scenarios", 5), "planner.narrow_spread_per_kwh", 9.0)
    wild = Wishes(risk_appetite=1, comfort=5, export_enabled=False)
    rules = [
        *view_of(config, wild).rules,
        *view_of(config, replace(wild, vacation=True)).rules,
    ]
    assert {one.rule for one in rules} == RULES
    assert max(Counter(one.rule for one in view_of(config, wild).rules).values()) == 1
    assert all(one.changed and one.reason for one in rules)
    assert all("_" not in one.changed + one.reason for one in rules)


def test_where_nothing_is_out_of_the_ordinary_only_the_worth_is_said() -> None:
    dull = outlook(load=(1, 1, 1), pv=None)
    config = changed(CONFIG, "battery.min_soc_percent", 99.0)
    config = changed(config, "planner.wide_spread_per_kwh", 9.0)
    assert {one.rule for one in view_of(config, ahead=dull).rules} == {"terminal_value"}


def test_a_house_without_anything_still_has_a_view() -> None:
    bare = CONFIG.model_copy(update={"battery": None, "water_heater": None, "has_solar": False})
    view = view_of(bare, ahead=replace(outlook(pv=None), prices=AHEAD.prices))
    assert {one.rule for one in view.rules} == {"expected_load"}
    assert view.terminal_value_curve == ()
    assert view.terminal_value_per_kwh is None
    assert view.target_kwh is None
    assert view.target_soc_percent is None
    assert view.wear_cost_per_kwh == 0
    assert set(view.pv_kw) == {0.0}


@pytest.mark.parametrize("forbidden", ["by people", "by the grid"])
def test_sun_that_may_not_be_sold_leaves_less_worth_in_keeping_room_for_it(forbidden: str) -> None:
    sunny = replace(outlook(load=(0, 0, 0), pv=(3, 3, 3)))
    sunny = replace(sunny, prices=tuple(
        one.model_copy(update={"export_per_kwh": 0.8}) for one in sunny.prices
    ))  # fmt: skip
    wishes, config = Wishes.of(CONFIG), CONFIG
    if forbidden == "by people":
        wishes = replace(wishes, export_enabled=False)
    else:
        config = changed(CONFIG, "grid.max_export_kw", 0.0)
    sold = view_of(ahead=sunny).terminal_value_curve
    unsold = view_of(config, wishes, sunny).terminal_value_curve
    assert sold[-1][1] > unsold[-1][1]


def test_export_that_the_grid_forbids_anyway_is_no_change() -> None:
    config = changed(CONFIG, "grid.max_export_kw", 0.0)
    view = view_of(config, Wishes(export_enabled=False))
    assert not view.export_enabled
    assert "export" not in {one.rule for one in view.rules}


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_wishes_start_as_configured(level: int) -> None:
    config = changed(CONFIG, "planner.risk_appetite", level)
    config = changed(config, "planner.comfort", level)
    wishes = Wishes.of(changed(config, "planner.export_enabled", False))
    assert wishes == Wishes(risk_appetite=level, comfort=level, export_enabled=False)


houses = st.builds(
    lambda battery, heater, solar, scenarios: changed(
        CONFIG.model_copy(
            update={
                "battery": CONFIG.battery if battery else None,
                "water_heater": CONFIG.water_heater if heater else None,
                "has_solar": solar,
            }
        ),
        "planner.scenarios",
        scenarios,
    ),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 3, 5]),
)
wishes = st.builds(
    Wishes,
    risk_appetite=st.integers(1, 5),
    comfort=st.integers(1, 5),
    export_enabled=st.booleans(),
    vacation=st.booleans(),
    vacation_until=st.none()
    | st.timedeltas(-timedelta(days=9), timedelta(days=9)).map(NOON.__add__),
)
slots = st.tuples(triples, triples, st.floats(-5, 20), st.none() | st.floats(0, 100))


@given(
    config=houses,
    wished=wishes,
    ahead=st.lists(slots, min_size=1, max_size=120),
    done=st.none() | st.timedeltas(timedelta(0), timedelta(days=20)),
    hot_kwh=st.floats(0, 12),
)
def test_any_view_makes_a_problem(
    config: Config,
    wished: Wishes,
    ahead: list[tuple[list[float], list[float], float, float | None]],
    done: timedelta | None,
    hot_kwh: float,
) -> None:
    load, pv, price, cloud = zip(*ahead, strict=True)
    known = replace(
        outlook(count=len(ahead)),
        load=quantiles(load),
        pv=quantiles(pv) if config.has_solar else (),
        prices=day_of_prices(price),
        weather=weather(cloud, cloud),
        legionella_done_at=None if done is None else NOON - done,
        heated_hot_kwh=hot_kwh,
    )
    view = strategy(config, wished, known)
    problem_of(config, view, known)
    assert view.s_index is None or view.s_index >= 0
    assert len({one.rule for one in view.rules}) == len(view.rules)
    assert {one.rule for one in view.rules} <= RULES
