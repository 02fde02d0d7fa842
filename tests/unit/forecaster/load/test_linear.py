"""The straight-line part of the corrector."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_forecaster.core.load.linear import fit_line, follow_line


def examples(count: int = 400, seed: int = 1) -> pl.DataFrame:
    """The truth lies half way between the base and the last day, and a little above."""
    random = np.random.default_rng(seed)
    base, day, noise = random.uniform(0.5, 2, count), random.uniform(0, 3, count), random.random()
    return pl.DataFrame(
        {
            "base_power": base,
            "lag_day_1": day,
            "weekday_number": random.integers(0, 7, count),
            "time": random.integers(0, 96, count),
            "weight": np.ones(count),
            "target": 0.5 * (day - base) + 0.1 * base + 0.0 * noise,
        }
    )


def test_a_line_finds_what_the_base_misses() -> None:
    line = fit_line(examples(), "target", "weight")
    unseen = examples(seed=2)
    missed = unseen["target"].to_numpy() - follow_line(line, unseen)
    assert np.abs(missed).mean() < 0.25 * np.abs(unseen["target"].to_numpy()).mean()


def test_a_line_counts_powers_alone() -> None:
    assert set(fit_line(examples(), "target", "weight")) == {"lag_day_1", "base_power"}


def test_what_is_unknown_differs_by_nothing() -> None:
    line = fit_line(examples(), "target", "weight")
    unknown = examples(3).with_columns(lag_day_1=pl.lit(float("nan")))
    alike = examples(3).with_columns(lag_day_1=pl.col("base_power"))
    assert follow_line(line, unknown) == pytest.approx(follow_line(line, alike))


def test_examples_of_no_weight_teach_nothing() -> None:
    wrong = examples().with_columns(target=pl.lit(9.0), weight=pl.lit(0.0))
    both = fit_line(pl.concat([examples(), wrong]), "target", "weight")
    assert both == pytest.approx(fit_line(examples(), "target", "weight"))


def test_a_feature_that_never_differs_does_no_harm() -> None:
    table = examples().with_columns(lag_week_1=pl.col("base_power"))
    line = fit_line(table, "target", "weight")
    assert line["lag_week_1"] == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=20)
@given(share=st.floats(0.1, 10))
def test_twice_the_truth_is_twice_the_line(share: float) -> None:
    more = examples().with_columns(target=pl.col("target") * share)
    one, other = (fit_line(table, "target", "weight") for table in (examples(), more))
    assert other == pytest.approx({name: share * value for name, value in one.items()}, abs=1e-6)
