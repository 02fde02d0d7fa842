"""What a policy knows at a moment: the past, published prices, and forecasts made from both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Literal

from darkstar_common.config import Config
from darkstar_common.contract import PriceSlot, QuantileSlot
from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.prices import DayPrices
from darkstar_forecaster.core.publication import (
    curve_starts,
    due_days,
    naive_ahead,
    price_slots,
    published,
)
from darkstar_forecaster.core.quantiles import Forecast, Quantity, forecast
from darkstar_lab.errors import PeriodError
from darkstar_lab.truth import Truth

DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How far a policy sees.

    Attributes:
        prices: `published`: until the end of the last day the market has published;
            `forecast`: the rest of the horizon by the forecaster; `true`: the rest comes true.
        powers: Load and PV by the forecaster, or `true` ones.
    """

    prices: Literal["published", "forecast", "true"] = "forecast"
    powers: Literal["forecast", "true"] = "forecast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known at `now`, the start of a slot; element t belongs to the slot t from there."""

    now: datetime
    prices: tuple[PriceSlot, ...]
    load: tuple[QuantileSlot, ...]
    pv: tuple[QuantileSlot, ...]


class Observer:
    """Looks at `truth` from inside its time, and remembers what it has worked out before."""

    def __init__(self, truth: Truth, config: Config) -> None:
        self._truth, self._config = truth, config
        self._horizon = timedelta(hours=config.planner.horizon_hours)
        self._quantiles = cache(self._forecast)
        self._prices = cache(self._priced)

    def known(self, now: datetime, sight: Sight) -> Known:
        """What is known at `now`.

        Raises:
            PeriodError: The past is too short to forecast from.
        """
        prices = self._prices(now)
        if sight.prices == "published":
            prices = tuple(one for one in prices if one.kind == "published")
        if sight.prices == "true":
            prices = self._true_prices(prices)
        if sight.powers == "true":
            load, pv = (self._true_powers(one, now) for one in ("load", "pv"))
        else:
            load, pv = (self._quantiles(one, now) for one in ("load", "pv"))
        return Known(now=now, prices=prices, load=load, pv=pv)

    def _priced(self, now: datetime) -> tuple[PriceSlot, ...]:
        """From now on, published where the market has published, else as forecast."""
        config, zone = self._config, self._config.zone
        due = due_days(now, zone, time.fromisoformat(config.prices.published_at))
        days = {day: day_slots(day, zone) for day in due}
        known = {
            day: DayPrices(day=day, spot_per_kwh=self._spots(starts))
            for day, starts in days.items()
            if self._has(starts)
        }
        spots = published(known, zone)
        starts = curve_starts(spots, now, self._horizon, zone)
        ahead = naive_ahead(known, zone, [one for one in starts if one not in spots])
        found = price_slots(starts, spots, ahead, config.tariff, zone)
        end = now + self._horizon
        return tuple(one for one in found if now <= one.start < end)

    def _has(self, starts: Sequence[datetime]) -> bool:
        first, last = (self._truth.number(one) for one in (starts[0], starts[-1]))
        return first >= 0 and last < self._truth.count

    def _spots(self, starts: Sequence[datetime]) -> tuple[float, ...]:
        return tuple(self._truth.spot_per_kwh[self._truth.number(one)] for one in starts)

    def _true_prices(self, prices: Sequence[PriceSlot]) -> tuple[PriceSlot, ...]:
        first, truth = truth_range(self._truth, prices[0].start, len(prices)), self._truth
        bought = truth.import_price(first, self._config)
        sold = truth.export_price(first, self._config)
        return tuple(
            one.model_copy(
                update={
                    "import_per_kwh": round(bought[t], DECIMALS),
                    "export_per_kwh": round(sold[t], DECIMALS),
                    "spot_per_kwh": round(truth.spot_per_kwh[number], DECIMALS),
                    "kind": "published",
                }
            )
            for t, (number, one) in enumerate(zip(first, prices, strict=False))
        )

    def _true_powers(self, quantity: Quantity, now: datetime) -> tuple[QuantileSlot, ...]:
        slots = truth_range(self._truth, now, self._horizon // SLOT)
        values = self._truth.load_kw if quantity == "load" else self._truth.pv_kw
        return tuple(
            QuantileSlot(
                start=self._truth.at(t), p10_kw=values[t], p50_kw=values[t], p90_kw=values[t]
            )
            for t in slots
        )

    def _forecast(self, quantity: Quantity, now: datetime) -> tuple[QuantileSlot, ...]:
        truth, config = self._truth, self._config
        first = max(0, truth.number(now - timedelta(days=config.forecaster.history_days)))
        values = truth.load_kw if quantity == "load" else truth.pv_kw
        past = {truth.at(t): values[t] for t in range(first, truth.number(now))}
        found = forecast(quantity, past, now, self._horizon, config.zone)
        if not isinstance(found, Forecast):
            raise PeriodError(f"{now.isoformat()}: {found.reason}")
        return found.slots


def truth_range(truth: Truth, start: datetime, count: int) -> range:
    """The slots from `start` on, as many of `count` as there are."""
    first = truth.number(start)
    return range(first, min(first + count, truth.count))
