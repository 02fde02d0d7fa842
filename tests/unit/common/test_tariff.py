from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Tariff, Window
from darkstar_common.slots import day_slots

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2026, 1, 5, 9, tzinfo=STOCKHOLM)
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
    assert tariff.import_price(1.0, MONDAY) == pytest.approx(bought)
    assert tariff.export_price(1.0) == pytest.approx(sold)


def test_the_swedish_home() -> None:
    tariff = Tariff(vat_percent=25, energy_tax_per_kwh=0.439, grid_fee_per_kwh=0.2456)
    assert tariff.import_price(0.5, MONDAY) == pytest.approx((0.5 + 0.2456 + 0.439) * 1.25)
    assert tariff.export_price(-0.05) == -0.05


@given(st.floats(-5, 20), st.floats(-5, 20))
def test_a_dearer_spot_price_is_dearer_both_ways(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert Tariff().import_price(low, MONDAY) <= Tariff().import_price(high, MONDAY)
    assert Tariff().export_price(low) <= Tariff().export_price(high)


WINTER_DAYS = Window(
    per_kwh=0.6,
    months=(1, 2, 3, 11, 12),
    weekdays=("mon", "tue", "wed", "thu", "fri"),
    hours=tuple(range(6, 22)),
)


def fee(tariff: Tariff, local: datetime) -> float:
    return tariff.import_price(0.0, local)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (MONDAY, 0.6),
        (MONDAY.replace(hour=6), 0.6),
        (MONDAY.replace(hour=5, minute=45), 0.2),
        (MONDAY.replace(hour=21, minute=45), 0.6),
        (MONDAY.replace(hour=22), 0.2),
        (MONDAY - timedelta(days=1), 0.2),
        (MONDAY.replace(month=4, day=6), 0.2),
    ],
)
def test_the_grid_fee_of_a_window_replaces_the_flat_one(local: datetime, expected: float) -> None:
    tariff = PLAIN.model_copy(update={"grid_fee_per_kwh": 0.2, "grid_fee_windows": (WINTER_DAYS,)})
    assert fee(tariff, local) == pytest.approx(expected)
    assert tariff.export_price(1.0) == 1.0


def test_the_first_window_that_fits_holds() -> None:
    always = Window(per_kwh=0.1)
    first = PLAIN.model_copy(update={"grid_fee_windows": (WINTER_DAYS, always)})
    other = PLAIN.model_copy(update={"grid_fee_windows": (always, WINTER_DAYS)})
    assert (fee(first, MONDAY), fee(other, MONDAY)) == (0.6, 0.1)


def test_vat_is_paid_on_the_fee_of_a_window_too() -> None:
    tariff = PLAIN.model_copy(update={"vat_percent": 25.0, "grid_fee_windows": (WINTER_DAYS,)})
    assert tariff.import_price(1.0, MONDAY) == pytest.approx((1.0 + 0.6) * 1.25)


@pytest.mark.parametrize(("month", "day", "slots"), [(3, 29, 3 * 4), (10, 25, 5 * 4), (5, 5, 16)])
def test_a_window_at_night_holds_for_each_quarter_of_its_local_hours_when_the_clock_changes(
    month: int, day: int, slots: int
) -> None:
    night = Window(per_kwh=0.05, hours=(0, 1, 2, 3))
    tariff = PLAIN.model_copy(update={"grid_fee_per_kwh": 0.2, "grid_fee_windows": (night,)})
    starts = day_slots(datetime(2026, month, day, tzinfo=STOCKHOLM).date(), STOCKHOLM)
    fees = [fee(tariff, one.astimezone(STOCKHOLM)) for one in starts]
    assert fees == [0.05] * slots + [0.2] * (len(starts) - slots)
