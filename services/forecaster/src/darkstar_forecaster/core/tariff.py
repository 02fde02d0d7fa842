"""From the day-ahead price to what a household pays and earns."""

from __future__ import annotations

from darkstar_common.config import Tariff


def import_price(spot_per_kwh: float, tariff: Tariff) -> float:
    """Price of an imported kilowatt-hour, all included [currency/kWh].

    import = (spot + markup + grid fee + tax) × (1 + VAT); negative spot prices are prices.

    Example:
        >>> round(import_price(0.5, Tariff()), 4)
        1.4808
    """
    untaxed = (
        spot_per_kwh + tariff.markup_per_kwh + tariff.grid_fee_per_kwh + tariff.energy_tax_per_kwh
    )
    return untaxed * (1 + tariff.vat_percent / 100)


def export_price(spot_per_kwh: float, tariff: Tariff) -> float:
    """What an exported kilowatt-hour earns [currency/kWh]: spot + compensation."""
    return spot_per_kwh + tariff.export_compensation_per_kwh
