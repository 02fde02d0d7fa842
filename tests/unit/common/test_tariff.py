from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Tariff

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
    assert tariff.import_price(1.0) == pytest.approx(bought)
    assert tariff.export_price(1.0) == pytest.approx(sold)


def test_the_swedish_home() -> None:
    tariff = Tariff(vat_percent=25, energy_tax_per_kwh=0.439, grid_fee_per_kwh=0.2456)
    assert tariff.import_price(0.5) == pytest.approx((0.5 + 0.2456 + 0.439) * 1.25)
    assert tariff.export_price(-0.05) == -0.05


@given(st.floats(-5, 20), st.floats(-5, 20))
def test_a_dearer_spot_price_is_dearer_both_ways(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert Tariff().import_price(low) <= Tariff().import_price(high)
    assert Tariff().export_price(low) <= Tariff().export_price(high)
