"""Reads the past of a house, or prices alone, from a CSV file.

Columns: `start_utc` (or `start`), with its time zone; `load`, `pv`, `import`, `export`, `charge`,
`discharge`, `water` and `ev`, each with `_kwh`, `_kw` or `_w` behind it; `soc_percent`; prices as
`spot_per_kwh`, `spot_sek_per_kwh` and the like, or `eur_per_mwh`; `quality`, whose `gap`,
`partial` and `lump` make a row's energies unknown. Empty is unknown. A row is 15, 30 or 60 minutes.
What `darkstar-recorder export DIR --csv` writes is read as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import ISSUES, PAST, SPOTS, TIME, Archive, empty
from darkstar_forecaster.tools.cells import columns_of, files_of, moments_of, numbers_of
from darkstar_forecaster.tools.tool import ToolError

QUANTITIES: tuple[Quantity, ...] = ("load", "pv", "price")
GRAINS = (SLOT, 2 * SLOT, 4 * SLOT)
_POWERS = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
_UNITS: Mapping[str, float] = {"_kwh": 0.0, "_kw": 1.0, "_w": 0.001}
"""What makes kW of it; 0: by how long a row is."""
_SPOT = re.compile(r"spot(_[a-z]{3})?_per_kwh")
_SPOT_MWH = re.compile(r"(spot_)?[a-z]{3}_per_mwh")
_UNFIT = frozenset({"gap", "partial", "lump"})
_UNFIT_BITS = 1 | 8 | 16
"""The same in the flags of a recorder's export."""
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file tells.

    Attributes:
        archive: all of it, and when each part became known.
        grain: how long its rows are.
        quantities: what it has values of.
        end: of the newest row.
    """

    archive: Archive
    grain: timedelta
    quantities: tuple[Quantity, ...]
    start: datetime
    end: datetime


def read_archive(path: Path, config: Config) -> Told:
    """The content of the file, or of a recorder's export, without weather.

    Raises:
        ToolError: It cannot be read, or says something impossible; the sentence names where.
    """
    files = [(one, columns_of(one)) for one in files_of(path)]
    moments = [moments_of(file, cells) for file, cells in files]
    starts = [one for some in moments for one in some]
    grain = _grain(path, starts)
    known = _joined([_known(file, cells, grain) for file, cells in files], moments)
    quantities = tuple(
        quantity
        for quantity in QUANTITIES
        if any(one is not None for one in known.get(quantity, ()))
    )
    if not quantities:
        raise ToolError(
            f"{path} tells nothing; it needs a column such as load_kwh, pv_kwh or spot_per_kwh"
        )
    table = _spread(starts, known, grain)
    return Told(
        archive=Archive(past=_past(table), weather=empty(ISSUES), spots=_spots(table, config)),
        grain=grain,
        quantities=quantities,
        start=min(starts),
        end=max(starts) + grain,
    )


def _grain(path: Path, starts: Sequence[datetime]) -> timedelta:
    """How long a row is: the step that most of them take."""
    ordered = sorted(starts)
    again = [after for before, after in pairwise(ordered) if before == after]
    if again:
        raise ToolError(f"{path} has {again[0].isoformat()} twice")
    steps = Counter(after - before for before, after in pairwise(ordered))
    usual = steps.most_common(1)[0][0] if steps else SLOT
    if usual not in GRAINS or any(step < usual for step in steps):
        raise ToolError(
            f"{path} has rows {usual.total_seconds() / 60:g} minutes apart; what can be read are "
            "rows of 15, 30 or 60 minutes, all alike"
        )
    return usual


def _known(
    path: Path, cells: Mapping[str, Sequence[str]], grain: timedelta
) -> dict[str, list[float | None]]:
    """Powers [kW], `soc_percent` and `price` [currency/kWh] by name; what the file has of them."""
    hours = grain / timedelta(hours=1)
    found: dict[str, list[float | None]] = {}
    for name, column in cells.items():
        kind, scale = _meaning(name, hours)
        if kind:
            found.setdefault(kind, numbers_of(path, name, column, scale))
    unfit = [bool(_UNFIT.intersection(_WORD.findall(cell))) for cell in cells.get("quality", ())]
    for kind in _POWERS:
        if kind in found:
            flags = [_is_unfit(cell) for cell in cells.get(f"{kind}_flags", ())] or unfit
            found[kind] = _without(found[kind], flags)
    return found


def _is_unfit(flags: str) -> bool:
    """Whether an energy of a recorder's export is unfit; its flags are bits."""
    return flags.isdecimal() and bool(int(flags) & _UNFIT_BITS)


def _without(values: list[float | None], unfit: Sequence[bool]) -> list[float | None]:
    if not unfit:
        return values
    return [None if bad else value for value, bad in zip(values, unfit, strict=True)]


def _joined(
    parts: Sequence[Mapping[str, list[float | None]]], moments: Sequence[Sequence[datetime]]
) -> dict[str, list[float | None]]:
    """The columns of all files, one under the other; the load becomes the base load."""
    names = dict.fromkeys(name for one in parts for name in one)
    found: dict[str, list[float | None]] = {name: [] for name in names}
    for part, starts in zip(parts, moments, strict=True):
        for name, column in found.items():
            column.extend(part.get(name) or [None] * len(starts))
    if "load" in found:
        found["load"] = _base(found)
    return found


def _meaning(name: str, hours: float) -> tuple[str, float]:
    """What a column is of, and what makes our unit of it; an empty name: it is not looked at."""
    for kind in _POWERS:
        for unit, scale in _UNITS.items():
            if name == kind + unit:
                return kind, scale or 1 / hours
    if name in {"soc_percent", "soc_percent_end"}:
        return "soc_percent", 1.0
    if _SPOT.fullmatch(name):
        return "price", 1.0
    return ("price", 0.001) if _SPOT_MWH.fullmatch(name) else ("", 0.0)


def _base(found: Mapping[str, Sequence[float | None]]) -> list[float | None]:
    """The load without water heater and vehicles, where they are metered apart."""
    metered = (found[one] for one in ("water", "ev") if one in found)
    apart = [column for column in metered if any(value is not None for value in column)]
    base: list[float | None] = []
    for load, *others in zip(found["load"], *apart, strict=True):
        known = [one for one in others if one is not None]
        unknown = load is None or len(known) < len(others)
        base.append(None if load is None or unknown else max(0.0, load - sum(known)))
    return base


def _spread(
    starts: Sequence[datetime], known: Mapping[str, Sequence[float | None]], grain: timedelta
) -> pl.DataFrame:
    """A row for each slot, oldest first."""
    columns = {name: pl.Series(name, list(column), pl.Float64) for name, column in known.items()}
    table = pl.DataFrame({"start": pl.Series("start", list(starts), TIME), **columns})
    parts = [table.with_columns(pl.col("start") + part * SLOT) for part in range(grain // SLOT)]
    return pl.concat(parts).sort("start")


def _past(table: pl.DataFrame) -> pl.DataFrame:
    present = [pl.col(kind).alias(f"{kind}_kw") for kind in _POWERS[:6] if kind in table.columns]
    soc = [pl.col("soc_percent")] if "soc_percent" in table.columns else []
    if not present and not soc:
        return empty(PAST)
    known = table.select("start", *present, *soc, fit=pl.lit(value=True))
    return pl.concat([empty(PAST), known], how="diagonal").select(list(PAST))


def _spots(table: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Prices, each known from the local day before on, when tomorrow's are looked for."""
    published = {**SPOTS, "published_at": TIME}
    if "price" not in table.columns:
        return empty(published)
    known = table.select("start", spot_per_kwh="price").drop_nulls()
    at, zone = time.fromisoformat(config.prices.published_at), config.zone
    days = {
        day: datetime.combine(day - timedelta(days=1), at, tzinfo=zone).astimezone(UTC)
        for day in known["start"].dt.convert_time_zone(zone.key).dt.date().unique()
    }
    local = pl.col("start").dt.convert_time_zone(zone.key).dt.date()
    return known.with_columns(published_at=local.replace_strict(days, return_dtype=TIME)).select(
        list(published)
    )
