"""Scores of forecasts that a recorder's store has kept, asked for as the service asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from support.stores import empty_history
from unit.forecaster.scores.frames import DAY, HOUR, MONDAY
from unit.forecaster.scores.keeper import Keeper
from unit.forecaster.scores.test_scoring import House, load_kw, spot

from darkstar_common.contract import (
    HistoryQuery,
    PriceCurve,
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    Service,
)
from darkstar_common.slots import slots
from darkstar_recorder.answering import details, span
from darkstar_recorder.arrow import arrow_stream
from darkstar_recorder.store import Asked, Batch, Store

NOW = MONDAY + 20 * DAY


class Kept(Keeper):
    """Answers from a store."""

    store: Store

    def rows(self, query: HistoryQuery) -> bytes:
        start, end = span(query, NOW)
        found = self.store.answer(
            Asked(
                what=query.what, start=start, end=end, limit=query.limit, offset=query.offset,
                details=details(query),
            ),
            timedelta(seconds=10),
        )  # fmt: skip
        return arrow_stream(found)


def a_forecast(at: datetime) -> QuantileForecast:
    """Half a kilowatt too much in the middle, and a mean that is right."""
    return QuantileForecast(
        sender=Service.FORECASTER, emitted_at=at, issued_at=at, quantity="load",
        model_version="load-1", level="graduate",
        slots=tuple(
            QuantileSlot(
                start=one, p10_kw=load_kw(one) - 0.1, p50_kw=load_kw(one) + 0.5,
                p90_kw=load_kw(one) + 1, mean_kw=load_kw(one),
            )
            for one in slots(at, 60 * 4)
        ),
    )  # fmt: skip


def a_curve(at: datetime, published: int) -> PriceCurve:
    """So many published slots, and estimates that are 0.1 too high to the third day's end."""
    return PriceCurve(
        sender=Service.FORECASTER, emitted_at=at, issued_at=at, area="SE4", currency="SEK",
        source="market", model_version="price-1",
        slots=tuple(
            PriceSlot(
                start=one, import_per_kwh=1, export_per_kwh=0,
                spot_per_kwh=spot(one) + (0.0 if number < published else 0.1),
                kind="published" if number < published else "forecast",
                spot_p10_per_kwh=None if number < published else spot(one) - 0.1,
                spot_p90_per_kwh=None if number < published else spot(one) + 0.05,
            )
            for number, one in enumerate(slots(at, 4 * 96))
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(tmp_path_factory.mktemp("recorder") / "history.duckdb")
    messages = [a_forecast(MONDAY + 15 * DAY + number * 6 * HOUR) for number in range(20)]
    # the first two weeks at once, so that naive forecasts have something to go by
    curves = [a_curve(MONDAY + number * 4 * DAY, 4 * 96) for number in range(4)]
    curves += [a_curve(MONDAY + number * DAY, 96) for number in range(14, 20)]
    opened.commit(Batch(at=NOW, messages=(*messages, *curves)))
    yield opened
    opened.close()


@pytest.fixture
def house(tmp_path: Path, store: Store) -> House:
    made = House(tmp_path)
    kept = Kept(made.keeper.bus)
    kept.store = store
    made.keeper = kept
    return made


async def test_a_stores_forecasts_have_their_scores(house: House) -> None:
    async with house.running(scoring=False):
        assert await house.scoring.refresh() is None
    for lead in ("0-6", "6-12", "12-24", "24-48"):
        found = house.score("load", lead)
        assert found.mae == pytest.approx(0.5)
        # the store keeps the mean apart from the middle
        assert found.bias == pytest.approx(0.0, abs=1e-9)
        assert found.coverage == 1.0
        assert found.slots == 3 * 96
    # issued every six hours, so 48 to 54 hours before, and no further than 60
    assert house.score("load", "48-168").slots == 3 * 96


async def test_a_stores_price_estimates_have_their_scores(house: House) -> None:
    async with house.running(scoring=False):
        assert await house.scoring.refresh() is None
    found = house.score("price", "24-48")
    assert found.mae == pytest.approx(0.1)
    assert found.bias == pytest.approx(0.1)
    assert found.coverage == 1.0
    assert found.baseline == "same day last week"
    # of the first day ahead all were published
    assert all((one.quantity, one.lead) != ("price", "12-24") for one in house.scoring.scores)


async def test_every_row_is_asked_for_in_pieces_of_some_days(house: House) -> None:
    async with house.running(scoring=False):
        await house.scoring.refresh()
    spans = [one.end - one.start for one in house.keeper.queries if one.end and one.start]
    assert max(spans) <= 3 * DAY
    starts = pl.Series([one.start for one in house.keeper.queries if one.what == "forecasts"])
    assert starts.min() == NOW - 3 * DAY


async def test_a_recorder_that_has_just_begun_has_nothing_to_score(tmp_path: Path) -> None:
    made = House(tmp_path)
    kept = Kept(made.keeper.bus)
    kept.store = Store(empty_history(tmp_path / "history.duckdb"))
    made.keeper = kept
    async with made.running(scoring=False):
        assert await made.scoring.refresh() is None
    kept.store.close()
    assert made.scoring.scores == ()
    assert made.changes == 0
