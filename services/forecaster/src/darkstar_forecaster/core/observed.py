"""What the house did, as the recorder tells it, and as forecasts need it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.contract import SlotObservation
from darkstar_common.slots import SLOT_HOURS
from darkstar_forecaster.core.situation import PAST, TIME, Schema

ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
_KEPT_POWERS = ("pv", "import", "export", "charge", "discharge")
_UNFIT = ("gap", "partial", "lump")
"""Energies with these flags say little about when they flowed."""
_EXCLUDE = "exclude"
"""The label of a day that nothing is to be learned from."""
_FLAGS = pl.List(pl.Struct({"name": pl.String, "values": pl.List(pl.String)}))
OBSERVED: Schema = {
    "start": TIME,
    **{f"{name}_kwh": pl.Float64 for name in ENERGIES},
    "soc_percent_end": pl.Float64,
    "vacation": pl.Boolean,
    "alarm_armed": pl.Boolean,
    "exclude": pl.Boolean,
}
"""Energies [kWh] whose time is known, and whether the day is labelled so that it is left out."""
_TOLD: Schema = {
    **{name: kind for name, kind in OBSERVED.items() if name != "exclude"},
    "flags": _FLAGS,
    "label": pl.String,
}


def observed(told: pl.DataFrame | Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """As OBSERVED, from what the recorder told: columns of its slots, or rows of `row_of`.

    What is not told is unknown. Energies whose flags say that nobody knows when in the
    slot, or whether in it at all, they flowed, are unknown as well.
    """
    if not isinstance(told, pl.DataFrame):
        told = pl.DataFrame(list(told), schema=dict(_TOLD), orient="row")
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in _TOLD.items()
               if name not in told.columns]  # fmt: skip
    whole = told.with_columns(missing).select(
        pl.col(name).cast(kind) if name != "flags" else pl.col(name) for name, kind in _TOLD.items()
    )
    unfit = _unfit(whole)
    return whole.with_columns(
        pl.when(~pl.col("start").is_in(unfit.get(name, [])))
        .then(pl.col(f"{name}_kwh"))
        .alias(f"{name}_kwh")
        for name in ENERGIES
    ).select(
        *(name for name in OBSERVED if name != "exclude"),
        exclude=(pl.col("label") == _EXCLUDE).fill_null(value=False),
    )


def _unfit(told: pl.DataFrame) -> dict[str, list[Any]]:
    """Starts of the slots in which an energy is not to be used, by its name."""
    flagged = (
        told.select("start", "flags")
        .explode("flags")
        .drop_nulls()
        .unnest("flags")
        .explode("values")
        .filter(pl.col("values").is_in(_UNFIT))
    )
    by_name = flagged.group_by("name").agg(pl.col("start"))
    return {str(name): list(starts) for name, starts in by_name.iter_rows()}


def row_of(slot: SlotObservation) -> dict[str, Any]:
    """An observed slot as a row that `observed` takes."""
    flags = [{"name": name, "values": list(values)} for name, values in slot.flags.items()]
    if not flags:  # told without: then all of its energies have them
        flags = [{"name": name, "values": list(slot.quality)} for name in ENERGIES]
    row = {name: getattr(slot, name) for name in _TOLD if name not in {"flags", "label"}}
    return {**row, "flags": flags, "label": None}


def water_is_metered(rows: pl.DataFrame) -> bool:
    """Whether any slot knows what the water heater took."""
    return rows["water_kwh"].null_count() < rows.height


def past_of(
    rows: pl.DataFrame,
    *,
    zone: ZoneInfo,
    has_water_heater: bool,
    has_vehicles: bool,
    not_to_learn: Collection[date] = (),
) -> pl.DataFrame:
    """As PAST: powers by slot, the load without water heater and vehicles.

    Where a heater or a wallbox is metered, the load of a slot that misses its reading is
    unknown: unknown is not zero. Where it never is, the load includes it.

    Args:
        rows: as OBSERVED, oldest first.
        zone: of local days.
        has_water_heater: Whether there is one.
        has_vehicles: Whether there are any.
        not_to_learn: Local days that people want to be left out.
    """
    base = pl.col("load_kwh")
    for name, there in (("water_kwh", has_water_heater), ("ev_kwh", has_vehicles)):
        needed = there and rows[name].null_count() < rows.height
        base = base - (pl.col(name) if needed else pl.col(name).fill_null(0.0))
    local_day = pl.col("start").dt.convert_time_zone(zone.key).dt.date()
    return rows.select(
        "start",
        load_kw=base.clip(lower_bound=0.0) / SLOT_HOURS,
        **{f"{name}_kw": pl.col(f"{name}_kwh") / SLOT_HOURS for name in _KEPT_POWERS},
        soc_percent=pl.col("soc_percent_end"),
        vacation=pl.col("vacation"),
        alarm_armed=pl.col("alarm_armed"),
        fit=~pl.col("exclude") & ~local_day.is_in(list(not_to_learn)),
    ).select(list(PAST))
