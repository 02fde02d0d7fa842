"""Whatever a service answers is prices, not yet, or refused with a sentence; nothing raises."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_market import HOUR, energy_charts_body, nordpool_body

from darkstar_common.slots import day_slots
from darkstar_forecaster.core.market_days import MARKET, MarketAnswer
from darkstar_forecaster.core.prices import NotYet, Unavailable
from darkstar_forecaster.sources.prices.energy_charts import EnergyCharts
from darkstar_forecaster.sources.prices.nordpool import NordPool

DAY = date(2026, 5, 5)
NOON = datetime(2026, 5, 5, 10, tzinfo=UTC)
NORDPOOL = NordPool(url="http://nowhere", area="SE4", currency="SEK", timeout=1.0)
CHARTS = EnergyCharts(url="http://nowhere", area="SE4", currency="EUR", eur_rate=None, timeout=1.0)
WHOLE = nordpool_body(DAY, step=HOUR), energy_charts_body(DAY, step=HOUR)
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in it."""
    if not isinstance(body, dict | list):
        return [path]
    inner = body.items() if isinstance(body, dict) else enumerate(body)
    return [path, *(one for key, value in inner for one in places(value, (*path, key)))]


PLACES = tuple(
    [one for one in places(body) if one and (len(one) < 2 or one[1] in (0, 5))] for body in WHOLE
)


def changed(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(body))
    here = copy
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    return copy


def is_an_answer(found: MarketAnswer) -> bool:
    if isinstance(found, Unavailable):
        return DAY.isoformat() in found.reason
    return isinstance(found, NotYet) or tuple(found) == day_slots(DAY, MARKET)


@settings(max_examples=150, deadline=None)
@given(st.data(), anything)
def test_nord_pools_answer_with_anything_anywhere(data: st.DataObject, value: object) -> None:
    body = changed(WHOLE[0], data.draw(st.sampled_from(PLACES[0])), value)
    for now in (NOON, NOON.replace(day=4)):
        assert is_an_answer(NORDPOOL.read(body, DAY, now))


@settings(max_examples=150, deadline=None)
@given(st.data(), anything)
def test_energy_charts_answer_with_anything_anywhere(data: st.DataObject, value: object) -> None:
    body = changed(WHOLE[1], data.draw(st.sampled_from(PLACES[1])), value)
    for now in (NOON, NOON.replace(day=4)):
        assert is_an_answer(CHARTS.read(body, DAY, now))


@settings(max_examples=100, deadline=None)
@given(anything)
def test_anything_at_all(body: object) -> None:
    for source in (NORDPOOL, CHARTS):
        assert is_an_answer(source.read(body, DAY, NOON))
