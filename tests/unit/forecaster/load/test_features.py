"""What the corrector looks at: known at the moment, and free of this house's size."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.load.homes import HOUSE, MONDAY, habit, known, midnight, past, situation

from darkstar_common.slots import slots
from darkstar_forecaster.core.load.features import Examples, Scenery, examples
from darkstar_forecaster.core.load.lessons import lessons, looks
from darkstar_forecaster.core.load.scene import scenery, seen
from darkstar_forecaster.core.situation import WEATHER, Situation, empty

NOW = midnight(MONDAY)


def sight(at: Situation, count: int = 96) -> tuple[Scenery, int, np.ndarray]:
    scene = seen(at, HOUSE, slots(at.now, count))
    assert scene.grid is not None
    return scenery(scene, scene.grid, at), scene.end, scene.wanted


def look(at: Situation, count: int = 96) -> Examples:
    return examples(*sight(at, count))


def column(found: Examples, name: str) -> list[float]:
    return [float(one) for one in found.table[name]]


def test_a_house_of_twice_the_size_looks_the_same() -> None:
    small = look(known(30, NOW, noise=0.3))
    large = look(known(30, NOW, lambda local: 2 * habit(local), noise=0.3))
    assert large.scale == pytest.approx(2 * small.scale)
    for name in small.table.columns:
        one, other = np.array(column(small, name)), np.array(column(large, name))
        assert one == pytest.approx(other, nan_ok=True), name


@settings(max_examples=10, deadline=None)
@given(hours=st.integers(0, 47))
def test_a_look_back_sees_what_was_seen_then(hours: int) -> None:
    later = NOW + timedelta(days=5)
    then = NOW + timedelta(hours=hours)
    now, _, _ = sight(situation(past(35, later, noise=0.3), later))
    at = situation(past(35, later, noise=0.3).filter(pl.col("start") < then), then)
    scene, end, wanted = sight(at)
    back, there = examples(now, end, wanted), examples(scene, end, wanted)
    for name in there.table.columns:
        assert column(back, name) == pytest.approx(column(there, name), nan_ok=True), name


def test_lags_are_the_latest_of_their_time_of_day() -> None:
    noon = NOW + timedelta(hours=12)
    at = past(30, noon).with_columns(
        load_kw=pl.when(pl.col("start") == noon - timedelta(hours=1))
        .then(7.0)
        .when(pl.col("start") == noon + timedelta(hours=1) - timedelta(days=1))
        .then(5.0)
        .otherwise(pl.col("load_kw"))
    )
    found = look(situation(at, noon), 192)
    lag = np.array(column(found, "lag_day_1")) * found.scale
    assert lag[4] == pytest.approx(5.0)
    assert lag[92] == pytest.approx(7.0)
    assert lag[100] == pytest.approx(5.0)


def test_a_temperature_is_looked_at_where_it_is_known() -> None:
    at = known(30, NOW)
    starts = slots(NOW - timedelta(days=8), 9 * 96)
    cold = pl.concat(
        [
            empty(WEATHER),
            pl.DataFrame({"start": starts}, schema={"start": WEATHER["start"]}).with_columns(
                temperature_c=pl.when(pl.col("start") < NOW).then(10.0).otherwise(-5.0)
            ),
        ],
        how="diagonal",
    )
    found = look(Situation(now=NOW, past=at.past, weather=cold, spots=at.spots), 192)
    assert column(found, "temperature")[:96] == [-5.0] * 96
    assert np.isnan(column(found, "temperature")[96:]).all()
    assert column(found, "warmer_than_day")[0] == -15.0
    assert column(found, "warmer_than_week")[0] == -15.0
    assert np.isnan(column(look(at), "temperature")).all()


def test_flags_of_the_last_slot_are_looked_at() -> None:
    at = known(30, NOW)
    flagged = at.past.with_columns(vacation=pl.lit(value=True), alarm_armed=pl.lit(value=True))
    found = look(situation(flagged, NOW))
    assert (column(found, "away"), column(found, "alarm")) == ([1.0] * 96, [1.0] * 96)
    assert column(look(at), "away") == [0.0] * 96
    assert np.isnan(column(look(at), "alarm")).all()


def test_a_week_of_holes_is_unknown_not_nothing() -> None:
    at = known(30, NOW).past.filter(
        ~pl.col("start").is_between(NOW - timedelta(days=8), NOW - timedelta(hours=1))
    )
    found = look(situation(at, NOW))
    assert np.isnan(column(found, "lag_day_1")[0])
    assert np.isfinite(column(found, "same_kind_30")).all()


def test_looks_are_at_moments_of_the_days_and_never_past_the_end() -> None:
    found = list(looks(range(10, 20), 15 * 96 + 30))
    assert found
    for moment, wanted in found:
        assert 10 * 96 <= moment < 20 * 96
        assert (wanted >= moment).all()
        assert (wanted < 15 * 96 + 30).all()
        assert len(np.unique(wanted)) == len(wanted)


def test_every_slot_of_a_day_is_an_example_in_two_days() -> None:
    near = {
        int(place % 96)
        for moment, wanted in looks(range(10, 12), 10_000)
        for place in wanted
        if place - moment < 96
    }
    assert near == set(range(96))


def test_lessons_tell_what_the_base_missed() -> None:
    since = NOW - timedelta(days=1)

    def risen(local: datetime) -> float:
        return habit(local) + (1.0 if local >= since else 0.0)

    scene, end, _ = sight(known(30, NOW, risen))
    table = lessons(scene, [end // 96 - 1], end)
    first = table.filter(pl.col("day_ahead") == 0)
    missed = (first["actual"] - first["base"]) / first["scale"]
    assert first["target"].to_list() == pytest.approx(missed.to_list())
    assert first["target"].to_numpy().mean() > 0.5


def test_days_that_judge_stay_unseen() -> None:
    scene, end, _ = sight(known(30, NOW, noise=0.2))
    first_unseen = end - 5 * 96
    days = range(end // 96 - 12, end // 96 - 5)
    strange = scene.grid.kw.copy()
    strange[-5:] = 99.0
    spoiled = replace(scene, grid=replace(scene.grid, kw=strange))
    taught = lessons(spoiled, days, first_unseen)
    assert taught["actual"].to_numpy().max() < 99
    assert taught.equals(lessons(scene, days, first_unseen))
    assert lessons(spoiled, days, end)["actual"].to_numpy().max() == 99
