"""What was known when: the cut that all forecasts and all measures of them rest on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import PAST, SPOTS, WEATHER, Archive, empty

START = datetime(2026, 3, 1, tzinfo=UTC)


def an_archive(count: int, later_kw: float = 1.0, since: datetime | None = None) -> Archive:
    """Slots with a value each; from `since` on, all of them hold `later_kw`."""
    starts = [START + number * SLOT for number in range(count)]
    values = [later_kw if since is not None and one >= since else 1.0 for one in starts]
    past = pl.DataFrame({"start": starts, "load_kw": values}).cast({"start": PAST["start"]})
    spots = pl.DataFrame({"start": starts, "spot_per_kwh": values}).with_columns(
        pl.col("start").cast(SPOTS["start"]),
        published_at=(pl.col("start") - timedelta(hours=12)).cast(SPOTS["start"]),
    )
    weather = pl.concat(
        [
            pl.DataFrame({"start": starts, "temperature_c": values}).with_columns(
                pl.col("start").cast(WEATHER["start"]),
                issued_at=(pl.col("start") - timedelta(hours=lead)).cast(WEATHER["start"]),
            )
            for lead in (48, 24, 3)
        ]
    )
    return Archive(
        past=pl.concat([empty(PAST), past], how="diagonal"),
        weather=pl.concat([empty(WEATHER), weather], how="diagonal"),
        spots=spots,
    )


@given(minutes=st.integers(0, 60 * 24 * 4), count=st.integers(1, 300))
def test_nothing_later_than_now_is_known(minutes: int, count: int) -> None:
    now = START + timedelta(minutes=minutes)
    known = an_archive(count).at(now)
    assert all(start + SLOT <= now for start in known.past["start"])
    assert all(start - timedelta(hours=12) <= now for start in known.spots["start"])
    assert all(start - timedelta(hours=48) <= now for start in known.weather["start"])


@given(minutes=st.integers(0, 60 * 24 * 3))
def test_a_poisoned_future_changes_no_situation(minutes: int) -> None:
    now = START + timedelta(minutes=minutes)
    fine = an_archive(288).at(now)
    poisoned = an_archive(288, later_kw=1e6, since=now).at(now)
    assert fine.past.equals(poisoned.past)


@given(minutes=st.integers(0, 60 * 24 * 3))
def test_the_issues_of_the_past_are_known_and_no_later_ones(minutes: int) -> None:
    now = START + timedelta(minutes=minutes)
    known = an_archive(288).at(now)
    assert all(issued <= now for issued in known.issues["issued_at"])
    ended = known.issues.filter(pl.col("start") < now - timedelta(minutes=15))
    assert not ended.height or ended["start"].is_duplicated().any()


def test_of_each_slot_the_last_issue_counts() -> None:
    archive = an_archive(4)
    newer = archive.weather.with_columns(
        temperature_c=pl.when(pl.col("issued_at") > START - timedelta(hours=25))
        .then(7.0)
        .otherwise(3.0)
    )
    known = Archive(past=archive.past, weather=newer, spots=archive.spots).at(START)
    assert known.weather["start"].is_unique().all()
    assert set(known.weather["temperature_c"]) == {7.0}
