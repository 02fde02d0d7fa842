"""A price model on its way into use: judged on days it has not seen, kept, and read back."""

from __future__ import annotations

from pathlib import Path

from unit.forecaster.price.markets import (
    DAY,
    DAYS,
    HOUSE,
    MONDAY,
    QUICK,
    STOCKHOLM,
    coming,
    known,
    learned,
    published,
)

from darkstar_common.slots import local_day
from darkstar_forecaster.core.method import Ahead, Trained
from darkstar_forecaster.core.price.model import model_of
from darkstar_forecaster.core.promotion import lesson

TUESDAY = MONDAY + DAY
MARKET = known(published(DAYS + 14, TUESDAY, noise=0.1))


def test_a_model_that_beats_the_last_days_comes_into_use() -> None:
    found = lesson(QUICK, MARKET, HOUSE)
    assert found.promoted is not None, found.reason
    assert found.scores["candidate_pinball"] < found.scores["baseline_pinball"]
    assert found.promoted.to_slot == local_day(TUESDAY, STOCKHOLM)[1]


def test_where_prices_never_change_no_model_is_needed() -> None:
    flat = known(published(DAYS + 14, TUESDAY, lambda _: 0.5))
    found = lesson(QUICK, flat, HOUSE)
    assert found.promoted is None
    assert "the forecast without a model" in found.reason


def test_files_on_disk_forecast_what_the_model_did(tmp_path: Path) -> None:
    trained = learned()
    for name, content in trained.files.items():
        (tmp_path / name).write_bytes(content)
    read = Trained(
        quantity="price",
        features=trained.features,
        files={one.name: one.read_bytes() for one in tmp_path.iterdir()},
        from_slot=trained.from_slot,
        to_slot=trained.to_slot,
    )
    assert model_of(read.files).features == trained.features
    starts = coming(TUESDAY + DAY, 5)
    mine, theirs = (QUICK.forecast(MARKET, HOUSE, one, starts) for one in (trained, read))
    assert isinstance(mine, Ahead)
    assert isinstance(theirs, Ahead)
    assert mine.slots.equals(theirs.slots)
