"""What was learned about drift is on the forecast, within what the house can do."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Config
from darkstar_common.contract import Learned, Quantity
from darkstar_forecaster.core.method import Ahead
from darkstar_forecaster.core.situation import AHEAD
from darkstar_forecaster.core.tuned import most_pv_kw, tuned

ROOFS = Config.model_validate(
    {"solar": {"arrays": [{"kwp": 4.0, "inverter_kw": 3.0}, {"kwp": 2.0}]}}
)


def ahead(level: float) -> Ahead:
    start = datetime(2026, 5, 5, 10, tzinfo=UTC)
    rows = [(start, level, level / 2, level, level * 1.5)]
    return Ahead(slots=pl.DataFrame(rows, schema=dict(AHEAD), orient="row"), level="graduate")


def figures(found: Ahead) -> tuple[float, ...]:
    return tuple(found.slots.row(0)[1:])


@pytest.mark.parametrize(
    ("quantity", "values", "expected"),
    [
        ("load", {"load_factor": 1.1}, (2.2, 1.1, 2.2, 3.3)),
        ("load", {"pv_factor": 1.1}, (2.0, 1.0, 2.0, 3.0)),
        ("load", {}, (2.0, 1.0, 2.0, 3.0)),
        ("pv", {"pv_factor": 0.9}, (1.8, 0.9, 1.8, 2.7)),
        ("price", {"load_factor": 1.1, "pv_factor": 0.9}, (2.0, 1.0, 2.0, 3.0)),
    ],
)
def test_each_forecast_has_its_own_factor(
    quantity: Quantity, values: dict[Learned, float], expected: tuple[float, ...]
) -> None:
    assert figures(tuned(ahead(2.0), quantity, values, ROOFS)) == pytest.approx(expected)


@given(level=st.floats(0, 5), factor=st.floats(0.8, 1.2))
def test_pv_is_never_above_the_arrays_and_quantiles_do_not_cross(
    level: float, factor: float
) -> None:
    found = tuned(ahead(level), "pv", {"pv_factor": factor}, ROOFS)
    mean, low, middle, high = figures(found)
    assert low <= middle <= high
    if factor != 1.0:
        assert max(mean, high) <= 5.0  # 3 kW of inverter and 2 kWp


def test_where_no_array_is_known_there_is_no_such_limit() -> None:
    assert most_pv_kw(Config()) is None
    assert figures(tuned(ahead(20.0), "pv", {"pv_factor": 1.2}, Config()))[0] == 24.0
