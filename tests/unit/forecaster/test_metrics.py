"""What Prometheus may read of the forecasts: the present slot, as it is when somebody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isnan

import pytest
from prometheus_client import REGISTRY

from darkstar_common.contract import QuantileSlot
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock
from darkstar_forecaster.measuring import QUANTILES, show_forecast

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def shown(what: str, quantile: str) -> float:
    labels = {"what": what, "quantile": quantile}
    value = REGISTRY.get_sample_value("darkstar_forecast_power_kw", labels)
    assert value is not None
    return value


def slots(*middles: float, start: datetime = NOON) -> tuple[QuantileSlot, ...]:
    return tuple(
        QuantileSlot(start=start + number * SLOT, p10_kw=one / 2, p50_kw=one, p90_kw=one * 2)
        for number, one in enumerate(middles)
    )


@pytest.mark.parametrize("what", ["load", "pv"])
@pytest.mark.parametrize(("quantile", "kw"), [("0.1", 0.5), ("0.5", 1.0), ("0.9", 2.0)])
def test_the_quantiles_of_this_slot_are_shown(what: str, quantile: str, kw: float) -> None:
    show_forecast(what, slots(1.0, 3.0), FakeClock(NOON))
    assert shown(what, quantile) == kw


async def test_the_next_slot_is_shown_when_it_begins() -> None:
    clock = FakeClock(NOON)
    show_forecast("load", slots(1.0, 3.0), clock)
    await clock.advance(timedelta(minutes=14, seconds=59))
    assert shown("load", "0.5") == 1.0
    await clock.advance(timedelta(seconds=1))
    assert shown("load", "0.5") == 3.0


@pytest.mark.parametrize("quantile", QUANTILES)
@pytest.mark.parametrize("minutes", [-1, 30, 3000])
async def test_outside_of_the_forecast_nothing_is_known(quantile: str, minutes: int) -> None:
    show_forecast("pv", slots(1.0, 3.0), FakeClock(NOON + timedelta(minutes=minutes)))
    assert isnan(shown("pv", quantile))


def test_a_newer_forecast_takes_the_place_of_the_one_before() -> None:
    clock = FakeClock(NOON)
    show_forecast("load", slots(1.0), clock)
    show_forecast("load", slots(5.0), clock)
    assert shown("load", "0.5") == 5.0
