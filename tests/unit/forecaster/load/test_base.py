"""The base: level, present, and what it rests on."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from unit.forecaster.load.homes import (
    HOUSE,
    MONDAY,
    ZONE,
    day_ahead,
    habit,
    known,
    midnight,
    past,
    situation,
)

from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.load.base import Base, View, based, hindsight, voted
from darkstar_forecaster.core.load.house import viewed
from darkstar_forecaster.core.load.scene import seen
from darkstar_forecaster.core.situation import Situation

NOW = midnight(MONDAY)


def view(at: Situation, *, days: int = 1) -> View:
    scene = seen(at, HOUSE, slots(at.now, days * 96))
    assert scene.grid is not None
    before = hindsight(scene.grid, scene.house.kinds(scene.grid))
    return viewed(scene.house, scene.grid, before, scene.wanted, away=scene.away)


def base(at: Situation) -> Base:
    return based(view(at))


def with_last(at: Situation, kw: float, hours: float = 0.5) -> Situation:
    """The same, but the last slots were others."""
    since = at.now - timedelta(hours=hours)
    load = pl.when(pl.col("start") >= since).then(kw).otherwise(pl.col("load_kw"))
    return situation(at.past.with_columns(load_kw=load), at.now)


def test_what_runs_now_goes_on_for_a_while() -> None:
    usual, car = base(known(21, NOW)).mean, base(with_last(known(21, NOW), 4.0)).mean
    more = car - usual
    assert more[0] > 1.5
    assert (np.diff(more[:16]) < 0).all()
    assert more[-1] < 0.1


def test_what_is_off_now_leaves_a_quarter_of_the_base() -> None:
    night = NOW + timedelta(hours=22)
    usual, off = base(known(21, night)), base(with_last(known(21, night), 0.0))
    # the evening's 1.8 kW are missing, far more than the night has
    assert off.mean[0] == pytest.approx(0.25 * usual.mean[0], rel=0.05)
    assert (off.mean > 0).all()


def test_an_unknown_present_carries_nothing() -> None:
    at = known(21, NOW)
    late = situation(at.past.filter(pl.col("start") < NOW - timedelta(hours=2)), NOW)
    assert (base(late).carried == 0).all()


@pytest.mark.parametrize("share", [0.7, 1.0, 1.5])
def test_levels_are_told_by_span(share: float) -> None:
    since = NOW - timedelta(days=1)

    def kw(local: datetime) -> float:
        return habit(local) * (share if local >= since else 1.0)

    one, three, seven = base(known(28, NOW, kw)).ratios
    assert one == pytest.approx(share, rel=0.05)
    assert abs(one - 1) >= abs(three - 1) >= abs(seven - 1)


def test_the_base_rests_on_nothing_later_than_now() -> None:
    whole = past(30, NOW + timedelta(days=5))
    strange = whole.with_columns(
        load_kw=pl.when(pl.col("start") >= NOW).then(99.0).otherwise(pl.col("load_kw"))
    )
    scene = seen(situation(strange, NOW + timedelta(days=5)), HOUSE, ())
    assert scene.grid is not None
    before = hindsight(scene.grid, scene.house.kinds(scene.grid))
    there = seen(known(25, NOW), HOUSE, day_ahead(NOW))
    cut = scene.grid.until(there.end)
    found = based(viewed(there.house, cut, before[: len(cut.kw)], there.wanted, away=False))
    assert found.mean == pytest.approx(base(known(25, NOW)).mean)


def test_votes_are_those_of_the_kind_of_day() -> None:
    saturday = view(known(28, NOW + timedelta(days=4)), days=3)
    middle = voted(saturday, based(saturday))[1]
    wanted = [
        habit(one.astimezone(ZONE)) for one in slots(NOW + timedelta(days=4), len(saturday.wanted))
    ]
    assert middle == pytest.approx(wanted, rel=0.05)


def test_now_within_a_day_leaves_todays_slots_for_tomorrow() -> None:
    noon = NOW + timedelta(hours=12)

    def risen(local: datetime) -> float:
        return 2.0 if local >= NOW else 1.0

    found = view(known(28, noon, risen), days=2)
    curve = based(found).mean
    tomorrow_morning, tomorrow_evening = curve[20 * 4], curve[32 * 4]
    assert tomorrow_morning > tomorrow_evening
    assert found.lead_hours[0] == pytest.approx(SLOT.total_seconds() / 7200)
