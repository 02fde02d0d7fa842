"""What a file knows of the past, before it is anybody's row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from darkstar_recorder.core.slots import SlotEnergy


class PastRefusedError(ValueError):
    """The file cannot be imported; the message says what is wrong with it, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSlot(SlotEnergy):
    """One slot of a file, with its prices; what the file does not say is absent or null."""

    spot_per_kwh: float | None = None
    import_per_kwh: float | None = None
    export_per_kwh: float | None = None

    @property
    def measured(self) -> bool:
        """Whether there is more in it than prices."""
        return bool(self.kwh) or (self.soc_percent_start, self.soc_percent_end) != (None, None)

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
