"""What trees may do to physics, and what makes their bands hold."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.pv.sunny import JUNE, LUND, SOUTH, a_config, cloudy, days, some_past
from unit.forecaster.pv.sunny import some_weather as weather_of

from darkstar_forecaster.core.conformal import Widening
from darkstar_forecaster.core.pv import errors
from darkstar_forecaster.core.pv.residual import Judgement, finished, group, lessons
from darkstar_forecaster.core.pv.roof import Roof
from darkstar_forecaster.core.pv.seen import seen
from darkstar_forecaster.core.situation import SPOTS, Situation, empty

ROOF = Roof(arrays=(SOUTH,), source="configured", most_kw=8.8)


def judged(share: float, *, corrected: bool = True, move: float = 0.1) -> Judgement:
    """A judgement that widens by this share of a clear sky's power."""
    widening = Widening(scale="clear_kw", rest=(move, move))
    return Judgement(roof=ROOF, widening=widening, corrected=corrected, share=share)


def said(**figures: float) -> pl.DataFrame:
    """One slot of what trees have said."""
    row = {"base_kw": 4.0, "clear_kw": 6.0, "mean": 4.0, "p10": 3.0, "p50": 4.0, "p90": 5.0}
    return pl.DataFrame({name: [value] for name, value in {**row, **figures}.items()})


@settings(max_examples=50, deadline=None)
@given(
    base=st.floats(0, 9),
    mean=st.floats(-5, 20),
    edges=st.tuples(st.floats(-5, 20), st.floats(-5, 20), st.floats(-5, 20)),
    share=st.floats(0.8, 1.25),
    move=st.floats(-0.5, 0.5),
)
def test_what_comes_out_is_in_order_in_bounds_and_no_more_than_half_off_physics(
    base: float, mean: float, edges: tuple[float, float, float], share: float, move: float
) -> None:
    low, middle, high = sorted(edges)
    rows = said(base_kw=base, mean=mean, p10=low, p50=middle, p90=high)
    row = finished(rows, judged(share, move=move)).row(0, named=True)
    assert 0 <= row["p10"] <= row["p50"] <= row["p90"] <= ROOF.most_kw
    assert row["mean"] <= min(1.5 * base, ROOF.most_kw) + 1e-9
    assert row["mean"] >= min(0.5 * base, ROOF.most_kw) - 1e-9


def test_a_correction_that_did_not_win_leaves_physics() -> None:
    rows = finished(said(mean=5.5), judged(1.2, corrected=False))
    assert rows["mean"].item() == 4.0


def test_bands_are_widened_by_a_share_of_a_clear_skys_power() -> None:
    rows = finished(said(), judged(1.0))
    assert (rows["p10"].item(), rows["p90"].item()) == pytest.approx((2.4, 5.6))


def test_bands_of_lead_time_are_numbered() -> None:
    leads = pl.Series([0.0, 11.9, 12.0, 30.0, 40.0, 100.0])
    assert group(leads).to_list() == [0, 0, 1, 2, 3, 4]


def test_without_kept_issues_lessons_are_blurred_the_more_the_longer_ahead() -> None:
    true = weather_of(JUNE, cloudy(days(16)))
    now = JUNE + timedelta(days=15)
    known = Situation(
        now=now,
        past=some_past(true, SOUTH).filter(pl.col("start") < now),
        weather=true,
        spots=empty(SPOTS),
    )
    of = seen(known, a_config(SOUTH), LUND)
    assert of.roof is not None
    made = lessons(known, of, LUND, of.roof)
    off = (
        made.filter(pl.col("clearness") > 0)
        .group_by(pl.col("lead_hours"))
        .agg(off=(pl.col("base_kw") - pl.col("actual")).abs().mean())
        .sort("lead_hours")
    )
    assert off["lead_hours"].to_list() == [0.0, 12.0, 24.0, 36.0, 84.0]
    assert off["off"].to_list() == sorted(off["off"])
    assert off["off"][0] < 0.5 * off["off"][4]


def test_errors_grow_to_their_bound() -> None:
    sizes = errors.size(np.array([0.0, 24.0, 72.0, 1000.0]))
    assert list(sizes) == sorted(sizes)
    assert sizes[0] == errors.AT_ONCE
    assert sizes[-1] == pytest.approx(errors.AT_LAST, abs=1e-3)


def test_a_drift_has_no_mean_unit_size_and_lasts_for_hours() -> None:
    figures = errors.drift(50_000, 0.25, np.random.default_rng(5))
    assert figures.mean() == pytest.approx(0, abs=0.1)
    assert figures.std() == pytest.approx(1, abs=0.05)
    after_four_hours = np.corrcoef(figures[:-16], figures[16:])[0, 1]
    assert after_four_hours == pytest.approx(np.exp(-1), abs=0.06)
