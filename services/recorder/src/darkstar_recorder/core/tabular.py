"""Slots from the rows of a table: CSV or Parquet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from darkstar_common.slots import SLOT, on_grid
from darkstar_recorder.core.flags import HOURLY
from darkstar_recorder.core.past import Finding, Past, PastRefusedError, PastSlot
from darkstar_recorder.core.readings import ENERGIES

STARTS = ("start_utc", "start", "start_at", "time_utc")
SPOTS = ("spot_per_kwh", "spot_sek_per_kwh")
_STEPS = (SLOT, 2 * SLOT, 4 * SLOT)
_ENERGIES = {f"{channel}_kwh": channel for channel in ENERGIES}
_KINDS = ("price_kind", "kind")
_SOC = ("soc_percent_start", "soc_percent_end")
_PRICES = ("import_per_kwh", "export_per_kwh")
_FULL = 100


def tabular(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Past:
    """The slots of a table.

    Rows of half or whole hours are spread over their slots: energies evenly and flagged
    `hourly`, prices as they are. Without a column water_kwh the house has no heater: zero.

    Args:
        columns: Its header: start_utc, and any of the energies (load_kwh, pv_kwh, …), the
            state of charge at both ends, and prices; flags and the kind of price as
            `export` writes them, so that it can be read back. What was foretold is left out.
        rows: Its rows by column; an empty or null cell is unknown.

    Raises:
        PastRefusedError: A column is missing, or a cell holds what it cannot.
    """
    start = next((name for name in STARTS if name in columns), None)
    spot = next((name for name in SPOTS if name in columns), None)
    known = [name for name in (*_ENERGIES, *_SOC, *_PRICES) if name in columns]
    if not columns:
        raise PastRefusedError("it is empty")
    if start is None or not (known or spot):
        wanted = "start_utc" if start is None else "such as load_kwh, pv_kwh or spot_per_kwh"
        raise PastRefusedError(f"it has no column {wanted}; its columns are {', '.join(columns)}")
    read: list[tuple[int, PastSlot]] = []
    for number, row in enumerate(rows, start=2):
        try:
            slot = _slot(row, start, spot, known)
        except ValueError as error:
            raise PastRefusedError(f"line {number}: {error}") from None
        read.append((number, slot))
    kept, findings = _once(read)
    step = _step([one.start for one in kept])
    return Past(slots=tuple(_quarters(kept, step)), findings=findings)


def _slot(
    row: Mapping[str, object], start: str, spot: str | None, known: Sequence[str]
) -> PastSlot:
    numbers = {name: _number(row[name], name) for name in known}
    kwh = {
        channel: _energy(value, name)
        for name, channel in _ENERGIES.items()
        if (value := numbers.get(name)) is not None
    }
    if "load" in kwh and "water_kwh" not in known:
        kwh["water"] = 0.0
    for name in _SOC:
        if (percent := numbers.get(name)) is not None and not 0 <= percent <= _FULL:
            raise ValueError(f"{name} is {percent:g}, a state of charge is 0 to 100 %")
    if any(row.get(name) not in {None, "", "published"} for name in _KINDS):
        numbers = {name: value for name, value in numbers.items() if name not in _PRICES}
        spot = None
    return PastSlot(
        start=_start(row[start]),
        kwh=kwh,
        flags={channel: mask for channel in kwh if (mask := _mask(row, channel))},
        spot_per_kwh=_number(row[spot], spot) if spot else None,
        soc_percent_start=numbers.get("soc_percent_start"),
        soc_percent_end=numbers.get("soc_percent_end"),
        import_per_kwh=numbers.get("import_per_kwh"),
        export_per_kwh=numbers.get("export_per_kwh"),
    )


def _start(cell: object) -> datetime:
    try:
        moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell))
    except ValueError:
        raise ValueError(f"{cell!r} is no time") from None
    start = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not on_grid(start):
        raise ValueError(f"{cell} is no slot start (:00, :15, :30, :45)")
    return start


def _mask(row: Mapping[str, object], channel: str) -> int:
    mask = _number(row.get(f"{channel}_flags"), f"{channel}_flags") or 0
    if mask != int(mask) or not 0 <= mask < 1 << 16:
        raise ValueError(f"{channel}_flags is {mask:g}, no bits of flags")
    return int(mask)


def _energy(value: float, column: str) -> float:
    if value < 0:
        raise ValueError(f"{column} is {value:g}, energies are not negative")
    return value


def _number(cell: object, column: str) -> float | None:
    text = "" if cell is None else str(cell).strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{column} is {text!r}, no number") from None
    if not math.isfinite(value):
        raise ValueError(f"{column} is {text}; leave unknown cells empty")
    return value


def _once(read: Sequence[tuple[int, PastSlot]]) -> tuple[list[PastSlot], tuple[Finding, ...]]:
    """The rows in order of time, the first of each slot, and what became of the others."""
    slots: dict[datetime, PastSlot] = {}
    findings = []
    for number, slot in read:
        if slots.setdefault(slot.start, slot) != slot:
            sentence = f"{slot.start:%Y-%m-%d %H:%M}Z is there twice; the first one was taken"
            findings.append(Finding(row=f"line {number}", sentence=sentence))
    return sorted(slots.values(), key=lambda one: one.start), tuple(findings)


def _step(starts: Sequence[datetime]) -> timedelta:
    """How long a row is: the shortest time from one to the next."""
    return min((later - earlier for earlier, later in pairwise(starts)), default=SLOT)


def _quarters(slots: Iterable[PastSlot], step: timedelta) -> Iterator[PastSlot]:
    if step not in _STEPS:  # a few scattered rows say nothing of their length
        step = SLOT
    count = step // SLOT
    for one in slots:
        if count == 1:
            yield one
            continue
        spread = replace(
            one,
            kwh={channel: value / count for channel, value in one.kwh.items()},
            flags={channel: one.flags.get(channel, 0) | HOURLY for channel in one.kwh},
            soc_percent_start=None,
            soc_percent_end=None,
        )
        for number in range(count):
            yield replace(
                spread,
                start=one.start + number * SLOT,
                soc_percent_start=one.soc_percent_start if number == 0 else None,
                soc_percent_end=one.soc_percent_end if number == count - 1 else None,
            )
