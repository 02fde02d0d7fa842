"""Several sources in order of preference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_common.testing import settle
from darkstar_forecaster.core.prices import Answer, DayPrices, NotYet, Unavailable
from darkstar_forecaster.sources.prices.failover import Choice, Failover

ZONE = ZoneInfo("Europe/Stockholm")
NOON = datetime(2026, 5, 5, 10, tzinfo=UTC)
TODAY = date(2026, 5, 5)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class Source:
    """Answers as a test wants it to."""

    name: str
    answer: Callable[[date], Answer]
    asked: list[date] = field(default_factory=list)

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        del zone, now
        self.asked.append(day)
        return self.answer(day)


def priced(spot: float) -> Callable[[date], Answer]:
    return lambda day: DayPrices(day=day, spot_per_kwh=(spot,) * 96)


def silent(day: date) -> Answer:
    return NotYet(day=day)


def down(minutes: float | None) -> Callable[[date], Answer]:
    rest = None if minutes is None else minutes * MINUTE
    return lambda day: Unavailable(day=day, reason="it is down", rest=rest)


def of(*sources: Source, made_up: str = "") -> Failover:
    return Failover([Choice(source=one, made_up=one.name == made_up) for one in sources])


async def fetch(failover: Failover, day: date = TODAY, now: datetime = NOON) -> Answer:
    return await failover.fetch(day, ZONE, now)


async def test_the_first_that_answers_is_taken_and_the_next_is_not_asked() -> None:
    first, second = Source("first", priced(1.0)), Source("second", priced(2.0))
    found = await fetch(of(first, second))
    assert isinstance(found, DayPrices)
    assert (found.spot_per_kwh[0], found.source, found.passed_over) == (1.0, "first", ())
    assert second.asked == []


async def test_it_says_who_was_passed_over_and_why() -> None:
    found = await fetch(
        of(Source("first", down(None)), Source("second", silent), Source("third", priced(3.0)))
    )
    assert isinstance(found, DayPrices)
    assert found.source == "third"
    assert found.passed_over == ("it is down", "second has not published 2026-05-05 yet")


async def test_a_day_is_not_made_up_while_the_market_is_about_to_publish_it() -> None:
    market, made_up = Source("market", silent), Source("generated", priced(0.1))
    assert await fetch(of(market, made_up, made_up="generated")) == NotYet(day=TODAY)
    market.answer = down(None)
    assert isinstance(await fetch(of(market, made_up, made_up="generated")), DayPrices)


async def test_where_nobody_answers_all_say_why() -> None:
    found = await fetch(of(Source("one", down(None)), Source("other", down(None))))
    assert found == Unavailable(day=TODAY, reason="it is down")
    other = Source("other", lambda day: Unavailable(day=day, reason="it is closed"))
    found = await fetch(of(Source("one", down(None)), other))
    assert found == Unavailable(day=TODAY, reason="it is down; it is closed")


async def test_one_that_is_not_well_is_left_alone_as_long_as_it_asks() -> None:
    source = Source("one", down(30))
    failover = of(source, Source("other", priced(1.0)))
    for minute in (0, 1, 29):
        found = await fetch(failover, now=NOON + minute * MINUTE)
        assert isinstance(found, DayPrices)
        assert found.passed_over == ("it is down",)
    assert len(source.asked) == 1
    await fetch(failover, now=NOON + 30 * MINUTE)
    assert len(source.asked) == 2


async def test_one_that_wants_half_a_day_of_peace_has_it() -> None:
    source = Source("one", down(12 * 60))
    failover = of(source)
    for hours in range(12):
        await fetch(failover, now=NOON + hours * 60 * MINUTE)
    assert len(source.asked) == 1
    await fetch(failover, now=NOON + 12 * 60 * MINUTE)
    assert len(source.asked) == 2


async def test_one_that_stays_unwell_is_asked_more_and_more_rarely_but_never_forgotten() -> None:
    source, times = Source("one", down(5)), []
    failover = of(source)
    for minute in range(0, 3 * 24 * 60, 5):
        before = len(source.asked)
        await fetch(failover, now=NOON + minute * MINUTE)
        times += [minute] * (len(source.asked) - before)
    assert times[:6] == [0, 5, 15, 35, 75, 155]
    gaps = [after - before for before, after in pairwise(times)]
    assert max(gaps) == 6 * 60
    source.answer = priced(1.0)
    assert isinstance(await fetch(failover, now=NOON + 4 * DAY), DayPrices)
    source.answer = down(5)
    await fetch(failover, now=NOON + 5 * DAY)
    await fetch(failover, now=NOON + 5 * DAY + 5 * MINUTE)
    assert len(source.asked) == len(times) + 3


async def test_one_amiss_day_does_not_stop_the_others() -> None:
    source = Source("one", lambda day: down(None)(day) if day == TODAY else priced(1.0)(day))
    failover = of(source)
    assert isinstance(await fetch(failover), Unavailable)
    assert isinstance(await fetch(failover, TODAY + DAY), DayPrices)


async def test_an_absurd_day_is_poisoned_and_the_next_source_is_asked() -> None:
    first, second = Source("first", priced(0.5)), Source("second", priced(0.6))
    failover = of(first, second)
    await fetch(failover, TODAY - DAY)
    first.answer = priced(500.0)  # per MWh
    found = await fetch(failover)
    assert isinstance(found, DayPrices)
    assert found.source == "second"
    assert "one is 500 per kWh; the highest of the days before is 0.5" in found.passed_over[0]


@pytest.mark.parametrize(
    ("before", "spot", "believed"),
    [
        (0.5, 9.99, True),  # an evening without wind, in crowns
        (0.5, -9.0, True),
        (0.05, 4.0, True),  # the highest an auction allows, in euro
        (0.5, 10.1, False),
        (0.5, -50.0, False),
        (40.0, 700.0, True),  # forint
        (40.0, 40_000.0, False),
    ],
)
async def test_what_is_absurd_depends_on_what_was_usual(
    before: float, spot: float, believed: bool
) -> None:
    source = Source("one", priced(before))
    failover = of(source)
    await fetch(failover, TODAY - DAY)
    source.answer = priced(spot)
    assert isinstance(await fetch(failover), DayPrices) is believed


@settings(max_examples=50, deadline=None)
@given(st.floats(-1000, 1000))
async def test_where_nothing_is_known_nearly_everything_is_believed(spot: float) -> None:
    assert isinstance(await fetch(of(Source("one", priced(spot)))), DayPrices)


async def test_prices_per_gigawatt_hour_are_never_believed() -> None:
    assert isinstance(await fetch(of(Source("one", priced(50_000.0)))), Unavailable)


async def test_its_name_is_that_of_all() -> None:
    assert of(Source("one", silent), Source("other", silent)).name == "one, other"


@dataclass
class Told(Source):
    """One that hears something at once."""

    async def listen(self, heard: Callable[[], None]) -> None:
        heard()
        await settle()


async def test_those_listen_who_can() -> None:
    heard: list[int] = []
    failover = of(Source("one", silent), Told("two", silent), Told("three", silent))
    await failover.listen(lambda: heard.append(1))
    assert heard == [1, 1]
