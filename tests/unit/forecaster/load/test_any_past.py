"""Training and forecasting on pasts as houses have them: holes, silence, moves, clocks."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.load.homes import HOUSE, MONDAY, later, midnight, past, situation, week_ahead

from darkstar_forecaster.core.load.method import Load
from darkstar_forecaster.core.method import Ahead, Trained, Untrainable
from darkstar_forecaster.core.situation import Situation

NOW = midnight(MONDAY)
QUICK = Load(rounds=3)
HOUR = pl.col("start").dt.hour()
DAY = pl.col("start").dt.ordinal_day()
WHOLE = past(32, NOW, noise=0.2)


def sound(at: Situation) -> tuple[Trained | Untrainable, Ahead]:
    """What comes of a past; the forecast must be whole, in order and not negative."""
    model = QUICK.train(at, HOUSE)
    found = QUICK.forecast(
        at, HOUSE, model if isinstance(model, Trained) else None, week_ahead(at.now)
    )
    assert isinstance(found, Ahead)
    slots = found.slots
    assert slots.height == 7 * 96
    assert slots.select(pl.all_horizontal(pl.exclude("start").is_finite())).to_series().all()
    assert ((slots["p10"] <= slots["p50"]) & (slots["p50"] <= slots["p90"])).all()
    assert (slots["p10"] >= 0).all()
    return model, found


@pytest.mark.parametrize(
    ("why", "slots"),
    [
        ("nothing was ever used", WHOLE.with_columns(load_kw=pl.lit(0.0))),
        (
            "the meter stood still for two weeks",
            WHOLE.filter(pl.col("start") < NOW - timedelta(14)),
        ),
        ("every other day is missing", WHOLE.filter(DAY % 2 == 0)),
        ("every other hour is missing", WHOLE.filter(HOUR % 2 == 0)),
        ("a night is never seen", WHOLE.filter(HOUR.is_between(4, 23))),
        ("the last hours are missing", WHOLE.filter(pl.col("start") < NOW - timedelta(hours=5))),
        (
            "people moved in a week ago",
            WHOLE.with_columns(
                load_kw=pl.when(pl.col("start") < NOW - timedelta(days=7))
                .then(0.05)
                .otherwise(pl.col("load_kw"))
            ),
        ),
        (
            "a value is absurd",
            WHOLE.with_columns(
                load_kw=pl.when(pl.col("start") == NOW - timedelta(days=1))
                .then(1e6)
                .otherwise(pl.col("load_kw"))
            ),
        ),
        ("a flag is never told", WHOLE.with_columns(fit=pl.lit(None, pl.Boolean))),
        ("all was vacation", WHOLE.with_columns(vacation=pl.lit(value=True))),
    ],
)
def test_a_past_with_faults_gives_a_sound_forecast(why: str, slots: pl.DataFrame) -> None:
    model, found = sound(situation(slots, NOW))
    assert isinstance(model, Trained), why
    assert found.level == "graduate"


def test_days_that_lie_far_apart_are_days_all_the_same() -> None:
    sparse = past(64, NOW).filter(DAY % 4 == 0)
    model, _ = sound(situation(sparse, NOW))
    assert isinstance(model, Trained)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 26)])
def test_a_change_of_clocks_is_learned_through(day: date) -> None:
    now = midnight(later(day, 2))
    model, _ = sound(situation(past(30, now, noise=0.2), now))
    assert isinstance(model, Trained)


@settings(max_examples=5, deadline=None)
@given(days=st.floats(0, 20), minutes=st.integers(0, 1439), noise=st.floats(0, 3))
def test_any_length_of_past_at_any_time_of_day(days: float, minutes: int, noise: float) -> None:
    now = NOW + timedelta(minutes=minutes)
    slots = past(days, NOW, noise=noise)
    model, found = sound(situation(slots, now))
    assert isinstance(model, Trained) == (slots.height >= 14 * 96)
    assert (found.basis == "") == isinstance(model, Trained)
