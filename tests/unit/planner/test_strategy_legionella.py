"""A tank that nobody uses is made hot in time, and cheaply."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON
from unit.planner.outlooks import outlook

from darkstar_common.config import Config, WaterHeater
from darkstar_common.slots import SLOT
from darkstar_planner.core.devices import Deferrable
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.strategy import Outlook, View, Wishes, strategy
from darkstar_planner.core.strategy.legionella import legionella

HEATER = WaterHeater()
ZONE = ZoneInfo("Europe/Stockholm")
AWAY = Wishes(vacation=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AFTERNOON = NOON + 2 * HOUR
"""15:00 in the house."""
TOMORROW = 132
"""Slots from the afternoon to the end of the next local day."""


def ahead(
    done: timedelta | None,
    *,
    start: datetime = AFTERNOON,
    count: int = 192,
    published: int = TOMORROW,
    hot_kwh: float = 0.0,
) -> Outlook:
    """The tank was last hot so long before `start`; None: nobody knows."""
    return replace(
        outlook(count=count, start=start, published=published),
        legionella_done_at=None if done is None else start - done,
        heated_hot_kwh=hot_kwh,
    )


def view_of(known: Outlook, wishes: Wishes = AWAY, config: Config | None = None) -> View:
    return strategy(config or Config(), wishes, known)


def run_of(known: Outlook, wishes: Wishes = AWAY) -> Deferrable:
    run = view_of(known, wishes).legionella
    assert run is not None
    return run


def test_once_due_it_runs_three_hours_in_one_piece_at_the_heaters_power() -> None:
    run = run_of(ahead(6 * DAY))
    assert run.id == "legionella"
    assert run.power_kw == HEATER.power_kw
    assert run.hours == 3.0
    assert run.contiguous
    assert run.earliest_slot == 0


def test_its_window_reaches_to_when_it_is_due() -> None:
    assert run_of(ahead(6 * DAY)).deadline_slot == 96


def test_its_window_ends_where_published_prices_do() -> None:
    # due in 35 hours, prices known for 33
    assert run_of(ahead(7 * DAY - 35 * HOUR)).deadline_slot == TOMORROW


@pytest.mark.parametrize("days", [0, 1, 5])
def test_a_tank_that_was_hot_lately_is_left_alone(days: int) -> None:
    view = view_of(ahead(days * DAY))
    assert view.legionella is None
    assert not view.legionella_due


def test_people_at_home_use_the_tank() -> None:
    view = view_of(ahead(30 * DAY), Wishes())
    assert view.legionella is None
    assert not view.legionella_due


def test_it_is_decided_once_tomorrows_prices_are_known() -> None:
    morning = NOON - 4 * HOUR
    waiting = view_of(ahead(6 * DAY, start=morning, published=60))
    assert waiting.legionella_due
    assert waiting.legionella is None
    assert "legionella" not in {one.rule for one in waiting.rules}
    assert view_of(ahead(6 * DAY, start=morning, published=156)).legionella is not None


def test_it_is_decided_when_prices_reach_the_time_it_is_due() -> None:
    morning = NOON - 4 * HOUR
    assert run_of(ahead(7 * DAY - 12 * HOUR, start=morning, published=60)).deadline_slot == 48


def test_it_does_not_wait_for_prices_when_the_deadline_forces_it() -> None:
    # due in four hours, and the market has only spoken for the next
    run = run_of(ahead(7 * DAY - 4 * HOUR, published=4))
    assert run.deadline_slot == 16
    assert view_of(ahead(7 * DAY - 5 * HOUR, published=4)).legionella is None


@pytest.mark.parametrize("done", [None, 8 * DAY, 7 * DAY - 2 * HOUR])
def test_what_is_overdue_or_unknown_is_made_up_for_by_the_next_morning(
    done: timedelta | None,
) -> None:
    # 06:00 in the house is 15 hours away
    assert run_of(ahead(done)).deadline_slot == 15 * 4


def test_a_night_that_is_too_short_leaves_it_to_the_next() -> None:
    at_four = NOON - 9 * HOUR
    assert run_of(ahead(None, start=at_four, published=192)).deadline_slot == 26 * 4
    at_three = at_four - HOUR
    assert run_of(ahead(None, start=at_three, published=192)).deadline_slot == 3 * 4


@given(slots=st.integers(0, 96 * 20), done=st.none() | st.integers(0, 96 * 10))
def test_time_always_catches_up_with_it(slots: int, done: int | None) -> None:
    # planned anew in every slot, a run that is put off begins in time all the same
    start = AFTERNOON + slots * SLOT
    since = None if done is None else start - done * SLOT
    known = replace(outlook(start=start, published=192), legionella_done_at=since)
    due = None if since is None else since + timedelta(days=HEATER.legionella_days)
    found = legionella(HEATER, AWAY, known, ZONE)
    if found.run is None:
        assert due is not None
        assert start < due - 35 * HOUR
        return
    assert found.run.deadline_slot is not None
    assert 12 <= found.run.deadline_slot <= 192
    # no later than due, or within a day and a bit when it is too late for that
    late = due is None or due < start + 3 * HOUR
    assert late or start + found.run.deadline_slot * SLOT <= (due or start)
    assert not late or found.run.deadline_slot <= 27 * 4 + 4


def test_what_has_begun_goes_on() -> None:
    run = run_of(ahead(6 * DAY, hot_kwh=3.0))
    assert run.hours == 2.0
    assert run.deadline_slot == 8
    assert view_of(ahead(6 * DAY, hot_kwh=3.1)).legionella == run


def test_what_has_all_but_ended_takes_one_more_slot() -> None:
    run = run_of(ahead(6 * DAY, hot_kwh=9.5))
    assert run.hours == 0.25
    assert run.deadline_slot == 1


def test_it_waits_for_people_who_are_home_before_it_is_due() -> None:
    soon = replace(AWAY, vacation_until=AFTERNOON + 10 * HOUR)
    assert view_of(ahead(6 * DAY), soon).legionella is None
    later = replace(AWAY, vacation_until=AFTERNOON + 30 * HOUR)
    assert view_of(ahead(6 * DAY), later).legionella is not None


@pytest.mark.parametrize(
    ("key", "value", "seen"),
    [
        ("legionella_days", 8, None),
        ("legionella_hours", 1.6, 1.75),
        ("legionella_c", 70.0, "heats the tank to 70 °C for 3 h"),
    ],
)
def test_each_of_its_keys_counts(key: str, value: float, seen: object) -> None:
    heater = HEATER.model_copy(update={key: value})
    view = view_of(ahead(6 * DAY), config=Config().model_copy(update={"water_heater": heater}))
    words = [one.changed.split(" in ")[0] for one in view.rules if one.rule == "legionella"]
    hours = view.legionella.hours if view.legionella else None
    assert seen in (hours, *words)


def test_a_short_interval_is_not_due_all_the_time() -> None:
    heater = HEATER.model_copy(update={"legionella_days": 1})
    assert not legionella(heater, AWAY, ahead(11 * HOUR), ZONE).due
    assert legionella(heater, AWAY, ahead(13 * HOUR), ZONE).due


def test_the_rule_says_when_and_why() -> None:
    (rule,) = [one for one in view_of(ahead(6 * DAY)).rules if one.rule == "legionella"]
    assert rule.changed == "heats the tank to 65 °C for 3 h in one go before Fri 02 Jan 15:00"
    assert rule.reason == (
        "Fri 26 Dec 15:00 was when it last was hot; without use it is made so every 7 days "
        "against legionella"
    )
    (rule,) = [one for one in view_of(ahead(None)).rules if one.rule == "legionella"]
    assert rule.reason.startswith("it is not known when it last was hot; ")
    (rule,) = [one for one in view_of(ahead(6 * DAY, hot_kwh=3)).rules if one.rule == "legionella"]
    assert rule.changed == "heats the tank to 65 °C for 2 h more"


def test_the_plan_puts_it_into_the_cheapest_hours() -> None:
    known = ahead(6 * DAY)
    run = run_of(known)
    problem = Problem(
        start=known.starts[0],
        import_price=tuple(1.0 if 40 <= t < 60 else 2.0 for t in range(192)),
        export_price=(0.0,) * 192,
        load_kw=(0.5,) * 192,
        pv_kw=(0.0,) * 192,
        deferrables=(run,),
    )
    heats = [t for t, one in enumerate(plan(problem).slots) if one.deferrables["legionella"] > 0]
    assert heats == list(range(heats[0], heats[0] + 12))
    assert heats[0] >= 40
    assert heats[-1] < 60
