"""What was forecast, as the recorder keeps it: of each slot what was issued so long before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Literal

import polars as pl

from darkstar_common.contract import Quantity
from darkstar_common.runtime import Context
from darkstar_forecaster.asking import Untold, answer
from darkstar_forecaster.core.baselines import published_until
from darkstar_forecaster.core.scoring import ISSUED, LEADS
from darkstar_forecaster.core.situation import SPOTS, empty

_DAY = timedelta(days=1)
_AT_ONCE = 3 * _DAY
"""Of long spans so much is asked for at a time; a small computer answers it within its second."""
_AGAIN = timedelta(hours=6)
"""What was asked for lately is asked for once more: the recorder may have been behind."""
_BEFORE = 16 * _DAY
"""Prices before the first that is scored: naive forecasts look back up to two weeks."""
_Kept = Literal["forecasts", "prices"]
_QUANTITIES: dict[_Kept, tuple[Quantity, ...]] = {"forecasts": ("load", "pv"), "prices": ("price",)}


class Issued:
    """The forecasts of the past `score_days` by band of lead time; asked for piece by piece."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._span = context.config.forecaster.score_days * _DAY
        self._rows: dict[tuple[Quantity, str], pl.DataFrame] = {}
        self._told_until: dict[tuple[_Kept, str], datetime] = {}
        self.spots = empty(SPOTS)
        """Prices that were published, as SPOTS."""

    def of(self, quantity: Quantity) -> pl.DataFrame:
        """All that is known, as scoring.ISSUED; a slot may be there in each band."""
        found = (self._rows.get((quantity, lead)) for lead in LEADS)
        return pl.concat(
            [pl.DataFrame(schema=dict(ISSUED)), *(one for one in found if one is not None)]
        )

    async def hear(self, now: datetime) -> Untold | None:
        """Ask for all until `now` that is not known yet; why not, where it is not told."""
        for lead in LEADS:
            for what in _QUANTITIES:
                untold = await self._hear(what, lead, now)
                if untold is not None:
                    return untold
        return await self._hear_spots(now)

    async def _hear(self, what: _Kept, lead: str, now: datetime) -> Untold | None:
        since = now - self._span
        start = max(since, self._told_until.get((what, lead), since) - _AGAIN)
        while start < now:
            end = min(start + _AT_ONCE, now)
            told = await answer(self._context, what, start, end, lead_hours=LEADS[lead][0])
            if isinstance(told, Untold):
                return told
            for quantity in _QUANTITIES[what]:
                rows = _issued(told, quantity, self._known_until)
                self._keep((quantity, lead), rows, since)
            self._told_until[what, lead] = start = end
        return None

    def _keep(self, key: tuple[Quantity, str], rows: pl.DataFrame, since: datetime) -> None:
        """Add what is of that band, and forget what is too old."""
        low, high = LEADS[key[1]]
        lead = (pl.col("start") - pl.col("issued_at")).dt.total_seconds() / 3600
        before = self._rows.get(key, pl.DataFrame(schema=dict(ISSUED)))
        self._rows[key] = _newest(
            pl.concat([before, rows.filter((lead >= low) & (lead < high))]), since
        )

    async def _hear_spots(self, now: datetime) -> Untold | None:
        since = now - self._span - _BEFORE
        newest = self.spots["start"].max()
        start = newest - _DAY if isinstance(newest, datetime) else since
        while start < now:
            end = min(start + _AT_ONCE, now)
            told = await answer(self._context, "prices", start, end)
            if isinstance(told, Untold):
                return told
            published = told.filter(pl.col("kind") == "published").select(
                pl.col(name).cast(kind) for name, kind in SPOTS.items()
            )
            self.spots = _newest(pl.concat([self.spots, published]), since)
            start = end
        return None

    def _known_until(self, quantity: Quantity, issued_at: datetime) -> datetime:
        config = self._context.config
        if quantity != "price":
            return issued_at
        at = time.fromisoformat(config.prices.published_at)
        return published_until(issued_at, at, config.zone)


def _newest(rows: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """Each slot once, as it was told last."""
    kept = rows.filter(pl.col("start") >= since)
    return kept.unique("start", keep="last", maintain_order=True)


def _issued(
    told: pl.DataFrame,
    quantity: Quantity,
    known_until: Callable[[Quantity, datetime], datetime],
) -> pl.DataFrame:
    """An answer of the recorder's as ISSUED; of prices only what was no published one."""
    if quantity == "price":
        wanted = told.filter(pl.col("kind") == "forecast")
        names = {"p10": "spot_p10_per_kwh", "p50": "spot_per_kwh", "p90": "spot_p90_per_kwh"}
    else:
        wanted = told.filter(pl.col("quantity") == quantity)
        names = {"mean": "mean_kw", "p10": "p10_kw", "p50": "p50_kw", "p90": "p90_kw"}
    # an earlier recorder does not tell all of them
    present = [pl.col(old).alias(new) for new, old in names.items() if old in wanted.columns]
    ends = {at: known_until(quantity, at) for at in wanted["issued_at"].unique()}
    until = pl.Series("known_until", [ends[at] for at in wanted["issued_at"]], ISSUED["start"])
    found = wanted.select("start", "issued_at", *present).with_columns(until)
    missing = [pl.lit(None).alias(name) for name in ISSUED if name not in found.columns]
    return found.with_columns(missing).select(
        pl.col(name).cast(kind) for name, kind in ISSUED.items()
    )
