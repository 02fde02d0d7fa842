"""A method whose forecasts depend on all that it is told, so that nothing slips in unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.situation import (
    AHEAD,
    ISSUES,
    PAST,
    SPOTS,
    TIME,
    Archive,
    Situation,
    empty,
)


@dataclass
class Nosy:
    """Forecasts the sum of everything, of now and of when it was trained."""

    quantity: Quantity = "load"
    needs: int = 1
    """Slots without which it trains and forecasts nothing."""
    trained: list[datetime] = field(default_factory=list)
    told: list[Situation] = field(default_factory=list)

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        del config
        if known.past.height < self.needs:
            return Untrainable(reason="too little is known")
        self.trained.append(known.now)
        return Trained(
            quantity=self.quantity, features=(), files={"sum": str(everything(known)).encode()},
            from_slot=known.now, to_slot=known.now,
        )  # fmt: skip

    def forecast(
        self, known: Situation, config: Config, trained: Trained | None, starts: Sequence[datetime]
    ) -> Ahead | Unknown:
        del config
        self.told.append(known)
        if known.past.height < self.needs:
            return Unknown(reason="nothing is known", guidance="wait")
        learned = float(trained.files["sum"]) if trained else 0.0
        middle = everything(known) + learned
        return Ahead(
            slots=pl.DataFrame(
                [(one, middle, middle - 1, middle, middle + 1) for one in starts],
                schema=dict(AHEAD), orient="row",
            ),
            level="infant", maker="" if trained else "sum-1",
        )  # fmt: skip


def everything(known: Situation) -> float:
    """The sum of all numbers and the count of all rows in a situation."""
    total = 0.0
    for table in (known.past, known.weather, known.spots, known.issues):
        numbers = [one for one in table.iter_columns() if one.dtype.is_numeric()]
        total += table.height + sum(float(one.sum()) for one in numbers)
    return total


def an_archive(first: datetime, days: int) -> Archive:
    """Load and PV of so many days, prices from 13:00 of the day before, weather twice a day."""
    starts = slots(first, days * 96)
    number = pl.int_range(len(starts), eager=True)
    base = pl.DataFrame({"start": pl.Series(starts, dtype=TIME), "number": number})
    value = (pl.col("number") % 96 / 96 + pl.col("number") // 96 % 5 / 10).alias
    weather = pl.concat(
        [
            base.select(
                "start",
                temperature_c=pl.col("number") / 100.0 + lead,
                issued_at=(pl.col("start") - timedelta(hours=lead)).dt.truncate("12h"),
            )
            for lead in (6, 30)
        ]
    )
    return Archive(
        past=pl.concat(
            [empty(PAST), base.select("start", value("load_kw"), value("pv_kw"), fit=True)],
            how="diagonal",
        ),
        weather=pl.concat([empty(ISSUES), weather], how="diagonal").select(list(ISSUES)),
        spots=base.select(
            "start", value("spot_per_kwh"),
            published_at=pl.col("start").dt.truncate("1d") - timedelta(hours=12),
        ).select(*SPOTS, "published_at"),
    )  # fmt: skip


def poisoned(archive: Archive, since: datetime) -> Archive:
    """The same with nonsense wherever it became known later than `since`, and rows on top."""
    past_later = pl.col("start") + SLOT > since
    powers = ("load_kw", "pv_kw")
    return Archive(
        past=archive.past.with_columns(
            pl.when(past_later).then(1e6).otherwise(pl.col(one)).alias(one) for one in powers
        ),
        weather=archive.weather.with_columns(
            temperature_c=pl.when(pl.col("issued_at") > since).then(-1e6).otherwise("temperature_c")
        ),
        spots=archive.spots.with_columns(
            spot_per_kwh=pl.when(pl.col("published_at") > since).then(7e6).otherwise("spot_per_kwh")
        ),
    )
