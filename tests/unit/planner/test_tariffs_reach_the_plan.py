"""What a tariff says reaches the problem that is planned: prices by the slot, and the peak."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from unit.common.keys.planning import BATTERY, at_noon
from unit.common.keys.probe import changed
from unit.planner.houses import NOON, forecast, house

from darkstar_common.config import Config, Tariff, Window
from darkstar_common.contract import PriceCurve, Service
from darkstar_common.slots import slots
from darkstar_forecaster.core.method import Unknown
from darkstar_forecaster.core.publication import price_slots
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.strategy import Wishes


@pytest.mark.parametrize(
    "peak",
    [
        {"price_per_kw": 81.0, "hours": [7, 8, 9], "weekdays_only": True, "top_n": 3},
        {"price_per_kw": 35.0, "hours": list(range(24)), "weekdays_only": False, "top_n": 1},
    ],
)
def test_the_parameters_of_a_peak_tariff_are_those_of_the_problem(peak: dict[str, Any]) -> None:
    problem = at_noon(changed(BATTERY, "grid.peak", peak)).planned(NOON).problem
    assert problem.grid.peak is not None
    assert problem.grid.peak.model_dump(include=set(peak), mode="json") == peak


def test_without_a_peak_tariff_the_problem_has_none() -> None:
    assert at_noon(BATTERY).planned(NOON).problem.grid.peak is None


def test_a_grid_fee_by_the_hour_is_in_the_prices_that_are_planned_with() -> None:
    dear = Window(per_kwh=1.0, hours=(17, 18))
    tariff = Tariff(vat_percent=25.0, energy_tax_per_kwh=0.0, grid_fee_windows=(dear,))
    config = Config(tariff=tariff, battery=BATTERY.battery, water_heater=None)
    starts = slots(NOON, 48)
    curve = PriceCurve(
        sender=Service.FORECASTER,
        emitted_at=NOON,
        issued_at=NOON,
        area="SE4",
        currency="SEK",
        source="a test",
        slots=price_slots(
            starts,
            dict.fromkeys(starts, 0.5),
            Unknown(reason="all is published", guidance="none"),
            tariff,
            config.zone,
        ),
    )
    known = Inputs(config=config, wishes=Wishes.of(config))
    for message in (curve, forecast("load", 1.0), forecast("pv", 0.0), house(50.0)):
        known = known.updated(message)
    problem = known.planned(NOON).problem
    for number, price in enumerate(problem.import_price):
        local = (NOON + number * timedelta(minutes=15)).astimezone(config.zone)
        fee = 1.0 if local.hour in {17, 18} else tariff.grid_fee_per_kwh
        assert price == pytest.approx((0.5 + fee) * 1.25)
    assert len({round(one, 4) for one in problem.import_price}) == 2
