"""Forecasts that are always too high or too low move their factor, and nothing else does."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING, stepped
from unit.forecaster.reflex.observing import Row, a_look, ahead, seen

from darkstar_common.config import Config
from darkstar_forecaster.core.reflex import Learnings, rules, weigh
from darkstar_forecaster.core.reflex.bias import load_bias, pv_factor, ratio

ROWS = seen(14)


@pytest.mark.parametrize(("told", "wanted"), [(1.25, 0.8), (2.9, 1 / 2.9), (0.8, 1.25)])
def test_forecasts_that_are_always_off_by_a_share_ask_for_its_inverse(
    told: float, wanted: float
) -> None:
    found = pv_factor(a_look(ROWS, pv=told))
    assert found is not None
    assert found.wanted == pytest.approx(wanted)
    assert found.samples >= 100
    assert "too high" in found.sentence if told > 1 else "too low" in found.sentence


def test_a_factor_goes_one_step_a_day_and_not_beyond_its_bounds() -> None:
    (proposal,) = weigh(a_look(ROWS, pv=1.25, load=1.0))
    assert (proposal.parameter, proposal.current, proposal.proposed) == ("pv_factor", 1.0, 0.98)
    low = Learnings(values={"pv_factor": 0.8}, bases={"pv_factor": 1.0})
    assert weigh(a_look(ROWS, pv=2.0, load=1.0, learnings=low)) == ()


@pytest.mark.parametrize("told", [0.98, 1.0, 1.02])
def test_what_is_nearly_right_stays(told: float) -> None:
    assert pv_factor(a_look(ROWS, pv=told)) is None
    assert load_bias(a_look(ROWS, load=told)) is None


def test_forecasts_that_are_now_too_high_and_now_too_low_prove_nothing() -> None:
    def wild(issued: datetime) -> float:
        return 2.2 if issued.toordinal() % 2 else 0.4

    look = a_look(ROWS, pv=ahead(ROWS, "pv_kwh", wild))
    found = ratio(look, "pv_factor")
    assert found is not None
    assert abs(found.value - 1) > 0.03
    assert pv_factor(look) is None


def test_days_that_err_together_prove_less_than_days_of_their_own() -> None:
    """Each of fourteen days as far off as another, in weeks or in turns."""

    def in_weeks(issued: datetime) -> float:
        return 1.5 if issued < MORNING - 8 * DAY else 1.0

    def in_turns(issued: datetime) -> float:
        return 1.5 if issued.toordinal() % 2 else 1.0

    errors = []
    for factor in (in_weeks, in_turns):
        found = ratio(a_look(ROWS, load=ahead(ROWS, "base_kwh", factor)), "load_factor")
        assert found is not None
        errors.append(found.error)
    assert errors[0] > 1.5 * errors[1]


@pytest.mark.parametrize("days", [0, 1, 4])
def test_a_few_days_prove_nothing(days: int) -> None:
    rows = seen(days)
    assert weigh(a_look(rows, pv=1.5, load=1.5)) == ()


def test_a_few_slots_a_day_prove_nothing() -> None:
    noons = [one for one in ROWS if one["start"].hour == 12]
    assert ratio(a_look(noons, pv=1.5), "pv_factor") is None
    assert ratio(a_look(noons, load=1.5), "load_factor") is None


def test_a_forecast_of_nothing_is_nothing_to_multiply() -> None:
    assert ratio(a_look(ROWS, pv=0.0), "pv_factor") is None


def test_nights_are_no_samples_of_the_sun() -> None:
    found = ratio(a_look(ROWS, pv=1.25), "pv_factor")
    assert found is not None
    assert found.slots < len(ROWS) * 0.6


def test_a_factor_that_was_just_changed_is_not_changed_for_the_same_reason_again() -> None:
    """Those forecasts that were issued before it do not know it."""
    known, raw = Learnings(), 1.10
    for number in range(4):
        at = MORNING - (4 - number) * DAY
        known = stepped(known, "pv_factor", 1 - 0.02 * (number + 1), at)

    def issued(when: datetime) -> float:
        return raw * known.value_at("pv_factor", when, current=0.92)

    look = a_look(ROWS, pv=ahead(ROWS, "pv_kwh", issued), learnings=known)
    found = ratio(look, "pv_factor")
    assert found is not None
    assert found.value == pytest.approx(1 / raw)
    assert pv_factor(look) is None


@settings(max_examples=8, deadline=None)
@given(raw=st.floats(0.75, 1.3))
def test_a_steady_bias_is_made_up_for_and_then_it_is_quiet(raw: float) -> None:
    known, now, rows = Learnings(), MORNING, ROWS[::2]
    for _ in range(20):
        current = known.in_force(HOUSE)["pv_factor"]

        def issued(when: datetime, known: Learnings = known, current: float = current) -> float:
            return raw * known.value_at("pv_factor", when, current=current)

        forecasts = ahead(rows, "pv_kwh", issued)
        found = pv_factor(a_look(rows, pv=forecasts, learnings=known, now=now))
        if found is None:
            break
        after = rules(HOUSE)["pv_factor"].towards(found.wanted, current=current)
        known = stepped(known, "pv_factor", after, now)
        now, rows = now + DAY, [one | {"start": one["start"] + DAY} for one in rows]
    factor = known.in_force(HOUSE)["pv_factor"]
    assert abs(factor - min(1.2, max(0.8, 1 / raw))) <= 0.03 + 1e-6


@pytest.mark.parametrize(
    "cut",
    [
        {"export_per_kwh": -0.1},
        {"export_per_kwh": 0.0},
        {"export_kwh": 0.0, "soc_end": 99.0},
        {"export_kwh": 2.75},
        {"pv_kwh": None},
    ],
)
def test_what_was_cut_off_or_is_unknown_is_no_evidence_of_less_sun(cut: Row) -> None:
    def less(one: Row) -> Row:
        noon = 10 <= one["start"].hour < 12
        return one | ({"pv_kwh": 0.05} | cut if noon else {})

    look = a_look([less(one) for one in ROWS], pv=ahead(ROWS, "pv_kwh"))
    assert pv_factor(look) is None


def test_less_sun_than_was_forecast_is_evidence_where_nothing_cut_it_off() -> None:
    rows = [one | ({"pv_kwh": 0.05} if 10 <= one["start"].hour < 12 else {}) for one in ROWS]
    assert pv_factor(a_look(rows, pv=ahead(ROWS, "pv_kwh"))) is not None


def test_a_house_that_may_not_export_tells_nothing_without_a_battery() -> None:
    nowhere = HOUSE.model_copy(
        update={"battery": None, "grid": HOUSE.grid.model_copy(update={"max_export_kw": 0.0})}
    )
    assert ratio(a_look(ROWS, pv=1.5, config=nowhere), "pv_factor") is None


def test_a_house_without_panels_has_no_factor() -> None:
    dark = HOUSE.model_copy(update={"has_solar": False})
    assert weigh(a_look(ROWS, pv=1.5, load=1.0, config=dark)) == ()


def test_a_vacation_that_no_forecast_foresaw_is_no_evidence() -> None:
    def gone(one: Row) -> Row:
        away = one["start"].toordinal() % 3 == 0
        return one | ({"away": True, "base_kwh": 0.02} if away else {})

    rows = [gone(one) for one in ROWS]
    assert load_bias(a_look(rows, load=ahead(ROWS, "base_kwh"))) is None
    at_home = [one | {"away": False} for one in rows]
    assert load_bias(a_look(at_home, load=ahead(ROWS, "base_kwh"))) is not None


def test_a_forecast_that_was_issued_afterwards_is_none() -> None:
    late = ahead(ROWS, "pv_kwh", 1.5).with_columns(
        (pl.col("start") + timedelta(minutes=1)).alias("issued_at")
    )
    assert ratio(a_look(ROWS, pv=late), "pv_factor") is None


def test_what_never_came_is_said_without_dividing_by_it() -> None:
    dark = [one | {"pv_kwh": 0.0} for one in ROWS]
    found = pv_factor(a_look(dark, pv=ahead(ROWS, "pv_kwh")))
    assert found is not None
    assert found.wanted == 0
    assert "did not come at all" in found.sentence


def test_another_local_zone_makes_other_days_and_the_same_ratio() -> None:
    far = Config(**(HOUSE.model_dump() | {"timezone": "Pacific/Auckland"}))
    here, there = (ratio(a_look(ROWS, pv=1.25, config=one), "pv_factor") for one in (HOUSE, far))
    assert here is not None
    assert there is not None
    assert here.value == pytest.approx(there.value)


def test_a_proposal_says_what_speaks_for_it() -> None:
    (proposal,) = weigh(a_look(ROWS, pv=1.25, load=1.0))
    assert proposal.evidence.startswith("PV forecasts of a day ahead were 25 % too high over 1")
    assert (proposal.lowest, proposal.highest) == (0.8, 1.2)
    assert proposal.figures["ratio"] == pytest.approx(0.8)
    assert proposal.proposed_at == MORNING
