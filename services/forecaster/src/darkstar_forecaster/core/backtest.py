"""Forecasts of the past as they would have been made then, and what came of them.

A method is trained and asked again and again, and each time it is told only what was known:
the situation of the archive at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT, slots_between
from darkstar_forecaster.core.baselines import BASELINES, known_until, truth
from darkstar_forecaster.core.method import Ahead, Method, Trained, Unknown
from darkstar_forecaster.core.scoring import ISSUED, judged
from darkstar_forecaster.core.situation import Archive, Situation

_FIGURES = ("mean", "p10", "p50", "p90", "actual", *BASELINES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """When forecasts are made, and how far ahead.

    Attributes:
        origins: issue times, oldest first.
        horizon: from each issue time on.
        retrain: a model is trained anew once it is as old.
    """

    origins: tuple[datetime, ...]
    horizon: timedelta
    retrain: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One issue of a backtest.

    Attributes:
        at: issue time.
        answer: what the method said.
        issued: its slots as scoring.ISSUED; empty where it knew nothing.
        training: what training said when it was due and nothing came of it.
    """

    at: datetime
    answer: Ahead | Unknown
    issued: pl.DataFrame
    training: str = ""


def rolling(method: Method, archive: Archive, config: Config, course: Course) -> Iterator[Step]:
    """Each issue in turn, so that whoever waits sees it go on."""
    trained: Trained | None = None
    due: datetime | None = None
    for origin in course.origins:
        known, said = archive.at(origin), ""
        if due is None or origin >= due:
            outcome = method.train(known, config)
            if isinstance(outcome, Trained):
                trained, due = outcome, origin + course.retrain
            else:
                said = outcome.reason
        starts = ahead(known, method.quantity, course.horizon)
        answer = method.forecast(known, config, trained, starts)
        yield Step(
            at=origin, answer=answer, issued=_issued(known, method.quantity, answer), training=said
        )


def ahead(known: Situation, quantity: Quantity, horizon: timedelta) -> tuple[datetime, ...]:
    """The slots to be forecast: those that are not known and begin within the horizon."""
    begin = known_until(known, quantity) if quantity == "price" else known.now
    return tuple(one for one in slots_between(begin, known.now + horizon) if one > known.now - SLOT)


def rows(
    steps: list[Step], archive: Archive, quantity: Quantity, zone: ZoneInfo, grain: timedelta
) -> pl.DataFrame:
    """What was forecast beside what came and the naive forecasts.

    Args:
        steps: of one method.
        archive: of which now all is known.
        quantity: what was forecast.
        zone: local time.
        grain: how long a row is; where meters tell only hours, their quarters are no truth.

    Returns:
        As scoring.judged.
    """
    issued = pl.concat([pl.DataFrame(schema=dict(ISSUED)), *(one.issued for one in steps)])
    values = truth(archive.past, archive.spots, quantity)
    return coarser(judged(issued, values, zone), grain)


def coarser(judged_rows: pl.DataFrame, grain: timedelta) -> pl.DataFrame:
    """Means over `grain`; a mean of which a part is unknown is unknown."""
    if grain <= SLOT:
        return judged_rows
    whole = [
        pl.when(pl.col(name).null_count() == 0).then(pl.col(name).mean()).alias(name)
        for name in _FIGURES
    ]
    return (
        judged_rows.group_by("issued_at", pl.col("start").dt.truncate(grain), maintain_order=True)
        .agg(pl.col("known_until", "season").first(), pl.col("lead_hours").min(), *whole)
        .select(judged_rows.columns)
    )


def _issued(known: Situation, quantity: Quantity, answer: Ahead | Unknown) -> pl.DataFrame:
    if isinstance(answer, Unknown):
        return pl.DataFrame(schema=dict(ISSUED))
    told = answer.slots.with_columns(
        issued_at=pl.lit(known.now), known_until=pl.lit(known_until(known, quantity))
    )
    return told.select(pl.col(name).cast(kind) for name, kind in ISSUED.items())
