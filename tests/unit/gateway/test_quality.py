from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import NOON, Gateway
from support.gateway_house import quantiles
from support.gateway_recorder import a_recorder, lived

from darkstar_common.contract import MODELS, ForecastScore, ModelCard, ModelCards, Service
from darkstar_common.slots import SLOT
from darkstar_gateway.core.bands import Bands, loads, spots, suns
from darkstar_recorder.store import Batch, Store

CARD = ModelCard(quantity="load", version="load-1", level="gradient_boosting")
SCORE = ForecastScore(quantity="load", lead="0-6", slots=90, mae=0.2, bias=0.0, pinball=0.1)


@pytest.fixture
async def store(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Store]:
    async with a_recorder(gateway, tmp_path) as remembered:
        yield remembered


async def told(gateway: Gateway, path: str, **asked: str) -> Any:
    answer = await gateway.get(f"/api/forecasts/{path}", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_models_and_scores_are_served(gateway: Gateway) -> None:
    assert (await told(gateway, "quality"))["said_at"] is None
    said = ModelCards(
        sender=Service.FORECASTER, emitted_at=NOON, cards=(CARD,), scores=(SCORE,), training=True
    )
    gateway.live.apply(MODELS.path, said)
    found = await told(gateway, "quality")
    assert found["cards"][0]["version"] == "load-1"
    assert found["scores"][0]["mae"] == 0.2
    assert found["training"] is True
    assert found["learning"] is None


async def test_past_days_are_served_as_forecast_and_as_they_came(
    gateway: Gateway, store: Store
) -> None:
    issued = NOON - timedelta(hours=20)
    store.commit(Batch(at=NOON, messages=(quantiles(issued, "load"), quantiles(issued, "pv"))))
    lived(store, issued, 80)
    found = await told(gateway, "days", days="1", lead_hours="12")
    assert [one["quantity"] for one in found["bands"]] == ["load", "pv", "price"]
    load, pv, price = found["bands"]
    assert {len(load[name]) for name in ("starts", "p10", "p50", "p90", "actual")} == {80}
    assert [one is None for one in load["p50"]] == [True] * 48 + [False] * 32, "twelve hours ahead"
    assert load["actual"][0] is None, "the heater of this house has no meter"
    assert pv["actual"][0] == 1.0
    assert pv["compared"] == 32
    assert pv["mae"] is not None
    assert price["actual"][0] == 1.0
    assert price["p50"][0] is None


async def test_without_records_the_days_are_empty(gateway: Gateway, store: Store) -> None:
    assert store is not None
    found = await told(gateway, "days")
    assert {tuple(one["starts"]) for one in found["bands"]} == {()}
    assert {one["mae"] for one in found["bands"]} == {None}


def a_row(number: int = 0, **said: Any) -> dict[str, Any]:
    start = datetime(2026, 6, 12, tzinfo=UTC) + number * SLOT
    return {"start": start.isoformat(), **said}


@pytest.mark.parametrize(
    ("slot", "absent", "expected"),
    [
        ({"load_kwh": 1.0, "water_kwh": 0.5, "ev_kwh": 0.25}, set(), 1.0),
        ({"load_kwh": 1.0, "water_kwh": None, "ev_kwh": None}, {"water", "ev"}, 4.0),
        ({"load_kwh": 1.0, "water_kwh": 0.5, "ev_kwh": None}, {"water", "ev"}, 2.0),
        ({"load_kwh": 1.0, "water_kwh": None, "ev_kwh": 0.0}, {"ev"}, None),
        ({"load_kwh": None, "water_kwh": 0.5, "ev_kwh": 0.0}, set(), None),
        ({"load_kwh": 0.1, "water_kwh": 0.5, "ev_kwh": 0.0}, set(), 0.0),
    ],
)
def test_the_base_load_is_what_the_heater_and_cars_leave(
    slot: dict[str, Any], absent: set[str], expected: float | None
) -> None:
    (actual,) = loads([], [a_row(**slot)], frozenset(absent)).actual
    assert actual == expected


def test_only_published_prices_are_what_came() -> None:
    known = [
        a_row(0, spot_per_kwh=1.0, kind="published"),
        a_row(1, spot_per_kwh=2.0, kind="forecast"),
    ]
    ahead = [a_row(0, spot_per_kwh=1.5, spot_p10_per_kwh=0.5, spot_p90_per_kwh=2.5)]
    found = spots(ahead, known)
    assert found.actual == (1.0,)
    assert found.mae == 0.5
    assert found.coverage == 1.0


_KW = st.none() | st.floats(0.0, 20.0)


@given(st.dictionaries(st.integers(0, 60), st.tuples(_KW, _KW), max_size=40))
def test_columns_are_equally_long_and_shares_are_shares(
    said: dict[int, tuple[float | None, float | None]],
) -> None:
    issued = [
        a_row(n, quantity="pv", p10_kw=kw / 2, p50_kw=kw, p90_kw=kw * 2)
        for n, (kw, _) in said.items()
        if kw is not None
    ]
    found = suns(issued, [a_row(n, pv_kwh=kwh) for n, (_, kwh) in said.items()])
    assert len({len(getattr(found, one)) for one in ("starts", "p10", "p50", "p90", "actual")}) == 1
    assert list(found.starts) == sorted(found.starts)
    both = [one for one in said.values() if None not in one]
    assert found.compared == len(both)
    assert (found.mae is None) == (not both)
    assert found.coverage is None or 0 <= found.coverage <= 1
    assert Bands.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("asked", [{"days": "0"}, {"days": "15"}, {"lead_hours": "-1"}])
async def test_days_that_are_too_many_are_refused(gateway: Gateway, asked: dict[str, str]) -> None:
    assert (await gateway.get("/api/forecasts/days", **asked)).status_code == 422
