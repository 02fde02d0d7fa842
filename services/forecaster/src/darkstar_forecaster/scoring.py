"""Scores forecasts once their slots have closed, by what the recorder kept of both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from math import nan

import polars as pl

from darkstar_common.contract import ForecastScore, Quantity
from darkstar_common.runtime import Context
from darkstar_common.slots import slot_start
from darkstar_forecaster import metrics
from darkstar_forecaster.asking import Untold
from darkstar_forecaster.core.baselines import truth
from darkstar_forecaster.core.scoring import ALL, judged, last_day, scores
from darkstar_forecaster.issued import Issued

_HOUR = timedelta(hours=1)
_AFTER_THE_HOUR = timedelta(minutes=10)
"""By then the recorder has closed the slots of the hour before."""
_BREATH = timedelta(minutes=1)
"""From one scoring to the next at least [real time]."""
_PATIENCE = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
_QUANTITIES: tuple[Quantity, ...] = ("load", "pv", "price")


class Scoring:
    """Every hour: the forecasts of the past `score_days` as they were issued, against what came."""

    def __init__(
        self,
        context: Context,
        past: Callable[[], pl.DataFrame],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        """`past` tells what came, as situation.PAST; `changed` is called when scores changed."""
        self._context, self._past, self._changed = context, past, changed
        self._issued = Issued(context)
        self._waited = 0
        self.scores: tuple[ForecastScore, ...] = ()

    async def run(self) -> None:
        """Score until cancelled; while the recorder is silent, with growing patience."""
        clock = self._context.clock
        while True:
            untold = await self.refresh()
            if untold is None:
                self._waited = 0
                hour = clock.now().replace(minute=0, second=0, microsecond=0)
                due = hour + _AFTER_THE_HOUR
                due = due if due > clock.now() else due + _HOUR
                # where hours pass in seconds, the recorder has others to answer, too
                await clock.sleep_until(max(due, clock.now() + _BREATH * clock.speed))
            else:
                self._context.log.info("scoring_waited", reason=untold.reason)
                pause = _PATIENCE[min(self._waited, len(_PATIENCE) - 1)]
                self._waited += 1
                await clock.sleep(pause)

    async def refresh(self) -> Untold | None:
        """Score what has closed; why not, where something needed for it is not told."""
        now = slot_start(self._context.clock.now())
        untold = await self._issued.hear(now)
        if untold is None and self._past().is_empty():
            untold = Untold(reason="nothing is known of what the house did")
        if untold is not None:
            return untold
        found: list[ForecastScore] = []
        for quantity in _QUANTITIES:
            found.extend(self._scored(quantity, now))
            await asyncio.sleep(0)
        if tuple(found) != self.scores:
            self.scores = tuple(found)
            _measure(self.scores)
            self._context.log.info("forecasts_scored", scores=len(self.scores))
            await self._changed()
        return None

    def _scored(self, quantity: Quantity, now: datetime) -> tuple[ForecastScore, ...]:
        values = truth(self._past(), self._issued.spots, quantity)
        rows = judged(self._issued.of(quantity), values, self._context.config.zone)
        if quantity != "price":
            _measure_day(quantity, rows, now)
        return scores(quantity, rows)


def _measure_day(quantity: Quantity, rows: pl.DataFrame, until: datetime) -> None:
    """How far off the last day was, in Prometheus."""
    found = last_day(rows, until)
    best = found.best if found else None
    metrics.DAY_ERROR.labels(quantity).set(found.mae if found else nan)
    metrics.DAY_BASELINE.labels(quantity).set(best.mae if best else nan)


def _measure(found: tuple[ForecastScore, ...]) -> None:
    """The same in Prometheus, of all seasons together."""
    for gauge in metrics.SCORES:
        gauge.clear()
    for one in found:
        if one.season != ALL:
            continue
        of_price = one.quantity == "price"
        labels = (one.lead,) if of_price else (one.quantity, one.lead)
        errors = metrics.PRICE_ERRORS if of_price else metrics.POWER_ERRORS
        for gauge, value in zip(errors, (one.mae, one.bias, one.pinball), strict=True):
            gauge.labels(*labels).set(value)
        if one.coverage is not None:
            metrics.COVERAGE.labels(one.quantity, one.lead).set(one.coverage)
        if one.skill is not None:
            metrics.SKILL.labels(one.quantity, one.lead).set(one.skill)
        if one.baseline_mae is not None and not of_price:
            metrics.BASELINE.labels(one.quantity, one.lead).set(one.baseline_mae)
