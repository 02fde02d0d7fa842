"""Backtests: nothing is used that was not known at the issue time."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.scores.frames import DAY, HOUR, MONDAY, SLOT, STOCKHOLM
from unit.forecaster.scores.nosy import Nosy, an_archive, poisoned

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_forecaster.core.backtest import Course, Step, ahead, coarser, rolling, rows
from darkstar_forecaster.core.baselines import BASELINES
from darkstar_forecaster.core.method import Method, Unknown
from darkstar_forecaster.core.methods import METHODS
from darkstar_forecaster.core.scoring import figures

CONFIG = Config()
ARCHIVE = an_archive(MONDAY, 20)
ORIGINS = tuple(MONDAY + number * DAY for number in range(10, 16))


def a_course(*, retrain: timedelta = 2 * DAY, horizon: timedelta = DAY) -> Course:
    return Course(origins=ORIGINS, horizon=horizon, retrain=retrain)


@pytest.mark.parametrize("quantity", ["load", "pv", "price"])
def test_a_poisoned_future_changes_no_forecast(quantity: Quantity) -> None:
    fine = list(rolling(Nosy(quantity), ARCHIVE, CONFIG, a_course(horizon=3 * DAY)))
    for number, origin in enumerate(ORIGINS):
        later = poisoned(ARCHIVE, origin)
        again = list(rolling(Nosy(quantity), later, CONFIG, a_course(horizon=3 * DAY)))
        for before, after in zip(fine[: number + 1], again, strict=False):
            assert before.issued.equals(after.issued)
            assert before.issued.height > 0


def test_poison_that_was_known_does_change_it() -> None:
    fine = list(rolling(Nosy(), ARCHIVE, CONFIG, a_course()))
    again = list(rolling(Nosy(), poisoned(ARCHIVE, ORIGINS[0] - HOUR), CONFIG, a_course()))
    assert not fine[0].issued.equals(again[0].issued)


@pytest.mark.parametrize("quantity", ["load", "pv", "price"])
def test_the_methods_themselves_forecast_the_same_before_a_poisoned_future(
    quantity: Quantity,
) -> None:
    method: Method = METHODS[quantity]
    course = Course(origins=ORIGINS[2:3], horizon=2 * DAY, retrain=99 * DAY)
    untrained = _Untrained(method)
    (fine,) = rolling(untrained, ARCHIVE, CONFIG, course)
    (again,) = rolling(untrained, poisoned(ARCHIVE, ORIGINS[2]), CONFIG, course)
    assert fine.issued.equals(again.issued)
    assert fine.issued.height or isinstance(fine.answer, Unknown)


class _Untrained(Nosy):
    """A method as it is without a model, which takes no time."""

    def __init__(self, method: Method) -> None:
        super().__init__(method.quantity, needs=10**9)
        self.forecast = method.forecast  # type: ignore[method-assign]


def test_models_are_trained_anew_once_they_are_old() -> None:
    method = Nosy()
    list(rolling(method, ARCHIVE, CONFIG, a_course(retrain=2 * DAY)))
    assert method.trained == [ORIGINS[0], ORIGINS[2], ORIGINS[4]]


def test_what_could_not_be_trained_is_tried_again_the_next_time() -> None:
    method = Nosy(needs=12 * 96)
    steps = list(rolling(method, ARCHIVE, CONFIG, a_course(retrain=99 * DAY)))
    assert method.trained == [ORIGINS[2]]
    assert [one.training for one in steps] == ["too little is known"] * 2 + [""] * 4
    assert [one.issued.is_empty() for one in steps] == [True, True, False, False, False, False]


def test_the_slots_ahead_begin_with_the_one_that_runs() -> None:
    now = MONDAY + 10 * DAY + timedelta(minutes=20)
    known = ARCHIVE.at(now)
    starts = ahead(known, "load", 2 * HOUR)
    assert starts[0] == MONDAY + 10 * DAY + SLOT
    assert starts[-1] == now.replace(minute=15) + 2 * HOUR
    assert len(starts) == 9


def test_of_prices_only_those_not_published_are_forecast() -> None:
    known = ARCHIVE.at(MONDAY + 10 * DAY + 13 * HOUR)
    starts = ahead(known, "price", 3 * DAY)
    assert starts[0] == known.spots["start"][-1] + SLOT
    assert starts[-1] == MONDAY + 13 * DAY + 13 * HOUR - SLOT


def test_forecasts_are_beside_what_came_and_the_naive_ones() -> None:
    steps = list(rolling(Nosy(), ARCHIVE, CONFIG, a_course(horizon=2 * DAY)))
    found = rows(steps, ARCHIVE, "load", STOCKHOLM, SLOT)
    assert found.height == 6 * 192
    came = dict(ARCHIVE.past.select("start", "load_kw").iter_rows())
    for row in found.sample(40, seed=1).to_dicts():
        assert row["actual"] == came[row["start"]]
        back = DAY if row["start"] < row["issued_at"] + DAY else 2 * DAY
        assert row["last day"] == came[row["start"] - back]


@pytest.mark.parametrize("grain", [2 * SLOT, 4 * SLOT])
def test_coarse_meters_are_compared_by_their_own_rows(grain: timedelta) -> None:
    steps = list(rolling(Nosy(), ARCHIVE, CONFIG, a_course()))
    fine = rows(steps, ARCHIVE, "load", STOCKHOLM, SLOT)
    coarse = rows(steps, ARCHIVE, "load", STOCKHOLM, grain)
    assert coarse.height == fine.height * SLOT / grain
    assert coarse["actual"].mean() == pytest.approx(fine["actual"].mean())
    assert (
        coarse["lead_hours"].to_list() == fine["lead_hours"].gather_every(grain // SLOT).to_list()
    )
    assert coarse.columns == fine.columns


def test_a_coarse_row_of_which_a_part_is_unknown_is_unknown() -> None:
    steps = list(rolling(Nosy(), ARCHIVE, CONFIG, a_course()))
    fine = rows(steps, ARCHIVE, "load", STOCKHOLM, SLOT)
    holed = fine.with_columns(actual=pl.when(pl.int_range(pl.len()) != 5).then("actual"))
    found = coarser(holed, 4 * SLOT)
    assert found["actual"].is_null().arg_true().to_list() == [1]


def test_days_past_the_end_of_the_file_are_left_out_and_counted() -> None:
    course = Course(origins=(MONDAY + 19 * DAY,), horizon=2 * DAY, retrain=DAY)
    steps = list(rolling(Nosy(), ARCHIVE, CONFIG, course))
    found = figures(rows(steps, ARCHIVE, "load", STOCKHOLM, SLOT))
    assert found is not None
    assert (found.slots, found.left_out) == (96, 96)


def test_without_any_forecast_there_are_no_rows() -> None:
    steps: list[Step] = list(rolling(Nosy(needs=10**9), ARCHIVE, CONFIG, a_course()))
    found = rows(steps, ARCHIVE, "load", STOCKHOLM, 4 * SLOT)
    assert found.is_empty()
    assert set(BASELINES) < set(found.columns)
    assert figures(found) is None


@settings(max_examples=20, deadline=None)
@given(minutes=st.integers(1, 19 * 24 * 60 - 1), hours=st.integers(1, 168))
def test_each_slot_ahead_is_asked_for_once(minutes: int, hours: int) -> None:
    now = MONDAY + timedelta(minutes=minutes)
    known = ARCHIVE.at(now)
    for quantity in ("load", "price"):
        starts = ahead(known, quantity, timedelta(hours=hours))
        assert all(later - earlier == SLOT for earlier, later in zip(starts, starts[1:]))  # noqa: B905, RUF007
        assert all(now - SLOT < one < now + timedelta(hours=hours) for one in starts)
        assert not set(starts) & set(known.past["start"])
