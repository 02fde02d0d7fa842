"""The trained part: what the base misses, learned from this house's own days.

It learns how far the truth lay from the base, as a multiple of the house's mean power, so that
a summer teaches something about a winter. How much it counts is measured on the last days,
which it has not seen; where it does not win, the base stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from darkstar_forecaster.core.boosting import Boosted, fit, predict
from darkstar_forecaster.core.conformal import Widening, widened, widening
from darkstar_forecaster.core.load.base import voted
from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY
from darkstar_forecaster.core.load.features import Examples, Scenery
from darkstar_forecaster.core.load.lessons import lesson, lessons, looks

CLAMP = 0.5
"""The corrector moves the expected value by this share of the base at most."""
SHARES = (0.0, 0.5, 1.0)
"""How much of the corrector may count."""
FIRST_DAYS = 7
"""The first days only serve as the past of later ones."""
HELD_OUT_DAYS, HELD_OUT_SHARE = 28, 0.25
"""The last days decide how much the corrector counts: so many, but at most this share of all."""
_BANDS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_EXTRA = ("actual", "base", "scale", "day_ahead", "target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrector:
    """What was learned.

    Attributes:
        boosted: the trees.
        mean_share: how much of the learned correction of the expected value counts.
        band_share: how much the learned quantiles count against those of the same slots.
        band: how the quantiles are moved so that they hold their share.
    """

    boosted: Boosted
    mean_share: float
    band_share: float
    band: Widening


def learned(
    scenery: Scenery, *, threads: int, rounds: int
) -> tuple[Corrector, dict[str, float]] | None:
    """Learn from a whole past; with figures of how it did on days it had not seen.

    Returns:
        None where there are too few days.
    """
    first, last = scenery.grid.first + FIRST_DAYS, scenery.grid.end // SLOTS_A_DAY
    held = min(HELD_OUT_DAYS, int((last - first) * HELD_OUT_SHARE))
    if held < 1:
        return None
    early = lessons(scenery, range(first, last - held))
    late = lessons(scenery, range(last - held, last))
    tried = _tried(scenery, _fit(early, threads, rounds), range(last - held, last))
    mean_share = min(SHARES, key=lambda share: _squared(tried, share))
    band_share = min(SHARES, key=lambda share: _pinball(tried, share))
    band = widening(_mixed(tried, band_share), "actual", by="day_ahead", scale="scale")
    corrector = Corrector(
        boosted=_fit(pl.concat([early, late]), threads, rounds),
        mean_share=mean_share,
        band_share=band_share,
        band=band,
    )
    facts = {
        "held_out_days": float(held),
        "mean_share": mean_share,
        "band_share": band_share,
        "rmse_kw": _squared(tried, mean_share) ** 0.5,
        "rmse_base_kw": _squared(tried, 0.0) ** 0.5,
        "pinball_kw": _pinball(tried, band_share),
        "pinball_base_kw": _pinball(tried, 0.0),
    }
    return corrector, facts


def corrected(corrector: Corrector, seen: Examples) -> pl.DataFrame:
    """Columns mean, p10, p50 and p90 [kW] of the slots that were seen."""
    ahead = (np.asarray(seen.view.wanted) - seen.view.grid.end) // SLOTS_A_DAY
    table = _foreseen(corrector.boosted, seen).with_columns(day_ahead=pl.Series(ahead))
    mixed = _mixed(table, corrector.band_share)
    return widened(mixed, corrector.band).select(
        _mean(corrector.mean_share).alias("mean"),
        *(pl.col(name).clip(lower_bound=0.0) for name in _BANDS),
    )


def _fit(table: pl.DataFrame, threads: int, rounds: int) -> Boosted:
    features = [name for name in table.columns if name not in _EXTRA]
    return fit(
        table,
        features,
        "target",
        rounds=rounds,
        depth=4,
        eta=0.04,
        min_child_weight=60.0,
        subsample=0.7,
        columns=0.4,
        bins=64,
        threads=threads,
    )


def _foreseen(boosted: Boosted, seen: Examples) -> pl.DataFrame:
    """What the base, the same slots and the trees each say of some slots [kW]."""
    found = predict(boosted, seen.table) * seen.scale
    votes = voted(seen.view, seen.base)
    return pl.DataFrame(
        {
            "base": seen.base.mean,
            "correction": found["mean"],
            **{f"votes_{name}": votes[at] for at, name in enumerate(_BANDS)},
            **{f"trees_{name}": seen.base.mean + found[name].to_numpy() for name in _BANDS},
        }
    ).with_columns(scale=pl.lit(seen.scale))


def _tried(scenery: Scenery, boosted: Boosted, days: Iterable[int]) -> pl.DataFrame:
    """What would have been said on some days, beside what came true."""
    parts = []
    for moment, wanted in looks(days, scenery.grid.end):
        seen, table = lesson(scenery, moment, wanted)
        parts.append(_foreseen(boosted, seen).with_columns(table["actual"], table["day_ahead"]))
    return pl.concat(parts).drop_nulls()


def _mean(share: float) -> pl.Expr:
    low, high = (pl.col("base") * (1 + sign * CLAMP) for sign in (-1, 1))
    return (pl.col("base") + share * pl.col("correction")).clip(low, high)


def _mixed(table: pl.DataFrame, share: float) -> pl.DataFrame:
    """With the quantiles of trees and same slots in proportion."""
    return table.with_columns(
        (share * pl.col(f"trees_{name}") + (1 - share) * pl.col(f"votes_{name}"))
        .clip(lower_bound=0.0)
        .alias(name)
        for name in _BANDS
    )


def _squared(tried: pl.DataFrame, share: float) -> float:
    """Mean squared error of the expected value [kW²]."""
    error = tried.select(_mean(share) - pl.col("actual")).to_series().to_numpy()
    return float((error**2).mean())


def _pinball(tried: pl.DataFrame, share: float) -> float:
    """Mean pinball loss of p10, p50 and p90 [kW]."""
    mixed = _mixed(tried, share)
    losses = []
    for name, level in _BANDS.items():
        over = (mixed["actual"] - mixed[name]).to_numpy()
        losses.append(np.maximum(level * over, (level - 1) * over).mean())
    return float(np.mean(losses))
