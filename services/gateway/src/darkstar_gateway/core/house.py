"""What the page must know of the house that never changes while the gateway runs."""

from __future__ import annotations

from typing import Self

from darkstar_common.config import Config
from darkstar_common.contract import Part


class House(Part):
    """The house as configured: units, places and what it has."""

    site: str
    timezone: str
    currency: str
    area: str
    has_solar: bool
    has_water_heater: bool
    battery_kwh: float | None
    """Capacity; null in a house without a battery [kWh]."""
    min_soc_percent: float | None
    max_soc_percent: float | None
    clock_speed: float
    """Seconds of the house's clock in one of the wall's; not 1 in a simulated run."""
    version: str
    """Of the gateway."""

    @classmethod
    def of(cls, config: Config, *, clock_speed: float, version: str) -> Self:
        """The facts of the house that `config` describes."""
        battery = config.battery
        return cls(
            site=config.site,
            timezone=config.timezone,
            currency=config.tariff.currency,
            area=config.tariff.area,
            has_solar=config.has_solar,
            has_water_heater=config.water_heater is not None,
            battery_kwh=battery.capacity_kwh if battery else None,
            min_soc_percent=battery.min_soc_percent if battery else None,
            max_soc_percent=battery.max_soc_percent if battery else None,
            clock_speed=clock_speed,
            version=version,
        )
