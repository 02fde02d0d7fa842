"""What a house can do at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Powers beyond which a meter errs; channels without one are not limited."""

    kw: Mapping[str, float] = field(default_factory=dict)
    """By channel [kW]."""
    resolution_kwh: float = 1.0
    """A counter may step by so much at once [kWh]."""

    def possible(self, channel: str, kwh: float, hours: float) -> bool:
        """Whether `kwh` [kWh] can have flowed in `hours` [h]."""
        most = self.kw.get(channel)
        return most is None or kwh <= most * hours + self.resolution_kwh
