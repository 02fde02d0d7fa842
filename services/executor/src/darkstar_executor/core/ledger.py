"""What was written to each entity today, and what each was set to before the first write.

By entity, not by role: a memory wears out, and a setting was found, where it is, whatever role
the entity plays later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import Field

from darkstar_common.contract.base import Part


class Found(Part):
    """What an entity was set to before our first write to it."""

    role: str = Field(description="That it played then")
    value: float | str | bool


class Ledger(Part):
    """Kept in a small file, so that a restart neither starts the day's count anew nor forgets."""

    day: date | None = Field(default=None, description="Local day of the counts")
    counts: dict[str, int] = Field(default_factory=dict, description="Writes of the day, by entity")
    worn: tuple[str, ...] = Field(
        default=(), description="Entities that were held back today, having been written too often"
    )
    found: dict[str, Found] = Field(default_factory=dict, description="By entity")

    def on(self, day: date) -> Ledger:
        """With the counts of `day`: a new one begins at nothing."""
        fresh = {"day": day, "counts": {}, "worn": ()}
        return self if day == self.day else self.model_copy(update=fresh)

    def counting(self, entities: Iterable[str]) -> Ledger:
        """With one more write to each of `entities`."""
        counts = dict(self.counts)
        for one in entities:
            counts[one] = counts.get(one, 0) + 1
        return self if counts == self.counts else self.model_copy(update={"counts": counts})

    def holding_back(self, entity: str) -> Ledger:
        """Knowing that `entity` was written as often as it may be today, and wanted more."""
        worn = self.worn if entity in self.worn else (*self.worn, entity)
        return self if worn == self.worn else self.model_copy(update={"worn": worn})

    def finding(self, found: Mapping[str, Found]) -> Ledger:
        """Remembering settings as they were found; what is remembered already stays."""
        kept = {**found, **self.found}
        return self if kept == self.found else self.model_copy(update={"found": kept})

    def released(self) -> Ledger:
        """Remembering no settings: they were given back."""
        return self.model_copy(update={"found": {}})


NO_LEDGER = Ledger()
