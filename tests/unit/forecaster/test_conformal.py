"""Bands that cover four fifths of what they have not seen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_forecaster.core.conformal import FEWEST, Widening, widened, widening


def forecasts(count: int, *, spread: float = 1.0, seed: int = 1) -> pl.DataFrame:
    """A band from -1 to 1 around truths that spread as they like."""
    actual = np.random.default_rng(seed).normal(0, spread, count)
    return pl.DataFrame({"actual": actual}).with_columns(
        p10=pl.lit(-1.0), p50=pl.lit(0.0), p90=pl.lit(1.0)
    )


def coverage(table: pl.DataFrame) -> float:
    inside = table.filter(pl.col("actual").is_between("p10", "p90"))
    return len(inside) / len(table)


@pytest.mark.parametrize("spread", [0.2, 1.0, 5.0])
def test_a_band_that_is_too_wide_or_too_narrow_is_put_right(spread: float) -> None:
    how = widening(forecasts(2000, spread=spread), "actual")
    unseen = forecasts(2000, spread=spread, seed=2)
    assert coverage(widened(unseen, how)) == pytest.approx(0.8, abs=0.03)


def test_each_side_is_moved_for_itself() -> None:
    table = forecasts(2000).with_columns(pl.col("actual") + 2.0)
    how = widening(table, "actual")
    low, high = how.rest
    assert low < 0 < high
    found = widened(table.with_columns(p50=pl.lit(0.9)), how)
    assert (found["actual"] > found["p90"]).mean() == pytest.approx(0.1, abs=0.01)


def test_each_group_has_its_own_moves() -> None:
    near = forecasts(500, spread=0.5).with_columns(lead=pl.lit(0))
    far = forecasts(500, spread=3.0).with_columns(lead=pl.lit(1))
    how = widening(pl.concat([near, far]), "actual", by="lead")
    for one in (near, far):
        assert coverage(widened(one, how)) == pytest.approx(0.8, abs=0.01)


def test_a_group_that_was_not_seen_enough_shares_the_common_moves() -> None:
    many = forecasts(500).with_columns(lead=pl.lit(0))
    few = forecasts(FEWEST - 1, spread=9.0).with_columns(lead=pl.lit(1))
    how = widening(pl.concat([many, few]), "actual", by="lead")
    assert set(how.groups) == {0}
    moved = widened(few.with_columns(lead=pl.lit(7)), how)
    assert moved["p90"][0] == pytest.approx(1.0 + how.rest[1])


def test_moves_go_with_the_scale() -> None:
    table = forecasts(1000, spread=3.0).with_columns(level=pl.lit(2.0))
    how = widening(table, "actual", scale="level")
    small = widened(table.with_columns(level=pl.lit(1.0)), how)["p90"][0] - 1.0
    large = widened(table.with_columns(level=pl.lit(3.0)), how)["p90"][0] - 1.0
    assert large == pytest.approx(3 * small)


def test_what_did_not_come_true_yet_is_left_out() -> None:
    table = forecasts(500)
    holes = table.with_columns(actual=pl.lit(None, pl.Float64))
    assert widening(pl.concat([table, holes]), "actual") == widening(table, "actual")


def test_without_held_out_slots_nothing_is_moved() -> None:
    table = forecasts(10)
    assert widened(table, widening(table.clear(), "actual")).equals(table)


@given(
    low=st.floats(-10, 10),
    high=st.floats(-10, 10),
    width=st.floats(0, 5),
)
def test_no_move_makes_quantiles_cross(low: float, high: float, width: float) -> None:
    table = pl.DataFrame({"p10": [-width], "p50": [0.0], "p90": [width]})
    (row,) = widened(table, Widening(rest=(low, high))).to_dicts()
    assert row["p10"] <= row["p50"] <= row["p90"]


def test_a_saved_widening_is_the_same() -> None:
    table = forecasts(200).with_columns(lead=pl.int_range(pl.len()) % 3)
    how = widening(table, "actual", by="lead")
    assert Widening.model_validate_json(how.model_dump_json()) == how
