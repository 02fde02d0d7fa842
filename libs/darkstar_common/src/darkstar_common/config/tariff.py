"""From the day-ahead price to what a household pays and earns."""

from __future__ import annotations

from pydantic import Field

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
    markup_per_kwh: Finite = 0.0
    """The supplier's own part without VAT [currency/kWh]."""
    export_compensation_per_kwh: Finite = 0.0
    """Paid on top of the spot price for export [currency/kWh]."""

    def import_price(self, spot_per_kwh: float) -> float:
        """Price of an imported kilowatt-hour, all included [currency/kWh].

        Negative spot prices are prices.

        Example:
            >>> round(Tariff().import_price(0.5), 4)
            1.4808
        """
        untaxed = (
            spot_per_kwh + self.markup_per_kwh + self.grid_fee_per_kwh + self.energy_tax_per_kwh
        )
        return untaxed * (1 + self.vat_percent / 100)

    def export_price(self, spot_per_kwh: float) -> float:
        """What an exported kilowatt-hour earns [currency/kWh]."""
        return spot_per_kwh + self.export_compensation_per_kwh
