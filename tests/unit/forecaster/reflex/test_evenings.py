"""A battery that runs out against the plan calls for more load to be counted on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import polars as pl
import pytest
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING, stepped
from unit.forecaster.reflex.observing import Row, a_look, ahead, seen

from darkstar_forecaster.core.reflex import Learnings, Look
from darkstar_forecaster.core.reflex.evenings import load_factor, low_evenings

EVENING = timedelta(hours=15)  # 17:00 in Stockholm, from midnight UTC


lived = cache(seen)


def midnight(days_ago: int) -> datetime:
    return MORNING.replace(hour=0) - days_ago * DAY


def a_house(
    low: tuple[int, ...],
    *,
    days: int = 62,
    at: timedelta = EVENING,
    used: float = 1.3,
    soc: float = 13.0,
    learnings: Learnings | None = None,
    usual: float = 1.0,
    known: bool = True,
) -> Look:
    """A house whose battery was at `soc` on the evenings `low` days ago, 60 % otherwise.

    On their afternoons it used `used` times what was forecast, and `usual` times at others.
    """
    lows = {midnight(one) + at for one in low}
    afternoons = {start.date() for start in lows}
    rows: list[Row] = []
    for one in lived(days):
        busy = one["start"].date() in afternoons and 10 <= one["start"].hour < 18
        rows.append(
            one
            | {
                "soc_start": 60.0,
                "soc_end": soc if one["start"] in lows else 60.0,
                "base_kwh": 0.25 * (used if busy else usual),
            }
        )
    flat = ahead([one | {"base_kwh": 0.25} for one in rows], "base_kwh")
    return a_look(rows, load=flat if known else None, learnings=learnings)


def test_three_low_evenings_ask_for_a_step_up() -> None:
    found = load_factor(a_house((3, 7, 20)))
    assert found is not None
    assert found.wanted == pytest.approx(1.02)
    assert found.samples == 3
    assert found.sentence.startswith("on 3 evenings in 30 days the battery was empty, since more")


@pytest.mark.parametrize(
    "look",
    [
        a_house((3, 7)),
        a_house((3, 7, 31)),
        a_house((3, 7, 20), used=1.05),
        a_house((3, 7, 20), used=0.8),
        a_house((3, 7, 20), known=False),
        a_house((3, 7, 20), soc=17.5),
        a_house((3, 7, 20), at=timedelta(hours=13, minutes=45)),
        a_house((3, 7, 20), at=timedelta(hours=18)),
    ],
    ids=[
        "two", "long ago", "hardly more than forecast", "less than forecast", "no forecasts",
        "not so low", "before 16", "from 20 on",
    ],
)  # fmt: skip
def test_other_evenings_do_not(look: Look) -> None:
    assert load_factor(look) is None


def test_what_was_used_after_it_was_empty_is_no_reason() -> None:
    low = (3, 7, 20)
    look = a_house(low)
    late = look.house.with_columns(
        pl.when(pl.col("start").dt.hour() < 15).then(0.25).otherwise(pl.col("base_kwh")).alias(
            "base_kwh"
        )
    )  # fmt: skip
    assert low_evenings(look, 30) != []
    assert low_evenings(replace(look, house=late), 30) == []


def test_an_afternoon_of_which_little_is_known_is_no_reason() -> None:
    look = a_house((3, 7, 20))
    dark = look.house.with_columns(
        pl.when(pl.col("start").dt.hour().is_between(10, 14))
        .then(None)
        .otherwise(pl.col("base_kwh"))
        .alias("base_kwh")
    )
    assert low_evenings(replace(look, house=dark), 30) == []


def test_an_evening_is_answered_once() -> None:
    """The same three would call for a step on each of thirty days, up to the highest factor."""
    known = stepped(Learnings(), "load_factor", 1.02, midnight(2))
    assert load_factor(a_house((3, 7, 20), learnings=known)) is None
    known = stepped(Learnings(), "load_factor", 1.02, midnight(25))
    again = load_factor(a_house((3, 7, 20), learnings=known))
    assert again is not None
    assert again.wanted == pytest.approx(1.04)


def test_two_low_slots_of_one_evening_are_one() -> None:
    look = a_house((3, 3, 3))
    assert len(low_evenings(look, 30)) == 1


def test_low_evenings_keep_a_bias_from_lowering_the_factor() -> None:
    assert load_factor(a_house((3,), usual=1 / 1.2)) is None
    found = load_factor(a_house((), usual=1 / 1.2))
    assert found is not None
    assert found.wanted == pytest.approx(1 / 1.2)
    up = load_factor(a_house((3,), usual=1.25))
    assert up is not None
    assert up.wanted == pytest.approx(1.25, rel=0.01)


@pytest.mark.parametrize(("factor", "after"), [(1.02, 1.01), (0.98, 0.99), (1.006, 1.0)])
def test_after_sixty_quiet_days_it_goes_back_by_a_hundredth(factor: float, after: float) -> None:
    known = stepped(Learnings(), "load_factor", factor, midnight(61))
    found = load_factor(a_house((), learnings=known, usual=1 / factor))
    assert found is not None
    assert found.wanted == pytest.approx(after)


@pytest.mark.parametrize(
    ("low", "changed", "days"),
    [((), 59, 62), ((50,), 61, 62), ((), 61, 20)],
    ids=["it was changed lately", "there was a low evening", "few evenings are known"],
)
def test_it_does_not_go_back_where(low: tuple[int, ...], changed: int, days: int) -> None:
    known = stepped(Learnings(), "load_factor", 1.02, midnight(changed))
    assert load_factor(a_house(low, learnings=known, usual=1 / 1.02, days=days)) is None


def test_it_does_not_go_back_from_what_the_forecasts_need() -> None:
    known = stepped(Learnings(), "load_factor", 1.02, midnight(61))
    # as issued with the factor they are right, so without it they are too low
    look = a_house((), learnings=known)
    assert load_factor(look) is None
    unsaid = replace(look, load=look.load.clear())
    assert load_factor(unsaid) is not None


def test_a_factor_of_one_stays() -> None:
    assert load_factor(a_house(())) is None


def test_a_house_without_a_battery_has_no_low_evenings() -> None:
    look = a_house((3, 7, 20))
    bare = HOUSE.model_copy(update={"battery": None})
    assert load_factor(a_look(look.house.rows(named=True), config=bare)) is None
