"""How much load to count on: what the bias says, and evenings at which the battery ran out."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from darkstar_common.slots import SLOT_HOURS
from darkstar_forecaster.core.reflex.bias import load_bias, ratio
from darkstar_forecaster.core.reflex.observed import Evidence, Look, mean_kw

NOON, EVENING = 12, (16, 20)
"""Local hours: from when load is compared, and between which the battery is looked at."""
LOW_PERCENT = 5.0
"""So near to its minimum a battery is as good as empty [points]."""
UNFORESEEN = 0.1
"""By so much more than was forecast the house used from noon until then [share]."""
LEAST_HOURS = 2.0
"""Of these so much must be known [h]."""
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
    """The local days on whose evening the battery was empty, since more was used than forecast.

    Emptiness alone proves nothing: a plan may have sold what was in it. Nor do plans tell,
    for each is made anew from the charge that there is.
    """
    battery = look.config.battery
    if battery is None:
        return []
    seen = _afternoons(look, days).join(look.load, on="start", how="left")
    floor = battery.min_soc_percent + LOW_PERCENT
    low = seen.filter((pl.col("hour") >= EVENING[0]) & (pl.col("soc_end") < floor))
    first = low.group_by("day").agg(pl.col("start").min().alias("low_at"))
    return (
        seen.join(first, on="day")
        .filter(pl.col("start") <= pl.col("low_at"))
        .drop_nulls(["base_kwh", "expected_kw"])
        .group_by("day")
        .agg(
            mean_kw("base_kwh").sum().alias("used"),
            pl.col("expected_kw").sum().alias("forecast"),
            (pl.len() * SLOT_HOURS).alias("hours"),
        )
        .filter(
            (pl.col("hours") >= LEAST_HOURS)
            & (pl.col("used") > (1 + UNFORESEEN) * pl.col("forecast"))
        )["day"]
        .sort()
        .to_list()
    )


def _afternoons(look: Look, days: int) -> pl.DataFrame:
    """From noon to the end of the evening, local time."""
    local = pl.col("start").dt.convert_time_zone(look.config.timezone)
    return (
        look.since(days)
        .with_columns(local.dt.date().alias("day"), local.dt.hour().alias("hour"))
        .filter((pl.col("hour") >= NOON) & (pl.col("hour") < EVENING[1]))
    )


def _more(look: Look, low: list[date]) -> Evidence:
    rule, current = look.rules["load_factor"], look.current("load_factor")
    return Evidence(
        parameter="load_factor",
        wanted=current + rule.step,
        samples=len(low),
        sentence=f"on {len(low)} evenings in {DAYS} days the battery was empty, since more was "
        f"used than forecast; last on {low[-1]:%d %b}",
        figures={"low_evenings": float(len(low))},
    )


def _back(look: Look) -> Evidence | None:
    """Towards 1, after a long time in which nothing happened that speaks against it."""
    current, changed = look.current("load_factor"), look.learnings.changed_at("load_factor")
    quiet = timedelta(days=QUIET_DAYS)
    if abs(current - 1) < RETURN / 2 or (changed is not None and look.now - changed < quiet):
        return None
    seen = _afternoons(look, QUIET_DAYS).drop_nulls("soc_end")["day"].n_unique()
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
        sentence=f"for {QUIET_DAYS} days no evening came at which too little load was counted on",
        figures={"evenings": float(seen)},
    )
