"""What is known of the tank's heat: set-points commanded, temperatures and energies measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from darkstar_common.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class TankSlot:
    """One slot of the tank's past; None where nothing is known.

    Attributes:
        water_kwh: What the heater was measured to take [kWh].
        commanded_c: Set-point that was in force, written to the house [°C].
        measured_c: Tank temperature at the end of the slot [°C].
    """

    start: datetime
    water_kwh: float | None = None
    commanded_c: float | None = None
    measured_c: float | None = None


def legionella_done(config: Config, past: tuple[TankSlot, ...]) -> datetime | None:
    """When the tank last was hot throughout, as the house reported; None: not in `past`."""
    heater = config.water_heater
    if heater is None:
        return None
    hot = [one for one in past if (one.measured_c or 0.0) >= heater.legionella_c]
    return hot[-1].start if hot else None
