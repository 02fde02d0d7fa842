"""Bands that hold what they promise: p10 to p90 moved by what they missed on held-out days.

Conformalised quantile regression, each side for itself: Romano, Patterson, Candès,
"Conformalized Quantile Regression", NeurIPS 2019, section 4 and theorem 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl
from pydantic import BaseModel, ConfigDict

TAIL = 0.1
"""Share of the truth that may lie beyond each side."""
FEWEST = 30
"""Held-out slots from which a group has its own figures; smaller ones share the common."""


class Widening(BaseModel):
    """How far each side of a band is moved outwards; negative: inwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str | None = None
    """Column of whole numbers that parts the slots, such as the day ahead; None: all alike."""
    scale: str | None = None
    """Column that the moves are multiples of, such as the level; None: they are absolute."""
    rest: tuple[float, float] = (0.0, 0.0)
    """Moves of p10 downwards and p90 upwards, of slots whose group was not seen."""
    groups: Mapping[int, tuple[float, float]] = {}
    """Those of each group."""


def widening(
    held_out: pl.DataFrame, actual: str, *, by: str | None = None, scale: str | None = None
) -> Widening:
    """What must be done to the bands so that four fifths of the truth lies within.

    Args:
        held_out: Columns p10, p90, `actual`, `by` and `scale`: forecasts of slots that the
            model has not learned from. Rows without an actual value are left out.
        actual: Column of what came true.
        by: See Widening.
        scale: See Widening; must be above zero.
    """
    share = pl.col(scale) if scale else pl.lit(1.0)
    rows = held_out.filter(pl.col(actual).is_not_null() & pl.col(actual).is_not_nan()).select(
        group=pl.col(by) if by else pl.lit(0),
        low=(pl.col("p10") - pl.col(actual)) / share,
        high=(pl.col(actual) - pl.col("p90")) / share,
    )
    parts = rows.partition_by("group", as_dict=True) if by else {}
    return Widening(
        by=by,
        scale=scale,
        rest=_moves(rows) if rows.height else (0.0, 0.0),
        groups={int(key[0]): _moves(one) for key, one in parts.items() if one.height >= FEWEST},
    )


def widened(table: pl.DataFrame, how: Widening) -> pl.DataFrame:
    """`table` with p10 and p90 moved; never past p50."""
    low, high = (
        pl.col(how.by).replace_strict(
            {group: moves[side] for group, moves in how.groups.items()},
            default=how.rest[side],
            return_dtype=pl.Float64,
        )
        if how.by and how.groups
        else pl.lit(how.rest[side])
        for side in (0, 1)
    )
    share = pl.col(how.scale) if how.scale else pl.lit(1.0)
    return table.with_columns(
        p10=pl.min_horizontal(pl.col("p10") - low * share, "p50"),
        p90=pl.max_horizontal(pl.col("p90") + high * share, "p50"),
    )


def _moves(rows: pl.DataFrame) -> tuple[float, float]:
    """Both sides; of few slots the next worse one counts, since their quantile is uncertain."""
    return _reached(rows["low"]), _reached(rows["high"])


def _reached(scores: pl.Series) -> float:
    ranked = scores.sort()
    rank = math.ceil((1 - TAIL) * (len(ranked) + 1))
    return float(ranked[min(rank, len(ranked)) - 1])
