"""The trained part: it wins where there is something to learn, and stays within its bounds."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from unit.forecaster.load.homes import HOUSE, MONDAY, habit, known, midnight, situation, week_ahead

from darkstar_common.slots import slots
from darkstar_forecaster.core.boosting import DamagedModelError
from darkstar_forecaster.core.load.corrector import corrected, learned
from darkstar_forecaster.core.load.features import WEATHER as WEATHER_FEATURES
from darkstar_forecaster.core.load.features import Scenery, examples
from darkstar_forecaster.core.load.files import files, from_files
from darkstar_forecaster.core.load.method import Load
from darkstar_forecaster.core.load.scene import scenery, seen
from darkstar_forecaster.core.method import Ahead, Trained, Untrainable
from darkstar_forecaster.core.situation import WEATHER, Situation, empty

NOW = midnight(MONDAY)
LOAD = Load(rounds=12)
"""As the real one, but quick."""


def after_a_bath(local: datetime) -> float:
    """Every third night something large runs, three nights later again: no kind of day has it."""
    return habit(local) + 3.0 * (local.toordinal() % 3 == 0 and local.hour < 4)


@cache
def taught() -> tuple[Situation, Trained]:
    at = known(40, NOW, after_a_bath, noise=0.1)
    found = LOAD.train(at, HOUSE)
    assert isinstance(found, Trained)
    return at, found


def forecast(at: Situation, model: Trained | None) -> Ahead:
    found = LOAD.forecast(at, HOUSE, model, week_ahead(at.now))
    assert isinstance(found, Ahead)
    return found


def looked(at: Situation) -> tuple[Scenery, int, np.ndarray]:
    scene = seen(at, HOUSE, week_ahead(at.now))
    assert scene.grid is not None
    return scenery(scene, scene.grid, at), scene.end, scene.wanted


def test_two_weeks_are_needed_to_learn() -> None:
    found = LOAD.train(known(13, NOW), HOUSE)
    assert isinstance(found, Untrainable)
    assert "known of 13.0 days, and it takes 14" in found.reason


def test_two_weeks_are_enough_to_learn() -> None:
    at = known(14, NOW, noise=0.1)
    found = LOAD.train(at, HOUSE)
    assert isinstance(found, Trained)
    assert forecast(at, found).basis == ""


def test_a_model_says_what_it_is() -> None:
    at, model = taught()
    assert model.quantity == "load"
    assert (model.from_slot, model.to_slot) == (at.past["start"][0], NOW)
    assert {"lag_day_1", "same_kind_10", "free", "lead_hours"} <= set(model.features)
    assert model.facts["rmse_kw"] <= model.facts["rmse_base_kw"]
    assert model.facts["pinball_kw"] <= model.facts["pinball_base_kw"]


def test_a_model_makes_the_forecast() -> None:
    at, model = taught()
    found = forecast(at, model)
    assert (found.level, found.basis, found.maker, found.notes) == ("graduate", "", "", ())


def test_a_model_is_used_only_where_the_house_is_known_well() -> None:
    _, model = taught()
    found = forecast(known(10, NOW), model)
    assert (found.level, found.basis) == ("statistician", "same_slot")


def test_what_the_same_slots_miss_is_learned() -> None:
    at, model = taught()
    facts = model.facts
    assert facts["mean_share"] > 0
    assert facts["rmse_kw"] < 0.9 * facts["rmse_base_kw"]
    truth = [after_a_bath(one.astimezone(HOUSE.zone)) for one in week_ahead(NOW)[:96]]
    errors = [
        float(np.abs(forecast(at, one).slots["mean"].to_numpy()[:96] - truth).mean())
        for one in (model, None)
    ]
    assert errors[0] < errors[1]


def test_noise_is_not_mistaken_for_something_to_learn() -> None:
    found = LOAD.train(known(40, NOW, lambda _: 1.0, noise=0.3), HOUSE)
    assert isinstance(found, Trained)
    assert found.facts["rmse_kw"] <= found.facts["rmse_base_kw"]


def test_the_corrector_moves_the_mean_by_half_at_most() -> None:
    at, model = taught()
    corrector = from_files(model.files)
    saw = examples(*looked(at))
    mean = corrected(corrector, saw)["mean"].to_numpy()
    assert (mean >= 0.5 * saw.base.mean - 1e-9).all()
    assert (mean <= 1.5 * saw.base.mean + 1e-9).all()
    # it would like to move it further
    assert mean.max() == pytest.approx(1.5 * saw.base.mean[mean.argmax()])


def test_quantiles_of_a_model_are_in_order_and_not_negative() -> None:
    at, model = taught()
    slots = forecast(at, model).slots
    assert slots.null_count().sum_horizontal().item() == 0
    assert ((slots["p10"] <= slots["p50"]) & (slots["p50"] <= slots["p90"])).all()
    assert (slots["p10"] >= 0).all()


def test_the_band_holds_four_fifths_of_the_days_that_follow() -> None:
    later = NOW + timedelta(days=21)
    whole = known(61, later, after_a_bath, noise=0.1, seed=3).past
    _, model = taught()
    inside: list[float] = []
    for day in range(0, 21, 3):
        now = NOW + timedelta(days=day)
        at = situation(whole.filter(pl.col("start") < now), now)
        slots = forecast(at, model).slots.head(96).join(whole, on="start")
        held = slots["load_kw"].is_between(slots["p10"], slots["p90"])
        inside.append(float(held.to_numpy().mean()))
    assert np.mean(inside) == pytest.approx(0.8, abs=0.08)


def test_the_same_past_teaches_the_same() -> None:
    at, model = taught()
    assert LOAD.train(at, HOUSE) == model


def test_a_kept_model_forecasts_the_same() -> None:
    at, model = taught()
    saw = examples(*looked(at))
    found = learned(looked(at)[0], threads=1, rounds=12)
    assert found is not None
    corrector, _ = found
    again = from_files(files(corrector))
    assert corrected(again, saw).equals(corrected(corrector, saw))
    assert dict(model.files) == files(corrector)


def weather(at: Situation, *, until: datetime) -> Situation:
    """The nights are cold, and from some time on nobody knows."""
    starts = slots(NOW - timedelta(days=40), 48 * 96)
    hour = pl.col("start").dt.hour()
    frame = pl.DataFrame({"start": starts}, schema={"start": WEATHER["start"]}).with_columns(
        temperature_c=10.0 * hour.is_between(8, 18), irradiance_w_per_m2=300.0 * (hour == 12)
    )
    known_weather = pl.concat([empty(WEATHER), frame], how="diagonal")
    return Situation(
        now=at.now,
        past=at.past,
        weather=known_weather.filter(pl.col("start") < until),
        spots=at.spots,
    )


def test_weather_is_learned_from_where_it_is_known() -> None:
    at, plain = taught()
    warm = weather(at, until=NOW + timedelta(days=8))
    model = LOAD.train(warm, HOUSE)
    assert isinstance(model, Trained)
    assert set(model.features) - set(plain.features) == set(WEATHER_FEATURES)
    assert forecast(warm, model).notes == ()


def test_weather_that_is_missing_ahead_is_told() -> None:
    at, _ = taught()
    warm = weather(at, until=NOW)
    model = LOAD.train(warm, HOUSE)
    assert isinstance(model, Trained)
    found = forecast(at, model)
    assert found.basis == ""
    assert found.notes == ("the weather ahead is not known, so the load is forecast without it",)


@pytest.mark.parametrize("name", ["shares.json", "mean.ubj", "quantiles.ubj", "shape.json"])
def test_a_damaged_model_is_a_step_down_that_is_told(name: str) -> None:
    at, model = taught()
    content = {**model.files, name: b"{}"}
    with pytest.raises(DamagedModelError, match=name):
        from_files(content)
    damaged = Trained(
        quantity="load",
        features=model.features,
        files=content,
        from_slot=model.from_slot,
        to_slot=model.to_slot,
    )
    found = forecast(at, damaged)
    assert (found.basis, found.maker) == ("same_slot", "same-slot-2")
    assert any(name in note for note in found.notes)


def test_a_model_without_a_file_is_a_step_down() -> None:
    _, model = taught()
    content = {name: value for name, value in model.files.items() if name != "shares.json"}
    with pytest.raises(DamagedModelError, match="it is missing"):
        from_files(content)
