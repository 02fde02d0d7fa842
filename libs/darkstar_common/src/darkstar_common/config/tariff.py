"""From the day-ahead price to what a household pays and earns."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from darkstar_common.config.forecasting import Window, price_at
from darkstar_common.config.section import Finite, NotNegative, Section


class Tariff(Section):
    """How a spot price becomes what you pay and earn.

    import = (spot + markup + grid fee + tax) × (1 + VAT); export = spot + compensation.
    """

    area: str = "SE4"
    """Bidding zone of the day-ahead market."""
    currency: str = Field(default="SEK", pattern=r"^[A-Z]{3}$")
    """ISO 4217 code of all money here."""
    vat_percent: NotNegative = 25.0
    """Value added tax on everything you import [%]."""
    energy_tax_per_kwh: Finite = 0.439
    """Energy tax without VAT [currency/kWh]."""
    grid_fee_per_kwh: Finite = 0.2456
    """Grid transfer fee without VAT [currency/kWh]."""
    grid_fee_windows: tuple[Window, ...] = ()
    """Times at which the grid fee is another one; the first that fits holds, and where none
    does, `grid_fee_per_kwh`."""
    markup_per_kwh: Finite = 0.0
    """The supplier's own part without VAT [currency/kWh]."""
    export_compensation_per_kwh: Finite = 0.0
    """Paid on top of the spot price for export [currency/kWh]."""

    def import_price(self, spot_per_kwh: float, local: datetime) -> float:
        """Price of an imported kilowatt-hour, all included [currency/kWh].

        Negative spot prices are prices.

        Args:
            spot_per_kwh: Day-ahead price of the slot [currency/kWh].
            local: When the slot begins, in the house's own time zone: the grid fee may
                depend on it.

        Example:
            >>> round(Tariff().import_price(0.5, datetime(2026, 1, 1)), 4)
            1.4808
        """
        grid_fee = price_at(self.grid_fee_windows, local, self.grid_fee_per_kwh)
        untaxed = spot_per_kwh + self.markup_per_kwh + grid_fee + self.energy_tax_per_kwh
        return untaxed * (1 + self.vat_percent / 100)

    def export_price(self, spot_per_kwh: float) -> float:
        """What an exported kilowatt-hour earns [currency/kWh]."""
        return spot_per_kwh + self.export_compensation_per_kwh
