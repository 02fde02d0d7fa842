"""What each word does where the owner's own program takes it, by docs/profiles.md."""

from __future__ import annotations

import pytest
from unit.simulator.brands import Brand, a_brand

INTENT = "select.battery_intent"
CHARGE, DISCHARGE = "number.battery_charge_power", "number.battery_discharge_power"
LEAST, MOST, LIMIT = "number.battery_min_soc", "number.battery_max_soc", "number.grid_export_limit"


def house(load: float = 1.0, pv: float = 0.0, soc: float = 50.0) -> Brand:
    return a_brand("generic", load=load, pv=pv, soc=soc)


@pytest.mark.parametrize(
    ("intent", "around", "net"),
    [
        ("self_consume", (1.0, 0.0), (-1.0, 0.0)),
        ("self_consume", (1.0, 6.0), (3.0, -2.0)),
        ("charge_from_grid", (1.0, 0.0), (3.0, 4.0)),
        ("charge_from_grid", (1.0, 2.0), (3.0, 2.0)),
        ("charge_from_pv", (1.0, 3.0), (2.0, 0.0)),
        ("charge_from_pv", (1.0, 0.0), (-1.0, 0.0)),
        ("discharge", (3.0, 0.0), (-2.0, 1.0)),
        ("export", (1.0, 0.0), (-2.0, -1.0)),
        ("hold", (1.0, 0.0), (0.0, 1.0)),
        ("hold", (1.0, 3.0), (2.0, 0.0)),
        ("idle", (1.0, 3.0), (0.0, -2.0)),
        ("idle", (1.0, 0.0), (-1.0, 0.0)),
    ],
)
def test_a_word_does_what_is_written_of_it(
    intent: str, around: tuple[float, float], net: tuple[float, float]
) -> None:
    """`around` is load and PV, `net` battery (charging positive) and grid (import positive)."""
    assert house(*around).told({CHARGE: "3", DISCHARGE: "2", INTENT: intent}).net == net


def test_a_charge_ends_at_the_maximum_and_a_sale_at_the_minimum() -> None:
    charged = house().told({MOST: "60", CHARGE: "5", INTENT: "charge_from_grid"}).later(2)
    assert charged.soc == pytest.approx(60.0)
    sold = house().told({LEAST: "40", DISCHARGE: "5", INTENT: "export"}).later(2)
    assert sold.soc == pytest.approx(40.0)


def test_the_export_limit_curtails() -> None:
    limited = house(0.0, 8.0).told({CHARGE: "5", LIMIT: "1", INTENT: "curtail"})
    assert limited.net == (5.0, -1.0)
    assert limited.flows.curtailed_kw == pytest.approx(2.0)


def test_a_word_of_another_kind_is_refused() -> None:
    assert house().refuses(INTENT, "force_charge")


def test_powers_are_in_kilowatts_discharge_and_import_positive() -> None:
    buying = house().told({CHARGE: "3", INTENT: "charge_from_grid"})
    assert buying.shows("sensor.battery_power") == "-3.000"
    assert buying.shows("sensor.grid_power") == "4.000"
