from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Tariff
from darkstar_forecaster.core.tariff import export_price, import_price

PLAIN = Tariff(
    vat_percent=0,
    energy_tax_per_kwh=0,
    grid_fee_per_kwh=0,
    markup_per_kwh=0,
    export_compensation_per_kwh=0,
)


@pytest.mark.parametrize(
    ("changed", "bought", "sold"),
    [
        ({}, 1.0, 1.0),
        ({"vat_percent": 25}, 1.25, 1.0),
        ({"energy_tax_per_kwh": 0.4}, 1.4, 1.0),
        ({"grid_fee_per_kwh": 0.2}, 1.2, 1.0),
        ({"markup_per_kwh": 0.1}, 1.1, 1.0),
        ({"export_compensation_per_kwh": 0.3}, 1.0, 1.3),
        ({"energy_tax_per_kwh": 0.4, "grid_fee_per_kwh": 0.2, "vat_percent": 25}, 2.0, 1.0),
    ],
)
def test_each_key_of_the_tariff_counts(
    changed: dict[str, float], bought: float, sold: float
) -> None:
    tariff = PLAIN.model_copy(update=changed)
    assert import_price(1.0, tariff) == pytest.approx(bought)
    assert export_price(1.0, tariff) == pytest.approx(sold)


def test_the_swedish_home() -> None:
    tariff = Tariff(vat_percent=25, energy_tax_per_kwh=0.439, grid_fee_per_kwh=0.2456)
    assert import_price(0.5, tariff) == pytest.approx((0.5 + 0.2456 + 0.439) * 1.25)
    assert export_price(-0.05, tariff) == -0.05


@given(st.floats(-5, 20), st.floats(-5, 20))
def test_a_dearer_spot_price_is_dearer_both_ways(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert import_price(low, Tariff()) <= import_price(high, Tariff())
    assert export_price(low, Tariff()) <= export_price(high, Tariff())
