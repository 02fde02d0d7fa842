"""The PV method: which step is taken when, what a model must be, and what always holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
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

from darkstar_common.config import Config
from darkstar_common.slots import slots
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.pv import PV
from darkstar_forecaster.core.pv.sky import sky
from darkstar_forecaster.core.pv.synthetic import weather_like
from darkstar_forecaster.core.situation import (
    AHEAD,
    PAST,
    SPOTS,
    WEATHER,
    Archive,
    Situation,
    empty,
)

CONFIG = a_config(SOUTH)
PLACELESS = CONFIG.model_copy(update={"location": None})
BARE = a_config()
TRUE = some_weather(JUNE, cloudy(days(50)))
MEASURED = some_past(TRUE, SOUTH)


def a_situation(
    seen_days: int, *, weather: bool = True, past_weather: bool = True, now: datetime | None = None
) -> Situation:
    """So many days have been seen; the weather of past and coming days is known, or not."""
    end = now or JUNE + timedelta(days=seen_days)
    known = TRUE if weather else empty(WEATHER)
    if not past_weather:
        known = known.filter(pl.col("start") >= end)
    return Situation(
        now=end,
        past=MEASURED.filter(pl.col("start") < end),
        weather=known,
        spots=empty(SPOTS),
    )


@pytest.fixture(scope="module")
def trained() -> Trained:
    model = PV.train(a_situation(20), CONFIG)
    assert isinstance(model, Trained)
    return model


def ahead(
    known: Situation, config: Config = CONFIG, trained: Trained | None = None, count: int = 192
) -> Ahead:
    """A forecast that must be there."""
    found = PV.forecast(known, config, trained, slots(known.now, count))
    assert isinstance(found, Ahead), found
    return found


def assert_sound(found: Ahead, starts: Sequence[datetime], most: float = 8.8) -> None:
    """What holds for each forecast."""
    table = found.slots
    assert table.schema == dict(AHEAD)
    assert table["start"].to_list() == list(starts)
    assert table.null_count().sum_horizontal().item() == 0
    assert table.select((pl.col("p10") <= pl.col("p50")).all()).item()
    assert table.select((pl.col("p50") <= pl.col("p90")).all()).item()
    for name in ("mean", "p10", "p50", "p90"):
        assert table[name].is_finite().all()
        assert table.select(pl.col(name).is_between(0, most).all()).item()
    night = pl.Series(sky(table["start"], LUND).night)
    assert table.filter(night)["p90"].sum() == 0


STEPS = [
    ("nothing seen", 0, CONFIG, {}, ("infant", "prior")),
    ("three days", 3, CONFIG, {}, ("infant", "prior")),
    ("a week", 7, CONFIG, {}, ("statistician", "learned_roof")),
    ("three weeks", 20, CONFIG, {}, ("graduate", "learned_roof")),
    ("no panels in the file", 7, BARE, {}, ("statistician", "learned_roof")),
    ("no weather ahead or before", 20, CONFIG, {"weather": False}, ("graduate", "clear_sky")),
    ("no weather and nothing seen", 0, CONFIG, {"weather": False}, ("infant", "clear_sky")),
    ("neither panels nor weather", 20, BARE, {"weather": False}, ("graduate", "clear_sky")),
    ("panels and weather unknown", 2, BARE, {"weather": False}, ("infant", "same_slot")),
    ("no place", 20, PLACELESS, {}, ("graduate", "same_slot")),
    ("no place, two days", 2, PLACELESS, {}, ("infant", "same_slot")),
]


@pytest.mark.parametrize(("what", "seen", "config", "without", "step"), STEPS)
def test_each_step_is_named_and_sound(
    what: str, seen: int, config: Config, without: dict[str, bool], step: tuple[str, str]
) -> None:
    known = a_situation(seen, **without)  # type: ignore[arg-type]
    found = ahead(known, config)
    assert (found.level, found.basis) == step, what
    assert found.maker
    assert found.notes
    assert_sound(found, slots(known.now, 192))
    assert found.slots["mean"].sum() > 0


def test_three_days_from_noon_on_are_three_days() -> None:
    noon = JUNE + timedelta(hours=12)
    known = a_situation(0, now=noon + timedelta(days=3))
    past = known.past.filter(pl.col("start") >= noon)
    assert ahead(replace(known, past=past), PLACELESS).level == "infant"


def test_a_trained_model_makes_the_forecast(trained: Trained) -> None:
    known = a_situation(21)
    found = ahead(known, trained=trained)
    assert (found.level, found.basis, found.maker, found.notes) == ("graduate", "", "", ())
    assert_sound(found, slots(known.now, 192))
    truth = some_past(TRUE, SOUTH).filter(pl.col("start") >= known.now).head(192)
    said, came = found.slots["mean"].to_numpy(), truth["pv_kw"].to_numpy()
    assert np.abs(said - came).sum() < 0.25 * came.sum()


def test_the_same_values_give_the_same_model_and_forecast(trained: Trained) -> None:
    again = PV.train(a_situation(20), CONFIG)
    assert isinstance(again, Trained)
    assert dict(again.files) == dict(trained.files)
    known = a_situation(21)
    found = ahead(known, trained=again).slots
    assert_frame_equal(found, ahead(known, trained=trained).slots, abs_tol=1e-9)


def test_a_model_tells_what_it_has_seen(trained: Trained) -> None:
    assert trained.quantity == "pv"
    assert trained.facts["days"] == 20
    assert JUNE <= trained.from_slot < JUNE + timedelta(days=1)
    assert JUNE + timedelta(days=19) < trained.to_slot < JUNE + timedelta(days=20)


@pytest.mark.parametrize(
    "broken",
    [
        {"files": {}},
        {"files": {"judgement.json": b"{"}},
        {"features": ("clearness",)},
    ],
)
def test_a_model_that_cannot_be_used_is_a_step_and_not_an_error(
    trained: Trained, broken: dict[str, object]
) -> None:
    content = {**trained.files, **broken["files"]} if "files" in broken else None  # type: ignore[dict-item]
    files = {} if broken.get("files") == {} else content
    damaged = replace(
        trained,
        files=trained.files if files is None else files,
        features=broken.get("features", trained.features),  # type: ignore[arg-type]
    )
    found = ahead(a_situation(20), trained=damaged)
    assert found.basis == "learned_roof"
    assert any("trained PV model" in one for one in found.notes)


def test_what_comes_later_changes_no_forecast(trained: Trained) -> None:
    now = JUNE + timedelta(days=21)
    issues = weather_like(MEASURED, LUND.latitude, LUND.longitude)
    spots = empty(SPOTS).with_columns(published_at=pl.lit(None, PAST["start"]))
    fine = Archive(past=MEASURED, weather=issues, spots=spots)
    poisoned = Archive(
        past=MEASURED.with_columns(
            pv_kw=pl.when(pl.col("start") >= now).then(99.0).otherwise("pv_kw")
        ),
        weather=issues.with_columns(
            irradiance_w_per_m2=pl.when(pl.col("issued_at") > now)
            .then(9999.0)
            .otherwise("irradiance_w_per_m2")
        ),
        spots=spots,
    )
    one, other = (ahead(archive.at(now), trained=trained) for archive in (fine, poisoned))
    assert one.slots.equals(other.slots)


def test_held_out_forecasts_of_kept_issues_widen_the_band() -> None:
    issues = weather_like(MEASURED.head(days(20)), LUND.latitude, LUND.longitude)
    sure = a_situation(20)
    model = PV.train(replace(sure, issues=issues), CONFIG)
    assert isinstance(model, Trained)
    found = ahead(sure, trained=model)
    by_day = found.slots.filter(pl.col("p50") > 1)
    assert by_day.select((pl.col("p90") - pl.col("p10") > 0.3).all()).item()


@pytest.mark.parametrize(
    ("what", "config", "known", "said"),
    [
        ("no panels", a_config(has_solar=False), a_situation(20), "no panels"),
        ("no place", PLACELESS, a_situation(20), "location"),
        ("thirteen days", CONFIG, a_situation(13), "13 are usable"),
        ("no weather", CONFIG, a_situation(20, past_weather=False), "of 0 is known"),
    ],
)
def test_what_cannot_be_trained_is_said(
    what: str, config: Config, known: Situation, said: str
) -> None:
    found = PV.train(known, config)
    assert isinstance(found, Untrainable), what
    assert said in found.reason


@pytest.mark.parametrize("config", [BARE, PLACELESS])
def test_where_nothing_is_known_no_forecast_is_made_up(config: Config) -> None:
    known = a_situation(0, weather=False)
    found = PV.forecast(known, config, None, slots(known.now, 4))
    assert isinstance(found, Unknown)
    assert found.reason
    assert "configuration" in found.guidance


def test_a_house_without_panels_has_no_forecast() -> None:
    found = PV.forecast(a_situation(5), a_config(has_solar=False), None, slots(JUNE, 4))
    assert isinstance(found, Unknown)


def test_slots_beyond_the_weather_follow_the_clearness_of_late(trained: Trained) -> None:
    known = a_situation(20)
    short = replace(
        known, weather=known.weather.filter(pl.col("start") < known.now + timedelta(days=1))
    )
    found = ahead(short, trained=trained)
    assert_sound(found, slots(known.now, 192))
    assert found.slots["mean"][96:].sum() > 0
    assert "no weather is known for 96 of the 192 slots" in found.notes


def test_snow_on_the_panels_keeps_the_forecast_low_until_it_thaws() -> None:
    start = datetime.fromisoformat("2026-01-10T00:00:00+00:00")
    warmth = np.where(np.arange(days(8)) < days(6), -4.0, 5.0)
    weather = some_weather(start, np.full(days(8), 0.9)).with_columns(temperature_c=warmth)
    past = some_past(weather, SOUTH).with_columns(
        pv_kw=pl.when(pl.col("start") > start + timedelta(days=2)).then(0.0).otherwise("pv_kw")
    )
    now = start + timedelta(days=5)
    known = Situation(
        now=now, past=past.filter(pl.col("start") < now), weather=weather, spots=empty(SPOTS)
    )
    found = ahead(known, count=288)
    assert found.basis == "snow"
    first, _, thawed = (
        float(found.slots["mean"][day * 96 : day * 96 + 96].sum()) for day in range(3)
    )
    assert first < 0.15 * thawed
    assert any("snow" in one for one in found.notes)


def test_a_forecast_stays_below_the_file_even_if_a_model_learned_more(trained: Trained) -> None:
    small = a_config(SOUTH.model_copy(update={"kwp": 3.0}))
    known = a_situation(21)
    assert_sound(ahead(known, small, trained), slots(known.now, 192), most=3.0)
