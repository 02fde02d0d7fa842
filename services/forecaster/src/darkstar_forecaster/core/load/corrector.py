"""The trained part: what the base misses, learned from this house's own days.

It learns how far the truth lay from the base, as a multiple of the house's mean power, so that
a summer teaches something about a winter. How much it counts is measured on the last days,
which it has not seen; where it does not win, the base stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from darkstar_forecaster.core.boosting import Boosted, fit, predict
from darkstar_forecaster.core.conformal import Widening, widened, widening
from darkstar_forecaster.core.load.base import voted
from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY
from darkstar_forecaster.core.load.features import Examples, Scenery
from darkstar_forecaster.core.load.lessons import ADDED, lesson, lessons, looks
from darkstar_forecaster.core.load.linear import fit_line, follow_line

CLAMP = 0.5
"""The corrector moves the expected value by this share of the base at most."""
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of the corrector may count."""
FIRST_DAYS = 7
"""The first days only serve as the past of later ones."""
HELD_OUT_DAYS, HELD_OUT_SHARE = 28, 0.25
"""The last days decide how much the corrector counts: so many, but at most this share of all."""
TREES = 0.5
"""Part of the trees in the learned correction; the rest is the line's."""
Shares = tuple[float, float]
"""Of the first 24 hours, and of what comes after."""
_MOST = 0.4
"""Of a day that teaches or judges more than this share is known."""
_SOON = 24
"""The band of so many first slots is moved by figures of its own: much is known of them."""
_NONE: Shares = (0.0, 0.0)
_BANDS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrector:
    """What was learned.

    Attributes:
        boosted: the trees.
        line: what each feature counts in the straight-line part.
        mean_share: how much of the learned correction of the expected value counts, in the
            first 24 hours and after.
        band_share: how much the learned quantiles count against those of the same slots,
            likewise.
        band: how the quantiles are moved so that they hold their share.
    """

    boosted: Boosted
    line: Mapping[str, float]
    mean_share: Shares
    band_share: Shares
    band: Widening


def learned(
    scenery: Scenery, *, threads: int, rounds: int
) -> tuple[Corrector, dict[str, float]] | None:
    """Learn from a whole past; with figures of how it did on days it had not seen.

    Returns:
        None where there are too few days.
    """
    days = _days(scenery)
    held = min(HELD_OUT_DAYS, int(len(days) * HELD_OUT_SHARE))
    if held < 1:
        return None
    early = lessons(scenery, days[:-held], days[-held] * SLOTS_A_DAY)
    late = lessons(scenery, days[-held:], scenery.grid.end)
    if early.is_empty() or late.filter(pl.col("day_ahead") == 0).is_empty():
        return None
    tried = _tried(scenery, _fit(early, threads, rounds), days[-held:])
    mean_share, band_share = _best(tried, _squared), _best(tried, _pinball)
    whole = _fit(pl.concat([early, late]), threads, rounds)
    corrector = Corrector(
        boosted=whole.boosted,
        line=whole.line,
        mean_share=mean_share,
        band_share=band_share,
        band=widening(_mixed(tried, band_share), "actual", by="reach", scale="scale"),
    )
    return corrector, _facts(tried.filter(pl.col("day_ahead") == 0), corrector, held)


def _days(scenery: Scenery) -> list[int]:
    """Whole days of which most is known, after the first ones."""
    grid = scenery.grid
    seen = np.isfinite(grid.kw).sum(axis=1) > SLOTS_A_DAY * _MOST
    chosen = grid.days[seen & (grid.days < grid.end // SLOTS_A_DAY)]
    return [int(day) for day in chosen[chosen >= grid.first + FIRST_DAYS]]


def _best(tried: pl.DataFrame, loss: Callable[[pl.DataFrame, Shares], float]) -> Shares:
    """The shares that lose least, of the first 24 hours and of what comes after."""
    near, far = (tried.filter((pl.col("day_ahead") == 0) == first) for first in (True, False))
    return (
        min(SHARES, key=lambda share: loss(near, (share, 0.0))),
        min(SHARES, key=lambda share: loss(far, (0.0, share))) if far.height else 0.0,
    )


def _facts(near: pl.DataFrame, corrector: Corrector, held: int) -> dict[str, float]:
    """Figures of the first 24 hours."""
    return {
        "held_out_days": float(held),
        "mean_share": corrector.mean_share[0],
        "band_share": corrector.band_share[0],
        "rmse_kw": _squared(near, corrector.mean_share) ** 0.5,
        "rmse_base_kw": _squared(near, _NONE) ** 0.5,
        "pinball_kw": _pinball(near, corrector.band_share),
        "pinball_base_kw": _pinball(near, _NONE),
    }


def corrected(corrector: Corrector, seen: Examples) -> pl.DataFrame:
    """Columns mean, p10, p50 and p90 [kW] of the slots that were seen."""
    fitted = _Fitted(boosted=corrector.boosted, line=corrector.line)
    mixed = _mixed(_foreseen(fitted, seen), corrector.band_share)
    return widened(mixed, corrector.band).select(
        _mean(corrector.mean_share).alias("mean"),
        *(pl.col(name).clip(lower_bound=0.0) for name in _BANDS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    boosted: Boosted
    line: Mapping[str, float]


def _fit(table: pl.DataFrame, threads: int, rounds: int) -> _Fitted:
    known = (name for name in table.columns if table[name].is_not_nan().any())
    features = [name for name in known if name not in ADDED]
    boosted = fit(
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
        weight="weight",
        threads=threads,
    )
    return _Fitted(boosted=boosted, line=fit_line(table, "target", "weight"))


def _foreseen(fitted: _Fitted, seen: Examples) -> pl.DataFrame:
    """What the base, the same slots and what was learned each say of some slots [kW]."""
    found = predict(fitted.boosted, seen.table) * seen.scale
    straight = follow_line(fitted.line, seen.table) * seen.scale
    votes = voted(seen.view, seen.base)
    lead = seen.view.wanted - seen.view.grid.end
    return pl.DataFrame(
        {
            "day_ahead": lead // SLOTS_A_DAY,
            "reach": np.where(lead < _SOON, 0, 1 + lead // SLOTS_A_DAY),
            "base": seen.base.mean,
            "correction": TREES * found["mean"].to_numpy() + (1 - TREES) * straight,
            **{f"votes_{name}": votes[at] for at, name in enumerate(_BANDS)},
            **{f"trees_{name}": seen.base.mean + found[name].to_numpy() for name in _BANDS},
        }
    ).with_columns(scale=pl.lit(seen.scale))


def _tried(scenery: Scenery, fitted: _Fitted, days: Iterable[int]) -> pl.DataFrame:
    """What would have been said on some days, beside what came true."""
    parts = []
    for moment, wanted in looks(days, scenery.grid.end):
        seen, table = lesson(scenery, moment, wanted)
        parts.append(_foreseen(fitted, seen).with_columns(table["actual"]))
    return pl.concat(parts).drop_nulls().drop_nans()


def _share(shares: Shares) -> pl.Expr:
    near, far = shares
    return pl.when(pl.col("day_ahead") == 0).then(near).otherwise(far)


def _mean(shares: Shares) -> pl.Expr:
    low, high = (pl.col("base") * (1 + sign * CLAMP) for sign in (-1, 1))
    return (pl.col("base") + _share(shares) * pl.col("correction")).clip(low, high)


def _mixed(table: pl.DataFrame, shares: Shares) -> pl.DataFrame:
    """With the quantiles of trees and same slots in proportion."""
    share = _share(shares)
    return table.with_columns(
        (share * pl.col(f"trees_{name}") + (1 - share) * pl.col(f"votes_{name}"))
        .clip(lower_bound=0.0)
        .alias(name)
        for name in _BANDS
    )


def _squared(tried: pl.DataFrame, share: Shares) -> float:
    """Mean squared error of the expected value [kW²]."""
    error = tried.select(_mean(share) - pl.col("actual")).to_series().to_numpy()
    return float((error**2).mean())


def _pinball(tried: pl.DataFrame, share: Shares) -> float:
    """Mean pinball loss of p10, p50 and p90 [kW]."""
    mixed = _mixed(tried, share)
    losses = []
    for name, level in _BANDS.items():
        over = (mixed["actual"] - mixed[name]).to_numpy()
        losses.append(np.maximum(level * over, (level - 1) * over).mean())
    return float(np.mean(losses))
