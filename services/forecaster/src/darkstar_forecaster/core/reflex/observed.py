"""What the house did beside what was forecast, as the recorder tells it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Learned
from darkstar_common.slots import SLOT_HOURS
from darkstar_forecaster.core.reflex.bounds import Rule, rules
from darkstar_forecaster.core.reflex.learnings import Learnings
from darkstar_forecaster.core.situation import TIME, Schema

HOUSE: Schema = {
    "start": TIME,
    "base_kwh": pl.Float64,
    "pv_kwh": pl.Float64,
    "import_kwh": pl.Float64,
    "export_kwh": pl.Float64,
    "charge_kwh": pl.Float64,
    "discharge_kwh": pl.Float64,
    "soc_start": pl.Float64,
    "soc_end": pl.Float64,
    "import_per_kwh": pl.Float64,
    "export_per_kwh": pl.Float64,
    "away": pl.Boolean,
}
"""Closed slots. `base_kwh` is the load without water heater and vehicles; energies that are
guessed are null, and days that are not to be learned from are left out."""
FORECASTS: Schema = {"start": TIME, "issued_at": TIME, "expected_kw": pl.Float64}
"""Mean power of coming slots, as issued a day ahead."""
GUESSED = frozenset({"gap", "partial", "lump", "spike", "hourly"})
"""Flags of energies that say little about what flowed in that slot."""
_ENERGIES = (
    "load_kwh", "pv_kwh", "import_kwh", "export_kwh", "charge_kwh", "discharge_kwh",
    "water_kwh", "ev_kwh",
)  # fmt: skip
_BATTERY = ("charge_kwh", "discharge_kwh", "soc_percent_start", "soc_percent_end")
_PLAIN = (
    "soc_percent_start", "soc_percent_end", "import_per_kwh", "export_per_kwh",
)  # fmt: skip
SLOTS = ("start", *_ENERGIES, *_PLAIN, "flags", "label", "vacation", "alarm_armed")
ISSUED = ("start", "quantity", "p10_kw", "p50_kw", "p90_kw", "mean_kw", "issued_at")
"""What is asked of the recorder's slots and forecasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All that evidence is drawn from, at `now`.

    Attributes:
        house: as HOUSE, oldest first.
        pv: forecasts of PV, as FORECASTS.
        load: forecasts of the base load, as FORECASTS.
    """

    now: datetime
    config: Config
    learnings: Learnings
    house: pl.DataFrame
    pv: pl.DataFrame
    load: pl.DataFrame

    @property
    def rules(self) -> dict[Learned, Rule]:
        """How each figure of this house may change."""
        return rules(self.config)

    def current(self, parameter: Learned) -> float:
        """What is in force of `parameter`."""
        return self.learnings.in_force(self.config)[parameter]

    def since(self, days: int) -> pl.DataFrame:
        """The last `days` of the house."""
        return self.house.filter(pl.col("start") >= self.now - timedelta(days=days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """That a figure should be another.

    Attributes:
        wanted: What it should be, as far as is known; a step goes towards it.
        samples: Observations that this rests on.
        sentence: For people.
        figures: Behind the sentence, by name.
    """

    parameter: Learned
    wanted: float
    samples: int
    sentence: str
    figures: Mapping[str, float]


def house(
    rows: pl.DataFrame, config: Config, *, not_to_learn: Collection[date] = ()
) -> pl.DataFrame:
    """The recorder's `slots` as HOUSE, without the local days that people want left out.

    A heater or wallbox that is metered at all must be known in a slot, or its base load is
    not; one that never is belongs to the base load, in the forecasts as well.
    """
    if rows.is_empty():
        return pl.DataFrame(schema=dict(HOUSE))
    known = _surely(rows)
    base = pl.col("load_kwh")
    for name, there in (("water_kwh", config.water_heater), ("ev_kwh", config.evs)):
        metered = bool(there) and known[name].is_not_null().any()
        base = base - (pl.col(name) if metered else pl.col(name).fill_null(0.0))
    local_day = pl.col("start").dt.convert_time_zone(config.timezone).dt.date()
    away = pl.col("vacation").fill_null(value=False) | pl.col("alarm_armed").fill_null(value=False)
    return (
        known.filter(
            pl.col("label").fill_null("clean") != "exclude", ~local_day.is_in(list(not_to_learn))
        )
        .with_columns(
            base.clip(lower_bound=0.0).alias("base_kwh"),
            away.alias("away"),
            pl.col("soc_percent_start").alias("soc_start"),
            pl.col("soc_percent_end").alias("soc_end"),
        )
        .select([pl.col(name).cast(kind) for name, kind in HOUSE.items()])
        .unique("start", keep="last")
        .sort("start")
    )


def _surely(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with all columns there, and nothing in them that is guessed."""
    absent = [
        pl.lit(None, dtype=pl.Float64).alias(name)
        for name in (*_ENERGIES, *_PLAIN)
        if name not in rows.columns
    ]
    absent += [
        pl.lit(None, dtype=pl.Boolean).alias(name)
        for name in ("vacation", "alarm_armed")
        if name not in rows.columns
    ]
    if "label" not in rows.columns:
        absent.append(pl.lit(None, dtype=pl.String).alias("label"))
    whole = rows.with_columns(absent)
    flags = rows["flags"].to_list() if "flags" in rows.columns else [None] * rows.height
    guessed = [_guessed(one) for one in flags]
    sure = [
        pl.when(pl.Series([name in one for one in guessed], dtype=pl.Boolean))
        .then(None)
        .otherwise(pl.col(name))
        .alias(name)
        for name in _ENERGIES
    ]
    masked = pl.col("label").fill_null("clean") == "mask_battery"
    return whole.with_columns(sure).with_columns(
        [pl.when(masked).then(None).otherwise(pl.col(name)).alias(name) for name in _BATTERY]
    )


def _guessed(flags: Any) -> frozenset[str]:
    """The energies whose flags say that they are guessed."""
    return frozenset(
        f"{one['name']}_kwh" for one in flags or () if GUESSED.intersection(one["values"] or ())
    )


def forecasts(rows: pl.DataFrame, quantity: str) -> pl.DataFrame:
    """The recorder's `forecasts` of one quantity as FORECASTS.

    Those of before there was a mean have one by Swanson's rule.
    """
    if rows.is_empty():
        return pl.DataFrame(schema=dict(FORECASTS))
    swanson = 0.3 * pl.col("p10_kw") + 0.4 * pl.col("p50_kw") + 0.3 * pl.col("p90_kw")
    mean = pl.coalesce("mean_kw", swanson) if "mean_kw" in rows.columns else swanson
    return (
        rows.filter(pl.col("quantity") == quantity)
        .with_columns(mean.alias("expected_kw"))
        .select([pl.col(name).cast(kind) for name, kind in FORECASTS.items()])
        .drop_nulls()
        .sort("start")
    )


def mean_kw(energy: str) -> pl.Expr:
    """Mean power of a slot with that energy [kW]."""
    return pl.col(energy) / SLOT_HOURS
