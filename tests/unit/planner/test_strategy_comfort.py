"""How much warm water is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON
from unit.planner.outlooks import outlook

from darkstar_common.config import Config, WaterHeater
from darkstar_planner.core.strategy import View, Wishes, strategy
from darkstar_planner.core.strategy.comfort import LEVELS, comfort

HEATER = WaterHeater()
heaters = st.builds(
    WaterHeater,
    daily_min_kwh=st.floats(0, 30),
    max_gap_hours=st.none() | st.floats(0.5, 48),
    gap_penalty_per_hour=st.floats(0, 10),
    min_spacing_hours=st.floats(0, 48),
    start_penalty=st.floats(0, 10),
)


def view_of(wishes: Wishes, config: Config | None = None) -> View:
    return strategy(config or Config(), wishes, outlook())


@given(heater=heaters)
def test_three_is_as_configured(heater: WaterHeater) -> None:
    asked = comfort(heater, 3)
    assert asked.daily_min_kwh == heater.daily_min_kwh
    assert asked.max_gap_hours == heater.max_gap_hours
    assert asked.gap_penalty_per_hour == heater.gap_penalty_per_hour
    assert asked.start_penalty == heater.start_penalty


@given(heater=heaters)
def test_more_comfort_never_asks_for_less(heater: WaterHeater) -> None:
    for less, more in pairwise(comfort(heater, level) for level in sorted(LEVELS)):
        assert more.daily_min_kwh >= less.daily_min_kwh
        assert (more.max_gap_hours or 0) <= (less.max_gap_hours or 0)
        assert more.gap_penalty_per_hour >= less.gap_penalty_per_hour
        assert more.start_penalty <= less.start_penalty


@given(heater=heaters, level=st.sampled_from(sorted(LEVELS)))
def test_no_gap_is_asked_for_that_the_spacing_forbids(heater: WaterHeater, level: int) -> None:
    gap, usual = comfort(heater, level).max_gap_hours, heater.max_gap_hours
    assert (gap is None) == (usual is None)
    assert gap is None or usual is None or gap >= min(usual, heater.min_spacing_hours)


@pytest.mark.parametrize(
    ("level", "daily", "gap", "penalty", "start"),
    [
        (1, 4.2, 21.0, 0.075, 0.75),
        (2, 5.1, 17.5, 0.15, 0.625),
        (4, 6.6, 11.9, 0.6, 0.375),
        (5, 7.5, 9.8, 1.2, 0.25),
    ],
)
def test_the_table(level: int, daily: float, gap: float, penalty: float, start: float) -> None:
    view = view_of(Wishes(comfort=level))
    assert view.daily_min_kwh == pytest.approx(daily)
    assert view.max_gap_hours == pytest.approx(gap)
    assert view.gap_penalty_per_hour == pytest.approx(penalty)
    assert view.start_penalty == pytest.approx(start)


def test_the_rule_says_what_changed() -> None:
    (rule,) = [one for one in view_of(Wishes(comfort=5)).rules if one.rule == "comfort"]
    assert rule.changed == (
        "7.5 kWh of hot water a day instead of 6, at most 9.8 h between heatings instead of 14, "
        "each hour beyond costs 1.2 instead of 0.3, each start costs 0.25 instead of 0.5"
    )
    assert rule.reason == "comfort 5: rather warm than cheap"
    (rule,) = [one for one in view_of(Wishes(comfort=1)).rules if one.rule == "comfort"]
    assert rule.reason == "comfort 1: rather cheap than warm"


def test_a_dial_that_changes_nothing_says_nothing() -> None:
    assert "comfort" not in {one.rule for one in view_of(Wishes(comfort=3)).rules}
    idle = WaterHeater(daily_min_kwh=0, max_gap_hours=None, gap_penalty_per_hour=0, start_penalty=0)
    config = Config().model_copy(update={"water_heater": idle})
    assert "comfort" not in {one.rule for one in view_of(Wishes(comfort=5), config).rules}


@pytest.mark.parametrize("until", [None, NOON + timedelta(days=5)])
def test_on_vacation_no_water_is_asked_for(until: datetime | None) -> None:
    view = view_of(replace(Wishes(comfort=5, vacation=True), vacation_until=until))
    assert view.daily_min_kwh == 0
    assert view.max_gap_hours is None
    assert view.gap_penalty_per_hour == 0


def test_after_the_vacation_comfort_is_back() -> None:
    over = Wishes(vacation=True, vacation_until=NOON)
    assert view_of(over).daily_min_kwh == HEATER.daily_min_kwh
    assert "vacation" not in {one.rule for one in view_of(over).rules}


def test_the_vacation_says_what_it_changed() -> None:
    wishes = Wishes(vacation=True, vacation_until=NOON + timedelta(days=5))
    (rule,) = [one for one in view_of(wishes).rules if one.rule == "vacation"]
    assert rule.changed == "asks for no hot water instead of 6 kWh a day"
    assert rule.reason == "nobody is at home until Tue 06 Jan 13:00"
    (rule,) = [one for one in view_of(Wishes(vacation=True)).rules if one.rule == "vacation"]
    assert rule.reason == "nobody is at home"


def test_a_house_without_heater_knows_no_comfort_and_no_vacation() -> None:
    config = Config().model_copy(update={"water_heater": None})
    view = view_of(Wishes(comfort=5, vacation=True), config)
    assert view.daily_min_kwh == 0
    assert view.legionella is None
    assert not {"comfort", "vacation", "legionella"} & {one.rule for one in view.rules}
