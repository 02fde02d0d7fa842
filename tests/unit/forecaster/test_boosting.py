"""Boosted trees: what they learn, that quantiles do not cross, what a damaged file does."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_forecaster.core.boosting import (
    Boosted,
    DamagedModelError,
    files,
    fit,
    from_files,
    predict,
)

FEATURES = ("hour", "cold", "weekend")


def examples(count: int = 1000, seed: int = 1) -> pl.DataFrame:
    """A load that is higher in the evening and on weekends, and wider when it is cold."""
    random = np.random.default_rng(seed)
    hour = random.integers(0, 24, count)
    cold = random.random(count)
    weekend = random.random(count) < 0.3
    noise = random.normal(0, 0.1 + 0.4 * cold)
    return pl.DataFrame(
        {
            "hour": hour,
            "cold": cold,
            "weekend": weekend,
            "kw": 1.0 * (hour >= 17) + 0.5 * weekend + noise,
        }
    )


def trained(table: pl.DataFrame, *, seed: int = 1, weight: str | None = None) -> Boosted:
    return fit(
        table,
        FEATURES,
        "kw",
        rounds=20,
        depth=3,
        eta=0.4,
        min_child_weight=10,
        weight=weight,
        threads=1,
        seed=seed,
    )


MODEL = trained(examples())


def test_the_mean_follows_what_was_learned() -> None:
    ahead = pl.DataFrame({"hour": [3, 20, 20], "cold": [0.1] * 3, "weekend": [False, False, True]})
    found = predict(MODEL, ahead)["mean"]
    assert found.to_list() == pytest.approx([0.0, 1.0, 1.5], abs=0.2)


def test_the_quantiles_hold_their_share_of_unseen_examples() -> None:
    unseen = examples(seed=2)
    found = predict(MODEL, unseen)
    below = [(unseen["kw"] < found[name]).mean() for name in ("p10", "p50", "p90")]
    assert below == pytest.approx([0.1, 0.5, 0.9], abs=0.06)


def test_the_band_is_wider_where_the_examples_spread_more() -> None:
    ahead = pl.DataFrame({"hour": [12, 12], "cold": [0.05, 0.95], "weekend": [False, False]})
    calm, cold = predict(MODEL, ahead).select(pl.col("p90") - pl.col("p10")).to_series()
    assert cold > 2 * calm


@settings(max_examples=30, deadline=None)
@given(
    hour=st.integers(-5, 30),
    cold=st.one_of(st.none(), st.floats(-10, 10)),
    weekend=st.one_of(st.none(), st.booleans()),
)
def test_quantiles_never_cross(hour: int, cold: float | None, weekend: bool | None) -> None:
    ahead = pl.DataFrame(
        {"hour": [hour], "cold": [cold], "weekend": [weekend]},
        schema={"hour": pl.Int64, "cold": pl.Float64, "weekend": pl.Boolean},
    )
    (row,) = predict(MODEL, ahead).to_dicts()
    assert row["p10"] <= row["p50"] <= row["p90"]


def test_what_is_unknown_is_told_apart_from_every_value() -> None:
    table = examples().with_columns(
        cold=pl.when(pl.int_range(pl.len()) % 2 == 0).then(0.0),
        kw=pl.when(pl.int_range(pl.len()) % 2 == 0).then(1.0).otherwise(3.0),
    )
    ahead = pl.DataFrame({"hour": [12, 12], "cold": [0.0, None], "weekend": [False, False]})
    assert predict(trained(table), ahead)["mean"].to_list() == pytest.approx([1.0, 3.0], abs=0.1)


def test_examples_without_a_target_teach_nothing() -> None:
    table = examples()
    holes = table.clear().select(FEATURES).vstack(table.select(FEATURES).head(100))
    more = pl.concat([table, holes.with_columns(kw=None)], how="diagonal_relaxed")
    ahead = examples(20, seed=3)
    assert predict(trained(more), ahead).equals(predict(MODEL, ahead))


def test_a_weight_makes_an_example_count_more() -> None:
    table = pl.concat(
        [
            examples().with_columns(kw=pl.lit(0.0), weight=pl.lit(1.0)),
            examples().with_columns(kw=pl.lit(1.0), weight=pl.lit(3.0)),
        ]
    )
    found = predict(trained(table, weight="weight"), examples(5))
    assert found["mean"].to_list() == pytest.approx([0.75] * 5, abs=0.05)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match="no row has a kw"):
        trained(examples().with_columns(kw=pl.lit(None, pl.Float64)))


def test_no_slots_have_no_forecast() -> None:
    assert predict(MODEL, examples().clear()).is_empty()


def test_the_same_examples_give_the_same_model() -> None:
    again = trained(examples())
    assert files(again) == files(MODEL)


def test_a_saved_model_forecasts_the_same() -> None:
    ahead = examples(50, seed=4)
    assert predict(from_files(files(MODEL)), ahead).equals(predict(MODEL, ahead))


@pytest.mark.parametrize("name", ["mean.ubj", "quantiles.ubj", "shape.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"nonsense", bytes(200)])
def test_a_damaged_file_is_named(name: str, content: bytes) -> None:
    with pytest.raises(DamagedModelError, match=f"{name} cannot be read"):
        from_files({**files(MODEL), name: content})


@pytest.mark.parametrize("name", ["mean.ubj", "quantiles.ubj", "shape.json"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_cut_off_file_is_named(name: str, share: float) -> None:
    saved = files(MODEL)
    cut = saved[name][: int(len(saved[name]) * share)]
    with pytest.raises(DamagedModelError) as caught:
        from_files({**saved, name: cut})
    assert caught.value.name == name


@pytest.mark.parametrize("name", ["mean.ubj", "quantiles.ubj", "shape.json"])
def test_a_missing_file_is_named(name: str) -> None:
    with pytest.raises(DamagedModelError, match=f"{name} cannot be read: it is missing"):
        from_files({key: value for key, value in files(MODEL).items() if key != name})


def test_a_file_of_another_model_is_named() -> None:
    other = files(fit(examples(), FEATURES[:2], "kw", rounds=2, threads=1))
    with pytest.raises(DamagedModelError, match="it is not what was saved"):
        from_files({**files(MODEL), "mean.ubj": other["mean.ubj"]})
