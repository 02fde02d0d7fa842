"""A model comes into use only where it is better on days that it never saw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.forecaster.training.a_model import DAY, NOW, Oracle, a_model, a_situation, slot_ends

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_forecaster.core.promotion import before, lesson, pinball, seen_days

CONFIG = Config()
MIDNIGHT = datetime(2026, 5, 4, 22, tzinfo=UTC)


def test_a_model_that_beats_the_baseline_is_trained_on_all_and_promoted() -> None:
    method = Oracle(learned_kw=1.0, naive_kw=2.0)
    found = lesson(method, a_situation(), CONFIG)
    assert found.promoted is not None
    assert found.promoted.to_slot == NOW
    early, whole = method.trained_at
    assert slot_ends(early) == MIDNIGHT - 6 * DAY  # 27 whole days: a fourth is held out
    assert slot_ends(whole) > MIDNIGHT
    assert found.scores["candidate_pinball"] < found.scores["baseline_pinball"]
    assert found.scores["held_days"] == 6


@pytest.mark.parametrize(
    ("quantity", "days", "held"),
    [("load", 15, 3), ("load", 40, 7), ("pv", 200, 7), ("price", 40, 9), ("price", 200, 28)],
)
def test_as_many_days_are_held_out_as_make_sense(quantity: Quantity, days: int, held: int) -> None:
    found = lesson(Oracle(quantity=quantity), a_situation(days), CONFIG)
    assert found.scores["held_days"] == held


def test_a_model_that_is_no_better_than_the_baseline_is_rejected() -> None:
    found = lesson(Oracle(learned_kw=3.0, naive_kw=1.0), a_situation(), CONFIG)
    assert found.promoted is None
    assert found.judged
    assert "without a model" in found.reason


def test_a_model_that_is_no_better_than_the_one_in_use_is_rejected() -> None:
    current = a_model(1.0, to=NOW - 20 * DAY)
    found = lesson(Oracle(learned_kw=1.3, naive_kw=2.0), a_situation(), CONFIG, current)
    assert found.promoted is None
    assert "the model in use" in found.reason


def test_a_model_that_beats_the_one_in_use_is_promoted() -> None:
    current = a_model(1.6, to=NOW - 20 * DAY)
    found = lesson(Oracle(learned_kw=1.0), a_situation(), CONFIG, current)
    assert found.promoted is not None
    assert "of the model before" in found.reason


def test_the_model_in_use_is_compared_on_days_alone_that_it_has_not_seen() -> None:
    method = Oracle(learned_kw=1.0)
    current = a_model(1.6, to=MIDNIGHT - 2 * DAY)
    lesson(method, a_situation(), CONFIG, current)
    asked = [starts[0] for _, trained, starts in method.asked if trained is current]
    assert asked == [MIDNIGHT - 2 * DAY, MIDNIGHT - DAY]


def test_nothing_is_promoted_over_a_model_that_has_seen_all_days() -> None:
    found = lesson(Oracle(), a_situation(), CONFIG, a_model(9.0, to=NOW))
    assert found.promoted is None
    assert "has learned from all days" in found.reason


def test_a_short_past_is_not_learned_from() -> None:
    found = lesson(Oracle(), a_situation(10), CONFIG)
    assert not found.judged
    assert found.reason == "9 days are known, 14 are needed"


def test_what_cannot_be_trained_says_why() -> None:
    found = lesson(Oracle(untrainable="there is no weather"), a_situation(), CONFIG)
    assert (found.promoted, found.judged, found.reason) == (None, False, "there is no weather")


def test_what_cannot_be_judged_is_not_promoted() -> None:
    found = lesson(Oracle(mute=True), a_situation(), CONFIG)
    assert found.promoted is None
    assert "cannot be judged" in found.reason


def test_held_out_days_are_forecast_from_what_was_known_when_they_began() -> None:
    method = Oracle()
    lesson(method, a_situation(), CONFIG)
    for known, _, starts in method.asked:
        assert slot_ends(known) <= known.now <= starts[0]


def test_prices_are_forecast_two_days_ahead_from_what_was_published() -> None:
    method = Oracle(quantity="price", learned_kw=0.5)
    found = lesson(method, a_situation(), CONFIG)
    assert found.promoted is not None
    for known, _, starts in method.asked:
        assert known.now.astimezone(CONFIG.zone).hour == 13
        assert known.spots["start"].max() == starts[0] - timedelta(minutes=15)


def test_days_that_are_not_to_be_learned_from_do_not_count() -> None:
    known = a_situation()
    spoilt = known.past.with_columns(fit=pl.col("start") < MIDNIGHT - 3 * DAY)
    days = seen_days("load", type(known)(
        now=NOW, past=spoilt, weather=known.weather, spots=known.spots), CONFIG)  # fmt: skip
    assert days[-1] == (MIDNIGHT - 3 * DAY).date()


@given(hours=st.integers(0, 24 * 27))
def test_nothing_of_later_is_known_before(hours: int) -> None:
    known, now = a_situation(), NOW - timedelta(hours=hours)
    early = before(known, now, CONFIG)
    assert early.past.filter(pl.col("start") + timedelta(minutes=15) > now).is_empty()
    local = now.astimezone(CONFIG.zone)
    ahead = early.spots["start"].dt.convert_time_zone(CONFIG.zone.key).dt.date().max()
    if hours:
        assert ahead == local.date() + (DAY if local.hour >= 13 else 0 * DAY)


@given(
    actual=st.floats(-5, 20),
    quantiles=st.lists(st.floats(-5, 20), min_size=3, max_size=3).map(sorted),
)
def test_the_loss_is_least_where_all_quantiles_are_right(
    actual: float, quantiles: list[float]
) -> None:
    low, middle, high = quantiles
    rows = pl.DataFrame({"actual": [actual], "p10": [low], "p50": [middle], "p90": [high]})
    exact = rows.with_columns(p10=pl.lit(actual), p50=pl.lit(actual), p90=pl.lit(actual))
    assert pinball(exact) == 0
    assert pinball(rows) >= 0
    assert pinball(rows) == pytest.approx(
        sum(
            max(share * (actual - one), (share - 1) * (actual - one))
            for share, one in zip((0.1, 0.5, 0.9), quantiles, strict=True)
        )
        / 3
    )
