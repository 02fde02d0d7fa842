"""Which slots of the past show what the sun gives, and which show something else.

Production that was held back, panels under snow and meters that stand still teach nothing
of the panels.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from darkstar_common.config import Config
from darkstar_forecaster.core.pv.sky import Floats

Flags = npt.NDArray[np.bool_]

_NO_FLOW = 0.05
"""Below this nothing flows [kW]."""
_FULL = 1.5
"""A battery is full so near to its highest state of charge [%]."""
_WELL_BELOW = 0.8
"""Production below this share of the expected may have been held back."""
_AT_LIMIT = 0.97
"""Export from this share of the limit on stands at it."""
_STANDS_STILL = 12
"""So many slots in a row with the same power are a meter that stands still."""
DARK_DAY: Final = 0.12
"""A day below this share of the expected is one of snow, or of panels switched off."""
_BRIGHT_HOURS = 1.0
"""A day tells so only when so many hours at full power were due [h]."""


def teachable(past: pl.DataFrame, expected: Floats, peak_kw: float, config: Config) -> Flags:
    """Which slots show what the sun gives.

    Args:
        past: As PAST, sorted, and column `spot_per_kwh` and `day`, the solar day.
        expected: What the panels should have given [kW]; NaN is unknown.
        peak_kw: What they give at most [kW].
        config: Of the house.
    """
    known = past.select(
        (pl.col("fit").fill_null(value=True) & pl.col("pv_kw").is_not_null()).alias("known")
    )["known"].to_numpy()
    return (
        known
        & ~curtailed(past, expected, config)
        & ~frozen(past, peak_kw)
        & ~np.isin(past["day"].to_numpy(), dark_days(past, expected, peak_kw))
    )


def curtailed(past: pl.DataFrame, expected: Floats, config: Config) -> Flags:
    """Where production was held back: nothing could or should leave the house.

    Either nothing flowed to or from the grid while the battery was full or export had to be
    paid for, or export stood at its limit; and less was produced than the sky had.
    """
    export, drawn, discharge, soc, spot, given = (
        past[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for name in (
            "export_kw",
            "import_kw",
            "discharge_kw",
            "soc_percent",
            "spot_per_kwh",
            "pv_kw",
        )
    )
    top = config.battery.max_soc_percent if config.battery else None
    with np.errstate(invalid="ignore"):
        closed = (export < _NO_FLOW) & ~(drawn > _NO_FLOW) & ~(discharge > _NO_FLOW)
        full = soc >= top - _FULL if top is not None else np.ones_like(closed)
        paid_for = spot + config.tariff.export_compensation_per_kwh < 0
        at_limit = export >= _AT_LIMIT * config.grid.max_export_kw
        less = ~(given >= _WELL_BELOW * expected)
        producing = given > 0
        return np.asarray(producing & less & ((closed & (full | paid_for)) | at_limit))


def frozen(past: pl.DataFrame, peak_kw: float) -> Flags:
    """Where the power stayed the same for hours although the sun moves."""
    runs = past.select(
        run=pl.col("pv_kw").ne_missing(pl.col("pv_kw").shift()).cum_sum(), kw="pv_kw"
    )
    long = runs.with_columns(length=pl.len().over("run"))
    still = (pl.col("length") >= _STANDS_STILL) & (pl.col("kw") > 0.02 * peak_kw)
    return long.select(still.fill_null(value=False).alias("still"))["still"].to_numpy()


def dark_days(past: pl.DataFrame, expected: Floats, peak_kw: float) -> npt.NDArray[np.float64]:
    """Days on which the panels gave next to nothing of what was due."""
    days = (
        past.select("day", "pv_kw", expected=pl.Series(expected).fill_nan(None))
        .drop_nulls()
        .group_by("day")
        .agg(pl.col("pv_kw").sum(), pl.col("expected").sum())
        .filter(
            (pl.col("expected") / 4 > _BRIGHT_HOURS * peak_kw)
            & (pl.col("pv_kw") < DARK_DAY * pl.col("expected"))
        )
    )
    return days["day"].cast(pl.Float64).to_numpy()
