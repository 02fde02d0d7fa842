"""A battery that runs out against the plan calls for more load to be counted on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING, stepped
from unit.forecaster.reflex.observing import Row, a_look, seen

from darkstar_forecaster.core.reflex import Learnings, Look
from darkstar_forecaster.core.reflex.evenings import load_factor, low_evenings

EVENING = timedelta(hours=15)  # 17:00 in Stockholm, from midnight UTC


def midnight(days_ago: int) -> datetime:
    return MORNING.replace(hour=0) - days_ago * DAY


def a_week(
    low: tuple[int, ...],
    *,
    days: int = 62,
    at: timedelta = EVENING,
    planned: float | None = 40.0,
    soc: float = 13.0,
    learnings: Learnings | None = None,
    load: float | None = None,
) -> Look:
    """A house whose battery was at `soc` on the evenings `low` days ago, 60 % otherwise."""
    starts = {midnight(one) + at for one in low}
    rows: list[Row] = [
        one | {"soc_start": 60.0, "soc_end": soc if one["start"] in starts else 60.0}
        for one in seen(days)
    ]
    plan = [(one["start"], planned) for one in rows] if planned is not None else []
    return a_look(rows, planned=plan, learnings=learnings, load=load)


def test_three_low_evenings_ask_for_a_step_up() -> None:
    found = load_factor(a_week((3, 7, 20)))
    assert found is not None
    assert found.wanted == pytest.approx(1.02)
    assert found.samples == 3
    assert found.sentence.startswith("on 3 evenings in 30 days")


@pytest.mark.parametrize(
    "look",
    [
        a_week((3, 7)),
        a_week((3, 7, 31)),
        a_week((3, 7, 20), planned=17.0),
        a_week((3, 7, 20), planned=None),
        a_week((3, 7, 20), soc=17.5),
        a_week((3, 7, 20), at=timedelta(hours=13, minutes=45)),
        a_week((3, 7, 20), at=timedelta(hours=18)),
    ],
    ids=["two", "long ago", "as planned", "no plan", "not so low", "before 16", "from 20 on"],
)
def test_other_evenings_do_not(look: Look) -> None:
    assert load_factor(look) is None


def test_an_evening_is_answered_once() -> None:
    """The same three would call for a step on each of thirty days, up to the highest factor."""
    known = stepped(Learnings(), "load_factor", 1.02, midnight(2))
    assert load_factor(a_week((3, 7, 20), learnings=known)) is None
    known = stepped(Learnings(), "load_factor", 1.02, midnight(25))
    again = load_factor(a_week((3, 7, 20), learnings=known))
    assert again is not None
    assert again.wanted == pytest.approx(1.04)


def test_two_low_slots_of_one_evening_are_one() -> None:
    look = a_week((3, 3, 3))
    assert len(low_evenings(look, 30)) == 1


def test_low_evenings_keep_a_bias_from_lowering_the_factor() -> None:
    assert load_factor(a_week((3,), load=1.2)) is None
    found = load_factor(a_week((), load=1.2))
    assert found is not None
    assert found.wanted == pytest.approx(1 / 1.2)
    up = load_factor(a_week((3,), load=0.8))
    assert up is not None
    assert up.wanted == pytest.approx(1.25)


def test_after_sixty_quiet_days_it_goes_back_by_a_hundredth() -> None:
    known = stepped(Learnings(), "load_factor", 1.04, midnight(61))
    found = load_factor(a_week((), learnings=known))
    assert found is not None
    assert found.wanted == pytest.approx(1.03)
    low = stepped(Learnings(), "load_factor", 0.96, midnight(61))
    back = load_factor(a_week((), learnings=low))
    assert back is not None
    assert back.wanted == pytest.approx(0.97)


@pytest.mark.parametrize(
    ("known", "look"),
    [
        ("changed lately", {"low": (), "changed": 59}),
        ("a low evening", {"low": (50,), "changed": 61}),
        ("few evenings known", {"low": (), "changed": 61, "days": 20}),
    ],
)
def test_it_does_not_go_back_where(known: str, look: dict[str, object]) -> None:
    assert known
    changed = look.pop("changed")
    assert isinstance(changed, int)
    learnings = stepped(Learnings(), "load_factor", 1.04, midnight(changed))
    assert load_factor(a_week(learnings=learnings, **look)) is None  # type: ignore[arg-type]


def test_it_does_not_go_back_from_what_the_forecasts_need() -> None:
    known = stepped(Learnings(), "load_factor", 1.04, midnight(61))
    # as issued with the factor they are right, so without it they are too low
    assert load_factor(a_week((), learnings=known, load=1.0)) is None


def test_a_factor_of_one_stays() -> None:
    assert load_factor(a_week(())) is None


def test_a_house_without_a_battery_has_no_low_evenings() -> None:
    look = a_week((3, 7, 20))
    bare = HOUSE.model_copy(update={"battery": None})
    assert load_factor(a_look(look.house.rows(named=True), config=bare)) is None
