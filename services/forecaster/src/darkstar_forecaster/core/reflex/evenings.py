"""How much load to count on: what the bias says, and evenings at which the battery ran out."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from darkstar_forecaster.core.reflex.bias import load_bias, ratio
from darkstar_forecaster.core.reflex.observed import Evidence, Look

EVENING = (16, 20)
"""Local hours, from and to."""
LOW_PERCENT = 5.0
"""So near to its minimum a battery is as good as empty [points]."""
UNPLANNED_PERCENT = 5.0
"""So far below the plan it is empty against it [points]."""
DAYS, QUIET_DAYS = 30, 60
EVENINGS = 3
"""So many low evenings call for more."""
RETURN = 0.01
"""Step back towards 1."""


def load_factor(look: Look) -> Evidence | None:
    """What load forecasts should be multiplied with, where it should be something else."""
    low = low_evenings(look, DAYS)
    changed = look.learnings.changed_at("load_factor")
    # an evening from before the last change has had its answer
    unanswered = [one for one in low if changed is None or one > changed.date()]
    if len(unanswered) >= EVENINGS:
        return _more(look, unanswered)
    biased = load_bias(look)
    if biased is not None:
        lower = biased.wanted < look.current("load_factor")
        return None if lower and low else biased
    return _back(look)


def low_evenings(look: Look, days: int) -> list[date]:
    """The local days on whose evening the battery was empty although the plan had more in it."""
    battery = look.config.battery
    if battery is None:
        return []
    floor = battery.min_soc_percent + LOW_PERCENT
    evening = _evenings(look, days).join(look.planned, on="start")
    low = evening.filter(
        (pl.col("soc_end") < floor)
        & (pl.col("soc_percent") >= pl.col("soc_end") + UNPLANNED_PERCENT)
    )
    return sorted(low["day"].unique().to_list())


def _evenings(look: Look, days: int) -> pl.DataFrame:
    local = pl.col("start").dt.convert_time_zone(look.config.timezone)
    first, end = EVENING
    return (
        look.since(days)
        .select("start", "soc_end", local.dt.date().alias("day"), local.dt.hour().alias("hour"))
        .filter((pl.col("hour") >= first) & (pl.col("hour") < end))
    )


def _more(look: Look, low: list[date]) -> Evidence:
    rule, current = look.rules["load_factor"], look.current("load_factor")
    return Evidence(
        parameter="load_factor",
        wanted=current + rule.step,
        samples=len(low),
        sentence=f"on {len(low)} evenings in {DAYS} days the battery was empty although the plan "
        f"had more in it, last on {low[-1]:%d %b}",
        figures={"low_evenings": float(len(low))},
    )


def _back(look: Look) -> Evidence | None:
    """Towards 1, after a long time in which nothing happened that speaks against it."""
    current, changed = look.current("load_factor"), look.learnings.changed_at("load_factor")
    quiet = timedelta(days=QUIET_DAYS)
    if abs(current - 1) < RETURN / 2 or (changed is not None and look.now - changed < quiet):
        return None
    seen = _evenings(look, QUIET_DAYS).drop_nulls("soc_end")["day"].n_unique()
    if look.config.battery is not None and (
        seen < QUIET_DAYS / 2 or low_evenings(look, QUIET_DAYS)
    ):
        return None
    wanted = max(1.0, current - RETURN) if current > 1 else min(1.0, current + RETURN)
    measured = ratio(look, "load_factor")
    if measured is not None and abs(measured.value - wanted) > abs(measured.value - current):
        return None
    return Evidence(
        parameter="load_factor",
        wanted=wanted,
        samples=seen,
        sentence=f"for {QUIET_DAYS} days the battery was not empty against the plan",
        figures={"evenings": float(seen)},
    )
