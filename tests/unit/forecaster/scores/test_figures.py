"""Figures are those that a person works out from the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.scores.frames import DAY, HOUR, MONDAY, STOCKHOLM, came, issue

from darkstar_forecaster.core.baselines import BASELINES, LAST_DAY, TRUTH
from darkstar_forecaster.core.scoring import (
    ALL,
    ISSUED,
    LEADS,
    SEASONS,
    Figures,
    figures,
    in_band,
    judged,
    last_day,
    scores,
)

NOW = MONDAY + 14 * DAY


def rows(
    actual: Sequence[float | None],
    band: tuple[float, float, float] = (0.5, 1.0, 2.0),
    naive: Mapping[str, Sequence[float | None]] = MappingProxyType({}),
) -> pl.DataFrame:
    """Judged rows of one forecast, with what naive ones said."""
    said = issue(NOW, len(actual), mean=1.2, band=band)
    return said.with_columns(
        pl.Series("actual", actual, pl.Float64),
        *(pl.Series(name, naive.get(name, [None] * len(actual)), pl.Float64) for name in BASELINES),
    )


def some(found: Figures | None) -> Figures:
    assert found is not None
    return found


def test_each_figure_by_hand() -> None:
    found = some(figures(rows([0.0, 1.0, 4.0, 1.0])))
    assert found.slots == 4
    assert found.mae == pytest.approx((1.0 + 0.0 + 3.0 + 0.0) / 4)
    assert found.rmse == pytest.approx(np.sqrt((1.2**2 + 0.2**2 + 2.8**2 + 0.2**2) / 4))
    assert found.bias == pytest.approx(1.2 - 1.5)
    assert found.relative_bias == pytest.approx(-0.2)
    assert found.coverage == pytest.approx(0.5)
    p10 = (0.9 * 0.5 + 0.1 * 0.5 + 0.1 * 3.5 + 0.1 * 0.5) / 4
    p50 = (0.5 * 1.0 + 0.0 + 0.5 * 3.0 + 0.0) / 4
    p90 = (0.1 * 2.0 + 0.1 * 1.0 + 0.9 * 2.0 + 0.1 * 1.0) / 4
    assert found.pinball == pytest.approx((p10 + p50 + p90) / 3)


def test_the_middle_stands_for_a_mean_that_is_not_known() -> None:
    said = issue(NOW, 4, mean=None)
    found = judged(said, came(NOW, 1, lambda _: 1.5), STOCKHOLM)
    assert set(found["mean"]) == {1.0}
    assert some(figures(found)).bias == pytest.approx(-0.5)


def test_unknown_slots_are_left_out_and_counted() -> None:
    found = some(figures(rows([None, 1.0, None, 1.0, 1.0])))
    assert (found.slots, found.left_out) == (3, 2)
    assert found.mae == 0.0


def test_where_nothing_came_there_is_nothing_to_say() -> None:
    assert figures(rows([None, None])) is None
    assert figures(rows([])) is None


def test_night_covers_nothing() -> None:
    dark = rows([0.0] * 8, band=(0.0, 0.0, 0.0))
    assert some(figures(dark)).coverage is None
    bright = pl.concat([dark, rows([1.0, 3.0])])
    assert some(figures(bright)).coverage == pytest.approx(0.5)
    # sun where none was forecast is a miss
    assert some(figures(rows([0.5], band=(0.0, 0.0, 0.0)))).coverage == 0.0


def test_a_forecast_without_a_band_has_no_coverage() -> None:
    bare = rows([1.0, 2.0]).with_columns(p10=None, p90=None).cast({"p10": float, "p90": float})
    found = some(figures(bare))
    assert found.coverage is None
    assert found.pinball == pytest.approx(0.25)


def test_skill_is_against_the_best_naive_forecast_on_its_own_slots() -> None:
    told = rows(
        [1.0, 1.0, 3.0, 3.0],
        naive={LAST_DAY: [2.0, 2.0, None, None], BASELINES[1]: [3.0, 3.0, 1.0, 1.0]},
    )
    found = some(figures(told))
    assert found.mae == pytest.approx(1.0)
    assert {one.name for one in found.naive} == {LAST_DAY, BASELINES[1]}
    assert found.best is not None
    assert found.best.name == LAST_DAY
    assert (found.best.slots, found.best.mae) == (2, 1.0)
    assert found.best.skill == pytest.approx(1.0)


def test_against_what_never_errs_there_is_no_skill() -> None:
    found = some(figures(rows([1.0, 1.0], naive={LAST_DAY: [1.0, 1.0]})))
    assert found.best is not None
    assert found.best.skill is None


def test_a_naive_forecast_by_itself_has_no_skill_against_itself() -> None:
    values = came(MONDAY, 30, lambda one: float(one.day % 5))
    said = issue(NOW, 96)
    naive_day = judged(said, values, STOCKHOLM)[LAST_DAY]
    again = said.with_columns(mean=naive_day, p50=naive_day)
    found = some(figures(judged(again, values, STOCKHOLM)))
    (mine,) = (one for one in found.naive if one.name == LAST_DAY)
    assert mine.skill == pytest.approx(0.0)
    assert mine.rmse_skill == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("lead", "first", "count"),
    [("0-6", 0, 24), ("6-12", 24, 24), ("12-24", 48, 48), ("24-48", 96, 96), ("48-168", 192, 480)],
)
def test_each_slot_is_in_one_band(lead: str, first: int, count: int) -> None:
    found = judged(issue(NOW, 700), came(NOW, 8, lambda _: 1.0), STOCKHOLM)
    places = found.with_row_index().filter(in_band(lead))["index"]
    assert places.to_list() == list(range(first, first + count))
    assert found.filter(in_band(ALL)).height == 168 * 4


def test_the_slot_that_runs_is_in_the_first_band() -> None:
    said = issue(NOW + timedelta(minutes=7), 4, first=NOW)
    assert judged(said, came(NOW, 1, lambda _: 1.0), STOCKHOLM).filter(in_band("0-6")).height == 4


@pytest.mark.parametrize(
    ("month", "season"),
    [(12, "winter"), (1, "winter"), (2, "winter"), (3, "spring"), (5, "spring"),
     (6, "summer"), (8, "summer"), (9, "autumn"), (11, "autumn")],
)  # fmt: skip
def test_seasons_begin_with_december(month: int, season: str) -> None:
    at = datetime(2026, month, 15, tzinfo=UTC)
    assert set(judged(issue(at, 4), came(at, 1, lambda _: 1.0), STOCKHOLM)["season"]) == {season}


def test_scores_are_by_lead_and_of_all_by_season() -> None:
    at = datetime(2026, 2, 27, 23, tzinfo=UTC)
    values = came(at - 20 * DAY, 30, lambda one: 1.0 + one.day % 2)
    found = scores("load", judged(issue(at, 300), values, STOCKHOLM))
    assert {(one.lead, one.season) for one in found} == {
        *((lead, ALL) for lead in (*LEADS, ALL)), (ALL, "winter"), (ALL, "spring"),
    }  # fmt: skip
    by_season = [one for one in found if one.season != ALL]
    (whole,) = (one for one in found if (one.lead, one.season) == (ALL, ALL))
    assert sum(one.slots for one in by_season) == whole.slots == 300
    assert {one.season for one in by_season} <= set(SEASONS)
    assert whole.baseline in BASELINES
    assert whole.baseline_mae is not None
    assert whole.skill == pytest.approx(1 - whole.mae / whole.baseline_mae)


def test_without_forecasts_there_are_no_scores() -> None:
    nothing = judged(pl.DataFrame(schema=dict(ISSUED)), came(NOW, 1, lambda _: 1.0), STOCKHOLM)
    assert scores("pv", nothing) == ()
    unknown = judged(issue(NOW, 4), pl.DataFrame(schema=dict(TRUTH)), STOCKHOLM)
    assert scores("pv", unknown) == ()


@settings(max_examples=40, deadline=None)
@given(
    actual=st.lists(st.floats(-50, 50), min_size=1, max_size=30),
    shift=st.floats(-20, 20),
    scale=st.floats(0.1, 10),
)
def test_errors_have_the_unit_of_what_came(actual: list[float], shift: float, scale: float) -> None:
    plain = some(figures(rows(list(actual), naive={LAST_DAY: [0.0] * len(actual)})))
    columns = ["mean", "p10", "p50", "p90", "actual", *BASELINES]
    moved = rows(list(actual), naive={LAST_DAY: [0.0] * len(actual)}).with_columns(
        pl.col(columns) * scale + shift
    )
    other = some(figures(moved))
    for name in ("mae", "rmse", "bias", "pinball"):
        assert getattr(other, name) == pytest.approx(getattr(plain, name) * scale, abs=1e-6)
    assert plain.mae <= 50 + 1
    assert abs(plain.bias) <= plain.rmse + 1e-9
    assert plain.pinball >= 0


def test_the_lead_counts_from_the_issue() -> None:
    found = judged(issue(NOW, 2, first=NOW + 30 * HOUR), came(NOW, 3, lambda _: 1.0), STOCKHOLM)
    assert found["lead_hours"].to_list() == [30.0, 30.25]


def day(known: Mapping[str, int], *, start: datetime = NOW) -> pl.DataFrame:
    """A day that is 1 kW off, and naive forecasts that are 0.5 kW off and know so many slots."""
    naive = {one: [1.5] * known.get(one, 96) + [None] * (96 - known.get(one, 96))
             for one in BASELINES}  # fmt: skip
    found = rows([2.0] * 96, naive=naive)
    return found.with_columns(pl.col("start") + (start - NOW), lead_hours=pl.lit(6.0))


def test_the_last_day_is_that_day_alone() -> None:
    before = day({}, start=NOW - DAY).with_columns(actual=pl.lit(9.0))
    found = some(last_day(pl.concat([before, day({}), day({}, start=NOW + DAY)]), NOW + DAY))
    assert found.slots == 96
    assert found.mae == pytest.approx(1.0)
    assert found.best is not None
    assert found.best.mae == pytest.approx(0.5)


@pytest.mark.parametrize(("slots", "said"), [(72, True), (71, False)])
def test_less_than_most_of_a_day_says_nothing(slots: int, said: bool) -> None:
    found = last_day(day({BASELINES[2]: slots}), NOW + DAY)
    assert (found is not None) == said


def test_a_slot_that_was_forecast_often_is_one_of_the_day() -> None:
    often = pl.concat([day({BASELINES[0]: 40}) for _ in LEADS])
    assert last_day(often, NOW + DAY) is None
