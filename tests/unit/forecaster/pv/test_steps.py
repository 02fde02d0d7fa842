"""Forecasts without a trained model: physics, clear skies, snow, the past alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.pv.sunny import (
    JUNE,
    LUND,
    SOUTH,
    a_config,
    cloudy,
    days,
    some_past,
    some_weather,
)

from darkstar_common.slots import slots
from darkstar_forecaster.core.pv import envelope, physics, snow, votes
from darkstar_forecaster.core.pv.memory import recent
from darkstar_forecaster.core.pv.roof import as_configured
from darkstar_forecaster.core.pv.seen import Seen, scene, seen
from darkstar_forecaster.core.situation import PAST, SPOTS, TIME, Situation, empty

CONFIG = a_config(SOUTH)
ROOF = as_configured(CONFIG)
JANUARY = datetime(2026, 1, 10, tzinfo=UTC)


def what_was_seen(start: datetime, clear: float, given: float, warmth: float) -> Seen:
    """Three days of steady weather in which the panels gave a share of what was due."""
    weather = some_weather(start, np.full(days(3), clear), temperature_c=warmth)
    past = some_past(weather, SOUTH).with_columns(pl.col("pv_kw") * given)
    now = start + timedelta(days=3)
    known = Situation(now=now, past=past, weather=weather, spots=empty(SPOTS))
    return seen(known, CONFIG, LUND)


@settings(max_examples=20, deadline=None)
@given(share=st.floats(0, 1.15), lead=st.floats(0, 168))
def test_physics_is_in_order_and_within_its_limits(share: float, lead: float) -> None:
    assert ROOF is not None
    of = scene(slots(JUNE, 96), some_weather(JUNE, np.full(96, share)), LUND)
    found = physics.foretold(ROOF, of, np.full(96, lead), "graduate")
    low, middle, high, mean = (found[one].to_numpy() for one in ("p10", "p50", "p90", "mean"))
    assert (low >= 0).all()
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert ((low <= mean) & (mean <= high)).all()
    assert high.max() <= ROOF.most_kw


def test_bands_grow_with_lead_time_and_ignorance() -> None:
    assert ROOF is not None
    of = scene(slots(JUNE, 96), some_weather(JUNE, np.full(96, 0.6)), LUND)
    widths = [
        float((found["p90"] - found["p10"]).sum())
        for found in (
            physics.foretold(ROOF, of, np.full(96, lead), level)
            for lead, level in ((1.0, "graduate"), (100.0, "graduate"), (100.0, "infant"))
        )
    ]
    assert widths == sorted(widths)
    assert widths[0] < 0.85 * widths[1]


def test_unknown_light_gives_an_unknown_forecast() -> None:
    assert ROOF is not None
    of = scene(slots(JUNE, 96), some_weather(JUNE, np.ones(48)), LUND)
    found = physics.foretold(ROOF, of, np.zeros(96), "graduate")
    assert not found["mean"][:48].is_nan().any()
    assert found["mean"][48:72].is_nan().all()


def test_recent_shares_are_those_of_the_last_days() -> None:
    of = what_was_seen(JUNE, clear=1.0, given=0.5, warmth=15.0)
    assert of.roof is not None
    clear = of.roof.power(of.scene.over, of.scene.over.clear, of.scene.around)
    assert physics.recent_shares(of, clear) == pytest.approx((0.5, 0.5, 0.5), abs=0.04)


def test_nothing_recent_is_any_sky() -> None:
    nothing = Situation(
        now=JUNE, past=empty(PAST), weather=some_weather(JUNE, np.ones(4)), spots=empty(SPOTS)
    )
    of = seen(nothing, CONFIG, LUND)
    assert physics.recent_shares(of, np.array([])) == physics.ANY_SKY


@pytest.mark.parametrize(
    ("what", "clear", "share", "warmth", "there"),
    [
        ("bright, cold, nothing", 0.9, 0.02, -4.0, True),
        ("bright, cold, as due", 0.9, 0.9, -4.0, False),
        ("bright, cold, a third", 0.9, 0.35, -4.0, False),
        ("too warm for snow", 0.9, 0.02, 8.0, False),
        ("too dark to tell", 0.03, 0.02, -4.0, False),
    ],
)
def test_snow_is_suspected_when_bright_cold_days_give_nothing(
    what: str, clear: float, share: float, warmth: float, there: bool
) -> None:
    assert snow.lies(what_was_seen(JANUARY, clear, share, warmth)) == there, what


def test_snow_lies_until_it_has_thawed_for_hours() -> None:
    weather = some_weather(JANUARY, np.full(96, 0.9), temperature_c=-3.0).with_columns(
        temperature_c=pl.Series([-3.0] * 40 + [4.0] * 56)
    )
    covered = snow.covered(scene(slots(JANUARY, 96), weather, LUND))
    assert covered[:51].all()
    assert not covered[51:].any()


def test_of_unknown_temperature_snow_is_not_freed() -> None:
    weather = some_weather(JANUARY, np.full(96, 0.9)).with_columns(temperature_c=None)
    assert snow.covered(scene(slots(JANUARY, 96), weather, LUND)).all()


def test_covered_slots_are_dimmed_and_the_others_left() -> None:
    ahead = pl.DataFrame({one: [2.0, 2.0] for one in ("mean", "p10", "p50", "p90")})
    dimmed = snow.dimmed(ahead, np.array([True, False]))
    assert dimmed.row(1) == (2.0, 2.0, 2.0, 2.0)
    low, middle, high = (dimmed[one][0] for one in ("p10", "p50", "p90"))
    assert low <= middle <= high < 2.0


def test_a_clear_skys_power_is_found_from_the_past_alone() -> None:
    clear = cloudy(days(12))
    weather = some_weather(JUNE, clear)
    past = some_past(weather, SOUTH)
    now = JUNE + timedelta(days=12)
    known = Situation(now=now, past=past, weather=weather.clear(), spots=empty(SPOTS))
    of = seen(known, a_config(), LUND)
    assert of.roof is None
    starts = pl.Series("start", slots(now, 96), dtype=TIME)
    ahead = scene(starts, weather.clear(), LUND)
    found = envelope.clear_power(of, starts, ahead.over)
    assert ROOF is not None
    true = ROOF.power(ahead.over, ahead.over.clear, ahead.around)
    assert found is not None
    assert found.sum() == pytest.approx(true.sum(), rel=0.2)
    assert found[ahead.over.night].max() == 0


def test_three_days_make_no_envelope() -> None:
    of = what_was_seen(JUNE, 1.0, 1.0, 15.0)
    assert envelope.clear_power(of, of.past["start"], of.scene.over) is None


def test_what_the_past_days_gave_follows_the_level_of_late() -> None:
    weather = some_weather(JUNE, np.full(days(10), 0.8))
    dirty = pl.col("start") >= JUNE + timedelta(days=8)
    past = some_past(weather, SOUTH).with_columns(
        pv_kw=pl.when(dirty).then(pl.col("pv_kw") * 0.7).otherwise("pv_kw")
    )
    known = Situation(now=JUNE + timedelta(days=10), past=past, weather=weather, spots=empty(SPOTS))
    told = recent(seen(known, CONFIG, LUND))
    first, before, after = (told.row(at, named=True) for at in (1, 8, 10))
    assert first["lately"] == pytest.approx(before["lately"], rel=0.02)
    assert after["lately"] == pytest.approx(0.7 * before["lately"], rel=0.05)
    assert after["lately"] < after["recent"] < before["recent"]
    assert after["drift"] < before["drift"]


def test_votes_are_the_quantiles_of_the_same_slot() -> None:
    past = some_past(some_weather(JUNE, cloudy(days(10))), SOUTH)
    ahead = pl.Series("start", slots(JUNE + timedelta(days=10), 96), dtype=TIME)
    found = votes.same_slot(past, ahead)
    assert found is not None
    assert (found["p10"] <= found["p50"]).all()
    assert (found["p50"] <= found["p90"]).all()
    noon = past.filter(pl.col("start").dt.hour() == 11)["pv_kw"].to_numpy()
    assert found["p90"][46] <= noon.max()
    assert found["p10"][46] >= noon.min()
    assert found["p90"][0] == 0


def test_half_a_day_is_too_little_to_vote() -> None:
    past = some_past(some_weather(JUNE, cloudy(60)), SOUTH)
    assert votes.same_slot(past, past["start"]) is None
