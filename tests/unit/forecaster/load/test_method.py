"""Load forecasts, from nothing to weeks of history."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.load.homes import (
    HOUSE,
    MONDAY,
    ZONE,
    archive,
    day_ahead,
    habit,
    known,
    later,
    midnight,
    past,
    situation,
    week_ahead,
)

from darkstar_common.config import Config
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.load import LOAD
from darkstar_forecaster.core.method import Ahead, Unknown
from darkstar_forecaster.core.situation import AHEAD, PAST, Situation, empty

NOW = midnight(MONDAY)


def ahead(at: Situation, config: Config = HOUSE, *, days: int = 7) -> Ahead:
    found = LOAD.forecast(at, config, None, week_ahead(at.now)[: days * 96])
    assert isinstance(found, Ahead)
    return found


def energy(found: Ahead) -> float:
    """Of all slots [kWh]."""
    return float(found.slots["mean"].to_numpy().sum()) / 4


def house(**household: object) -> Config:
    return Config.model_validate({"timezone": ZONE.key, "household": household})


@pytest.mark.parametrize(
    ("days", "level", "basis", "maker"),
    [
        (0, "infant", "profile", "profile-1"),
        (3, "infant", "profile", "profile-1"),
        (4, "statistician", "same_slot", "same-slot-2"),
        (13, "statistician", "same_slot", "same-slot-2"),
        (14, "graduate", "same_slot", "same-slot-2"),
        (30, "graduate", "same_slot", "same-slot-2"),
    ],
)
def test_there_is_a_forecast_at_every_level(days: int, level: str, basis: str, maker: str) -> None:
    found = ahead(known(days, NOW))
    assert (found.level, found.basis, found.maker) == (level, basis, maker)


@settings(max_examples=25, deadline=None)
@given(
    hours=st.floats(0, 24 * 20),
    past_now=st.integers(0, 24 * 60),
    noise=st.floats(0, 2),
    seed=st.integers(0, 99),
)
def test_forecasts_are_whole_in_order_and_never_negative(
    hours: float, past_now: int, noise: float, seed: int
) -> None:
    now = NOW + timedelta(minutes=past_now)
    at = known(hours / 24, NOW, noise=noise, seed=seed)
    found = ahead(Situation(now=now, past=at.past, weather=at.weather, spots=at.spots), days=2)
    slots = found.slots
    assert dict(slots.schema) == dict(AHEAD)
    assert slots.null_count().sum_horizontal().item() == 0
    assert slots.select(pl.all_horizontal(pl.exclude("start").is_finite())).to_series().all()
    assert ((slots["p10"] <= slots["p50"]) & (slots["p50"] <= slots["p90"])).all()
    assert (slots["p10"] >= 0).all()


def test_slots_come_in_the_order_they_were_asked_for() -> None:
    at = known(20, NOW)
    starts = week_ahead(NOW)
    backwards = LOAD.forecast(at, HOUSE, None, starts[::-1])
    assert isinstance(backwards, Ahead)
    assert backwards.slots.reverse().equals(ahead(at).slots)


def test_a_house_of_firm_habits_is_forecast_as_it_lives() -> None:
    found = ahead(known(28, NOW)).slots
    wanted = [habit(one.astimezone(ZONE)) for one in found["start"]]
    assert found["p50"].to_list() == pytest.approx(wanted, rel=0.01)
    # the mean knows that a working day may be like a day off
    assert found["mean"].to_list() == pytest.approx(wanted, abs=0.3)


def test_a_public_holiday_is_forecast_as_a_day_off() -> None:
    epiphany = date(2026, 1, 6)
    at = known(28, midnight(epiphany))
    noon = ahead(at, days=1).slots["p50"][12 * 4]
    assert noon > 1.0
    assert ahead(at, house(country=None), days=1).slots["p50"][12 * 4] < 0.5


def test_a_country_without_known_holidays_is_told() -> None:
    found = ahead(known(20, NOW), house(country="XX"))
    assert any("holidays of XX are not known" in note for note in found.notes)


@pytest.mark.parametrize("yearly", [2500.0, 10_000.0])
def test_a_cold_start_is_a_standard_household_of_that_yearly_use(yearly: float) -> None:
    found = ahead(situation(empty(PAST), NOW), house(yearly_kwh=yearly))
    assert energy(found) * 365 / 7 == pytest.approx(yearly, rel=0.3)
    assert any("standard household's" in note for note in found.notes)


def test_of_a_house_that_nobody_knows_nothing_is_said() -> None:
    found = LOAD.forecast(situation(empty(PAST), NOW), house(yearly_kwh=None), None, day_ahead(NOW))
    assert isinstance(found, Unknown)
    assert "yearly_kwh" in found.guidance


def test_one_day_is_enough_to_know_the_size_of_a_house() -> None:
    small = ahead(known(1, NOW, lambda _: 0.2), house(yearly_kwh=None)).slots["mean"].mean()
    assert small == pytest.approx(0.2, rel=0.35)


def test_the_more_is_seen_the_less_the_standard_household_counts() -> None:
    standard = energy(ahead(situation(empty(PAST), NOW)))
    one, two, three = (energy(ahead(known(days, NOW, lambda _: 3.0))) for days in (1, 2, 3))
    assert standard < one < two < three


def test_a_time_of_day_that_was_never_seen_is_borrowed_and_told() -> None:
    at = past(10, NOW)
    holes = at.filter(pl.col("start").dt.hour() != 12)
    found = ahead(situation(holes, NOW))
    assert found.basis == "same_slot"
    assert any("was never seen at that time of day" in note for note in found.notes)


def test_a_past_that_ended_long_ago_is_told() -> None:
    at = situation(past(20, NOW - timedelta(days=3)), NOW)
    assert any("last 3.0 days is not known" in note for note in ahead(at).notes)
    assert not ahead(known(20, NOW)).notes


def test_slots_that_are_not_fit_are_not_learned_from() -> None:
    at = past(20, NOW)
    party = at.with_columns(
        load_kw=pl.when(pl.col("start") >= NOW - timedelta(days=2))
        .then(9.0)
        .otherwise(pl.col("load_kw")),
        fit=pl.col("start") < NOW - timedelta(days=2),
    )
    without = at.filter(pl.col("start") < NOW - timedelta(days=2))
    assert ahead(situation(party, NOW)).slots.equals(ahead(situation(without, NOW)).slots)


def test_the_forecast_follows_the_level_of_the_last_days() -> None:
    cold = NOW - timedelta(days=3)

    def colder(local: datetime) -> float:
        return habit(local) * (2.0 if local >= cold else 1.0)

    usual, risen = (energy(ahead(known(28, NOW, one))) for one in (habit, colder))
    assert 1.4 * usual < risen < 2.1 * usual


def vacation(at: Situation, since: datetime, until: datetime) -> Situation:
    gone = pl.col("start").is_between(since, until - SLOT)
    return situation(
        at.past.with_columns(
            vacation=gone, load_kw=pl.when(gone).then(0.2).otherwise(pl.col("load_kw"))
        ),
        at.now,
    )


def test_whoever_is_on_vacation_is_forecast_to_be() -> None:
    at = vacation(known(40, NOW), NOW - timedelta(days=5), NOW)
    assert energy(ahead(at)) < 0.3 * 7 * 24


def test_back_home_the_vacation_is_forgotten() -> None:
    home = later(MONDAY, -1)
    at = vacation(known(40, NOW), midnight(home) - timedelta(days=7), midnight(home))
    usual = energy(ahead(known(40, NOW)))
    assert energy(ahead(at)) == pytest.approx(usual, rel=0.1)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_habits_keep_local_time_over_the_change_of_clocks(day: date) -> None:
    now = midnight(later(day, -1))
    found = ahead(known(20, now), days=3).slots
    wanted = [habit(one.astimezone(ZONE)) for one in found["start"]]
    assert found["p50"].to_list() == pytest.approx(wanted, rel=0.01)


@settings(max_examples=10, deadline=None)
@given(later_kw=st.floats(0, 50), minutes=st.integers(0, 2000))
def test_a_poisoned_future_changes_nothing(later_kw: float, minutes: int) -> None:
    now = NOW + timedelta(minutes=minutes)
    true = past(16, NOW + timedelta(days=3))
    untrue = true.with_columns(
        load_kw=pl.when(pl.col("start") > now - SLOT).then(later_kw).otherwise(pl.col("load_kw"))
    )
    assert ahead(archive(true).at(now)).slots.equals(ahead(archive(untrue).at(now)).slots)
