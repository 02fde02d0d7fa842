"""The files of the simulated house: its slots, its memory over a restart, and the truth."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from darkstar_common.runtime import write_atomic
from darkstar_simulator.core.counters import Counters, SlotRecord
from darkstar_simulator.core.series import HouseSeries, SeriesError, parse_series


def read_series(path: Path) -> HouseSeries:
    """The slots in the house CSV at `path`.

    Raises:
        SeriesError: it cannot be read or played; the message names file, row and problem.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return parse_series(lines)
    except (OSError, UnicodeDecodeError, SeriesError) as error:
        raise SeriesError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """Where the house remembers itself."""

    path: Path

    def load(self) -> dict[str, Any] | None:
        """What was saved last; None for a new house.

        Raises:
            ValueError: the file is not JSON.
        """
        if not self.path.exists():
            return None
        memory: dict[str, Any] = json.loads(self.path.read_bytes())
        return memory

    def save(self, memory: dict[str, Any]) -> None:
        """Replaces what was saved; a power cut leaves the old or the new."""
        write_atomic(self.path, json.dumps(memory).encode())


def append_truth(path: Path, records: Iterable[SlotRecord]) -> None:
    """Adds one JSON line for each closed slot."""
    with path.open("a", encoding="utf-8") as file:
        for record in records:
            line = asdict(record) | {"start": record.start.isoformat()}
            file.write(json.dumps(line) + "\n")


def read_truth(path: Path) -> dict[datetime, SlotRecord]:
    """The closed slots by their start.

    A house that was killed may have closed a slot twice; the two lines say the same, and one is
    kept. A last line that is still being written is left out.
    """
    records: dict[datetime, SlotRecord] = {}
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            record = _record(json.loads(line))
            records[record.start] = record
    return records


def _record(values: dict[str, Any]) -> SlotRecord:
    return SlotRecord(
        start=datetime.fromisoformat(values["start"]).astimezone(UTC),
        energy=Counters(**values["energy"]),
        counters=Counters(**values["counters"]),
        soc_percent=values["soc_percent"],
        tank_c=values["tank_c"],
        ev_soc_percent=values.get("ev_soc_percent"),
        complete=values["complete"],
    )
