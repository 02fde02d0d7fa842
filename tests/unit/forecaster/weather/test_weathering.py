"""The weather of a house: when it is asked for, what is published, what it knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from unit.forecaster.weather.making import DAY, HOUR, Archive, Sky, a_table

from darkstar_common.config import Config
from darkstar_common.contract import WEATHER, Service, WeatherForecast
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.weather.table import Issued
from darkstar_forecaster.sources.weather import Unavailable
from darkstar_forecaster.weather_memory import ISSUE as FILES
from darkstar_forecaster.weather_memory import WeatherMemory
from darkstar_forecaster.weathering import ISSUE, LACKING, Weathering

NOW = datetime(2026, 5, 5, 6, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 5, tzinfo=UTC)
SHORT = {"history_days": 30, "horizon_hours": 24}
AWAY = Unavailable(reason="the sky is away")


@dataclass
class House:
    """A weathering with its clock and bus, started anew as often as a test likes."""

    state: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    bus: MemoryBus = field(default_factory=MemoryBus)
    config: Config = field(default_factory=lambda: Config.model_validate({"forecaster": SHORT}))
    changes: int = 0

    @asynccontextmanager
    async def running(
        self, *sources: Sky, archive: Archive | None = None
    ) -> AsyncIterator[Weathering]:
        context = a_context(
            self.bus,
            state_dir=self.state,
            clock=self.clock,
            config=self.config,
            service=Service.FORECASTER,
        )
        self.status = context.status
        weathering = Weathering(context, sources, archive, self._changed)
        task = asyncio.create_task(weathering.run())
        await settle()
        try:
            yield weathering
            assert not sources or not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _changed(self) -> None:
        self.changes += 1

    @property
    def published(self) -> list[WeatherForecast]:
        return self.bus.sent(WEATHER)

    @property
    def issues(self) -> dict[str, str]:
        return {one.key: one.message for one in self.status.issues}


def quiet() -> Sky:
    """Says the same all day, so that a test of the archive is about the archive."""
    return Sky(back=2 * DAY, steady=1, until=NOW + 9 * DAY)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def degrees(message: WeatherForecast) -> set[float | None]:
    return {one.temperature_c for one in message.slots}


def gaps(moments: Sequence[datetime]) -> list[timedelta]:
    return [after - before for before, after in pairwise(moments)]


async def test_weather_is_published_at_once_and_for_seven_days(house: House) -> None:
    house.config = Config()
    async with house.running(Sky(ahead=8 * DAY)):
        (message,) = house.published
    assert message.source == "sky"
    assert message.issued_at == NOW
    assert message.slots[0].start == NOW
    assert message.slots[-1].start == NOW + 7 * DAY - SLOT
    assert message.slots[0].wind_m_per_s is None
    assert house.changes == 1


async def test_in_two_days_it_is_asked_once_an_hour(house: House) -> None:
    sky = Sky()
    async with house.running(sky):
        await house.clock.advance(2 * DAY)
    assert len(sky.asked) == 49
    assert set(gaps(sky.asked[1:])) == {HOUR}
    assert 3 <= sky.asked[1].minute < 24
    assert len(house.published) == house.changes == 49
    assert degrees(house.published[-1]) == {49.0}


async def test_what_has_not_changed_is_not_sent_again(house: House) -> None:
    sky = Sky(steady=5, until=MIDNIGHT + DAY)
    async with house.running(sky):
        await house.clock.advance(5 * HOUR)
    assert len(sky.asked) == 6
    assert len(house.published) == house.changes == 1


async def test_what_is_known_of_more_hours_is_sent_again(house: House) -> None:
    async with house.running(Sky(steady=5)):
        await house.clock.advance(5 * HOUR)
    assert len(house.published) == 6


async def test_a_restart_has_weather_at_once_and_asks_when_it_is_due(house: House) -> None:
    async with house.running(Sky()):
        pass
    house.bus.broker.sent.clear()
    await house.clock.advance(timedelta(minutes=5))
    sky = Sky()
    async with house.running(sky) as weathering:
        (message,) = house.published
        assert message.issued_at == NOW
        assert weathering.latest is not None
        assert sky.asked == []
        await house.clock.advance(HOUR)
        assert len(sky.asked) == 1


async def test_a_restart_after_hours_asks_at_once(house: House) -> None:
    async with house.running(Sky()):
        pass
    await house.clock.advance(3 * HOUR)
    sky = Sky()
    async with house.running(sky):
        assert len(sky.asked) == 1


async def test_a_house_that_moved_knows_nothing_of_the_weather_there(house: House) -> None:
    async with house.running(Sky()):
        pass
    house.config = Config.model_validate({"location": {"latitude": 60.0}})
    async with house.running(Sky(broken=AWAY)) as weathering:
        assert weathering.latest is None
        assert weathering.known(NOW).is_empty()


async def test_a_source_that_is_new_begins_anew(house: House) -> None:
    async with house.running(Sky(name="before")):
        pass
    async with house.running(Sky(name="after", made=NOW - DAY)) as weathering:
        assert weathering.latest is not None
        assert weathering.latest.source == "after"


async def test_a_source_that_fails_is_asked_again_with_growing_patience(house: House) -> None:
    sky = Sky(broken=AWAY)
    async with house.running(sky):
        await house.clock.advance(timedelta(hours=2))
        waits = [one / timedelta(minutes=1) for one in gaps(sky.asked)]
        assert [5 <= waits[0] < 7, 10 <= waits[1] < 13, 20 <= waits[2] < 26] == [True] * 3
        await house.clock.advance(DAY)
        assert len(sky.asked) <= 32
        sky.broken = None
        await house.clock.advance(timedelta(minutes=75))
    assert len(house.published) == 1


async def test_a_source_is_left_alone_for_as_long_as_it_asks(house: House) -> None:
    sky = Sky(broken=Unavailable(reason="429", retry_after=5 * HOUR))
    async with house.running(sky):
        await house.clock.advance(5 * HOUR - SLOT)
        assert len(sky.asked) == 1
        await house.clock.advance(SLOT)
        assert len(sky.asked) == 2


async def test_no_weather_is_an_issue_once_it_is_sure(house: House) -> None:
    sky = Sky(broken=AWAY)
    async with house.running(sky):
        assert house.issues == {}
        await house.clock.advance(timedelta(minutes=10))
        assert house.issues == {ISSUE: "there is no weather: the sky is away"}
        sky.broken = None
        await house.clock.advance(HOUR)
        assert house.issues == {}


async def test_in_an_outage_the_last_issue_stays_and_after_twelve_hours_it_is_an_issue(
    house: House,
) -> None:
    sky = Sky()
    async with house.running(sky) as weathering:
        sky.broken = AWAY
        await house.clock.advance(11 * HOUR)
        assert house.issues == {}
        await house.clock.advance(2 * HOUR)
        assert house.issues == {
            ISSUE: "the last weather is of 2026-05-05 06:30 UTC: the sky is away"
        }
        known = weathering.known(house.clock.now())
        assert known["start"][-1] == NOW + 2 * DAY - SLOT
        await house.clock.advance(2 * DAY)
        assert "and has come to its end" in house.issues[ISSUE]
        assert len(house.published) == 1
        sky.broken = None
        await house.clock.advance(timedelta(minutes=75))
        assert house.issues == {}
        assert len(house.published) > 1


async def test_the_next_source_is_asked_where_the_first_has_no_answer(house: House) -> None:
    first, second = Sky(name="first", broken=AWAY), Sky(name="second")
    async with house.running(first, second):
        assert [one.source for one in house.published] == ["second"]
        first.broken = None
        await house.clock.advance(HOUR)
        assert [one.source for one in house.published] == ["second", "first"]
        await house.clock.advance(10 * HOUR)
        assert len(second.asked) == 1


async def test_a_fresh_issue_of_a_better_source_is_not_replaced_by_a_lesser_one(
    house: House,
) -> None:
    first, second = Sky(name="first"), Sky(name="second")
    async with house.running(first, second) as weathering:
        first.broken = AWAY
        await house.clock.advance(5 * HOUR)
        assert second.asked == []
        await house.clock.advance(2 * HOUR)
        assert weathering.latest is not None
        assert weathering.latest.source == "second"


async def test_a_source_that_repeats_what_is_old_is_no_better_than_none(house: House) -> None:
    first, second = Sky(name="first", made=NOW - HOUR), Sky(name="second")
    async with house.running(first, second) as weathering:
        await house.clock.advance(4 * HOUR)
        assert second.asked == []
        await house.clock.advance(4 * HOUR)
        assert weathering.latest is not None
        assert weathering.latest.source == "second"
        assert house.issues == {}
        first.made = None
        await house.clock.advance(HOUR)
        assert weathering.latest.source == "first"


async def test_what_a_source_says_by_itself_is_taken_at_once(house: House) -> None:
    sky = Sky()
    async with house.running(sky):
        await house.clock.advance(timedelta(minutes=1))
        sky.news.put_nowait(None)
        await settle()
        assert degrees(house.published[-1]) == {2.0}


async def test_what_a_lesser_source_says_by_itself_waits_for_the_better_one_to_fail(
    house: House,
) -> None:
    first, second = Sky(name="first"), Sky(name="second")
    async with house.running(first, second):
        second.news.put_nowait(None)
        await settle()
        assert second.asked == []


async def test_how_the_weather_was_is_remembered_over_a_restart(house: House) -> None:
    async with house.running(Sky()):
        await house.clock.advance(5 * HOUR)
    async with house.running(Sky(broken=AWAY)) as weathering:
        known = weathering.known(house.clock.now())
    said = dict(known.select("start", "temperature_c").iter_rows())
    assert said[MIDNIGHT + 6 * HOUR] == 1  # asked at 6:30, the next time after 7:00
    assert said[MIDNIGHT + 8 * HOUR] == 3
    assert said[max(said)] == 6
    assert known["start"].is_sorted()
    assert known["start"].n_unique() == known.height


async def test_what_is_analysed_of_the_past_goes_before_what_was_forecast(house: House) -> None:
    sky = Sky(back=2 * DAY)
    async with house.running(sky) as weathering:
        await house.clock.advance(3 * HOUR)
        said = dict(
            weathering.known(house.clock.now()).select("start", "temperature_c").iter_rows()
        )
        assert said[MIDNIGHT + 6 * HOUR] == 4
        assert said[MIDNIGHT - DAY] == 4


async def test_what_was_forecast_is_told_as_it_was(house: House) -> None:
    async with house.running(Sky(back=2 * DAY)) as weathering:
        await house.clock.advance(30 * HOUR)
        found = weathering.issues(house.clock.now())
    by_issue = found.group_by("issued_at").agg(
        pl.col("temperature_c").unique(), pl.col("start").min()
    )
    rows = sorted(by_issue.iter_rows())
    assert [(made.day, made.hour, said) for made, said, _ in rows] == [
        (5, 6, [1.0]),  # the first of that day's second quarter
        (6, 12, [31.0]),  # of the next day's third
    ]
    assert all(made - HOUR <= first for made, _, first in rows)


async def test_the_past_is_filled_from_the_archive_once(house: House) -> None:
    archive = Archive(house.clock.now)
    async with house.running(quiet(), archive=archive) as weathering:
        await house.clock.advance(3 * DAY)
        known = weathering.known(house.clock.now())
    assert archive.asked[0][1:] == ((NOW - 29 * DAY).date(), date(2026, 5, 2))
    assert len(archive.asked) == 1
    assert known["start"][0] <= NOW - 26 * DAY
    assert known.height == (known["start"][-1] - known["start"][0]) // SLOT + 1
    assert house.changes >= 2
    again = Archive(house.clock.now)
    async with house.running(quiet(), archive=again) as weathering:
        await house.clock.advance(2 * DAY)
        assert weathering.known(house.clock.now()).height >= 29 * 96
    assert again.asked == []


async def test_the_archive_changes_nothing_that_is_known(house: House) -> None:
    async with house.running(Sky(back=20 * DAY), archive=Archive(house.clock.now)) as weathering:
        known = weathering.known(NOW)
    said = dict(known.select("start", "temperature_c").iter_rows())
    assert said[MIDNIGHT - 10 * DAY] == 1
    assert said[MIDNIGHT - 25 * DAY] == -1


async def test_what_an_archive_says_of_days_that_are_known_is_left(tmp_path: Path) -> None:
    context = a_context(MemoryBus(), state_dir=tmp_path, clock=FakeClock(NOW))
    memory = WeatherMemory(context, ())
    await memory.fill(a_table(MIDNIGHT - 3 * DAY, 96, temperature_c=1))
    await memory.fill(a_table(MIDNIGHT - 4 * DAY, 3 * 96, temperature_c=2, wind_m_per_s=3))
    known = memory.known(NOW)
    assert known["temperature_c"].to_list() == [2] * 96 + [1] * 96 + [2] * 96
    assert known["wind_m_per_s"].to_list() == [3] * 288


async def test_an_archive_that_fails_is_asked_again_after_an_hour(house: House) -> None:
    archive = Archive(house.clock.now, refusals=[AWAY, AWAY])
    async with house.running(quiet(), archive=archive):
        await house.clock.advance(DAY)
    assert len(archive.asked) == 3
    assert all(HOUR <= one <= 1.25 * HOUR for one in gaps([at for at, *_ in archive.asked]))


async def test_an_archive_that_does_not_know_a_day_is_asked_for_it_once_a_day(
    house: House,
) -> None:
    archive = Archive(house.clock.now, unknown={date(2026, 5, 2)})
    async with house.running(quiet(), archive=archive):
        await house.clock.advance(3 * DAY - HOUR)
    assert [one[1:] for one in archive.asked[1:]] == [(date(2026, 5, 2),) * 2] * 2


async def test_more_than_a_year_is_asked_for_in_pieces_with_pauses(house: House) -> None:
    house.config = Config.model_validate({"forecaster": SHORT | {"history_days": 400}})
    archive = Archive(house.clock.now)
    async with house.running(quiet(), archive=archive):
        await house.clock.advance(HOUR)
    assert len(archive.asked) == 2
    assert set(gaps([at for at, *_ in archive.asked])) == {timedelta(minutes=1)}


async def test_only_so_much_past_is_kept_as_the_config_says(tmp_path: Path) -> None:
    config = Config.model_validate({"forecaster": {"history_days": 3}})
    context = a_context(MemoryBus(), state_dir=tmp_path, clock=FakeClock(NOW), config=config)
    memory = WeatherMemory(context, ())
    await memory.fill(a_table(MIDNIGHT - 10 * DAY, 10 * 96))
    assert memory.past["start"][0] == memory.known(NOW)["start"][0] == NOW - 3 * DAY


async def test_a_full_disk_is_told_and_the_weather_goes_on(house: House) -> None:
    house.state.joinpath("weather").write_text("in the way")
    async with house.running(Sky(back=DAY)) as weathering:
        assert len(house.published) == 1
        assert house.issues[FILES].startswith("the weather cannot be kept on disk")
        assert weathering.known(NOW).height == 3 * 96 + 26
        house.state.joinpath("weather").unlink()
        await house.clock.advance(HOUR)
        assert house.issues == {}


async def test_without_a_location_there_is_no_weather_and_it_is_said_once(house: House) -> None:
    context = a_context(house.bus, state_dir=house.state, clock=house.clock)
    weathering = Weathering(context)
    await weathering.run()
    (issue,) = context.status.issues
    assert (issue.key, issue.severity) == (LACKING, "info")
    assert "set location.latitude and location.longitude" in issue.message
    assert house.published == []
    assert weathering.known(NOW).is_empty()


async def test_where_no_weather_is_wanted_nothing_is_said(house: House) -> None:
    config = Config.model_validate({"weather": {"sources": []}})
    context = a_context(house.bus, state_dir=house.state, clock=house.clock, config=config)
    await Weathering(context).run()
    assert context.status.issues == ()


@pytest.mark.parametrize(
    ("table", "slots"),
    [(a_table(MIDNIGHT, 96), 70), (a_table(MIDNIGHT + 12 * HOUR, 40), 40)],
)
async def test_only_what_is_known_is_published(
    house: House, table: pl.DataFrame, slots: int
) -> None:
    sky = Sky()

    async def fetch(now: datetime) -> Issued:
        return Issued(issued_at=now, source="sky", table=table)

    fake: Callable[..., Any] = fetch
    sky.fetch = fake  # type: ignore[method-assign]
    async with house.running(sky):
        assert len(house.published[0].slots) == slots
