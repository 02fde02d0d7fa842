"""Shows to Prometheus what closed slots came to, what waits, and how full the disk is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from math import nan
from pathlib import Path
from typing import Any

from darkstar_recorder import metrics
from darkstar_recorder.core.readings import ENERGIES

_CAME, _WENT = ("pv", "import", "discharge"), ("load", "export", "charge")
"""What energy comes into a house by, and what it goes out by."""
_SIDES = ("surplus", "deficit")


class Counting:
    """Adds up slots as they are closed; one that is corrected, or closed late, is not added again.

    A counter of Prometheus never goes back, so it holds what was known when a slot was closed.
    """

    def __init__(self, absent: Collection[str] = ()) -> None:
        """`absent` are energies that the house cannot have, which are zero without a meter."""
        self._absent = absent
        self._newest: datetime | None = None
        for channel in ENERGIES:
            metrics.ENERGY.labels(channel)
        for side in _SIDES:
            metrics.UNACCOUNTED.labels(side)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count those of `rows` that are newer than all before."""
        for row in sorted(rows, key=_start):
            if self._newest is None or row["start"] > self._newest:
                self._newest = row["start"]
                _count(row, self._absent)


def show_disk(file: Path) -> None:
    """Look at `file` and at its disk whenever somebody asks."""
    log = file.with_name(f"{file.name}.wal")
    metrics.DISK_FREE.set_function(_or_nan(lambda: shutil.disk_usage(file.parent).free))
    metrics.FILE_SIZE.set_function(
        _or_nan(lambda: sum(one.stat().st_size for one in (file, log) if one.exists()))
    )


def show_memory(held: Callable[[], int | None]) -> None:
    """Ask what the database holds in memory [bytes] whenever somebody asks; None: it is closed."""

    def figure() -> float:
        found = held()
        return nan if found is None else float(found)

    metrics.DATABASE_MEMORY.set_function(figure)


def _start(row: Mapping[str, Any]) -> datetime:
    start: datetime = row["start"]
    return start


def _count(row: Mapping[str, Any], absent: Collection[str]) -> None:
    for channel in ENERGIES:
        energy = row[f"{channel}_kwh"]
        if energy is not None:
            metrics.ENERGY.labels(channel).inc(energy)
    came, went = _sum(row, _CAME, absent), _sum(row, _WENT, absent)
    if came is not None and went is not None:
        surplus, deficit = _SIDES
        metrics.UNACCOUNTED.labels(surplus if came > went else deficit).inc(abs(came - went))


def _sum(row: Mapping[str, Any], channels: Iterable[str], absent: Collection[str]) -> float | None:
    """What flowed by all of `channels`; None where one of them is not known."""
    told = ((one, row[f"{one}_kwh"]) for one in channels)
    energies = [0.0 if kwh is None and one in absent else kwh for one, kwh in told]
    return None if None in energies else sum(energies)


def _or_nan(read: Callable[[], int]) -> Callable[[], float]:
    def figure() -> float:
        try:
            return float(read())
        except OSError:
            return nan

    return figure
