"""What a file knows of the past, before it is anybody's row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from darkstar_recorder.core.slots import SlotEnergy


class PastRefusedError(ValueError):
    """The file cannot be imported; the message says what is wrong with it, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSlot:
    """One slot of a file; what the file does not say is absent or null."""

    start: datetime
    kwh: Mapping[str, float] = field(default_factory=dict)
    """Energy by channel [kWh]; a channel that is not here is unknown."""
    flags: Mapping[str, int] = field(default_factory=dict)
    """By channel, see `flags`; those that are not there are clean."""
    soc_percent_start: float | None = None
    soc_percent_end: float | None = None
    spot_per_kwh: float | None = None
    import_per_kwh: float | None = None
    export_per_kwh: float | None = None

    @property
    def measured(self) -> bool:
        """Whether there is more in it than prices."""
        return bool(self.kwh) or (self.soc_percent_start, self.soc_percent_end) != (None, None)

    @property
    def energy(self) -> SlotEnergy:
        """All but the prices."""
        return SlotEnergy(
            start=self.start,
            kwh=self.kwh,
            flags=self.flags,
            soc_percent_start=self.soc_percent_start,
            soc_percent_end=self.soc_percent_end,
        )

    @property
    def priced(self) -> bool:
        """Whether there is a price in it."""
        return (self.spot_per_kwh, self.import_per_kwh, self.export_per_kwh) != (None,) * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something of the file that was left out or not taken as it stands."""

    row: str
    """How to find it: its key or line."""
    sentence: str

    def __str__(self) -> str:
        return f"{self.row}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a file holds: slots in order, and what was wrong."""

    slots: tuple[PastSlot, ...]
    findings: tuple[Finding, ...] = ()

    def between(self, since: datetime | None, until: datetime | None) -> Past:
        """The slots that start in [`since`, `until`); null is no limit."""
        return Past(
            slots=tuple(
                one
                for one in self.slots
                if (since is None or one.start >= since) and (until is None or one.start < until)
            ),
            findings=self.findings,
        )
