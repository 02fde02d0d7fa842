"""PV ahead from the same slots of the past days, where nobody knows where the house stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

SLOTS_A_DAY: Final = 96
_DAYS = timedelta(days=14)
_NEIGHBOURS = (-1, 0, 1)
"""Each slot also votes for its neighbours."""
_FEWEST = 88
"""A day with fewer slots of the day seen is not known yet."""


def same_slot(past: pl.DataFrame, starts: pl.Series) -> pl.DataFrame | None:
    """Columns mean, p10, p50 and p90 [kW]; None where too little of the day was ever seen.

    Args:
        past: Columns start and pv_kw; by UTC, since the sun keeps no summer time.
        starts: Of the slots ahead.
    """
    known = past.drop_nulls("pv_kw")
    if known.is_empty() or _slot(known["start"]).n_unique() < _FEWEST:
        return None
    late = known.filter(pl.col("start") > pl.col("start").max() - _DAYS)
    dark = late.group_by(slot=_slot(late["start"])).agg(dark=pl.col("pv_kw").max() <= 0)
    votes = pl.concat(
        late.select("pv_kw", slot=(_slot(late["start"]) + step) % SLOTS_A_DAY)
        for step in _NEIGHBOURS
    )
    found = votes.group_by("slot").agg(
        mean=pl.col("pv_kw").mean(),
        **{
            name: pl.col("pv_kw").quantile(share, interpolation="linear")
            for name, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))
        },
    )
    night = pl.col("dark").fill_null(value=False)
    names = ("mean", "p10", "p50", "p90")
    return (
        pl.DataFrame({"slot": _slot(starts)})
        .join(found, on="slot", how="left", maintain_order="left")
        .join(dark, on="slot", how="left", maintain_order="left")
        .select(
            pl.when(night).then(0.0).otherwise(pl.col(one)).fill_null(0.0).alias(one)
            for one in names
        )
    )


def _slot(starts: pl.Series) -> pl.Series:
    """Slot of the UTC day, 0 to 95."""
    return (starts.dt.hour().cast(pl.Int32) * 4 + starts.dt.minute().cast(pl.Int32) // 15).alias(
        "slot"
    )
