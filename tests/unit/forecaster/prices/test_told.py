"""Sources that are told prices: a sensor of Home Assistant, a topic; and a contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.fake_web import Asked, FakeWeb, Given, fake_web

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Window
from darkstar_common.slots import SLOT, day_slots
from darkstar_common.testing import settle
from darkstar_forecaster.core.prices import DayPrices, NotYet, Unavailable
from darkstar_forecaster.sources.prices.fixed import FixedPrices
from darkstar_forecaster.sources.prices.home_assistant import HomeAssistantPrices, Sensor
from darkstar_forecaster.sources.prices.mqtt import MqttPrices
from darkstar_forecaster.sources.prices.remembered import Remembered

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TODAY = date(2026, 5, 5)
NOON = datetime(2026, 5, 5, 10, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TOKEN = "sesame"  # noqa: S105 (of nothing)


def rows(day: date, spot: float) -> list[dict[str, Any]]:
    return [
        {"start": one.isoformat(), "end": (one + SLOT).isoformat(), "value": spot}
        for one in day_slots(day, STOCKHOLM)
    ]


@dataclass
class Home:
    """A Home Assistant with one sensor."""

    attributes: dict[str, Any] = field(
        default_factory=lambda: {
            "raw_today": rows(TODAY, 0.5),
            "raw_tomorrow": [],
            "unit_of_measurement": "SEK/kWh",
        }
    )
    given: Given | None = None
    web: FakeWeb = field(default_factory=FakeWeb)

    def answer(self, asked: Asked) -> Given:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Given(status=401)
        if asked.path != "/api/states/sensor.nordpool":
            return Given(status=404, body={"message": "Entity not found."})
        body = {"entity_id": "sensor.nordpool", "state": "0.5", "attributes": self.attributes}
        return self.given or Given(body=body)

    def source(
        self, *, token: str | None = TOKEN, entity: str = "sensor.nordpool"
    ) -> HomeAssistantPrices:
        return HomeAssistantPrices(
            Sensor(url=self.web.url, token=token, entity=entity, currency="SEK", timeout=20.0)
        )


@pytest.fixture
def home() -> Iterator[Home]:
    found = Home()
    with fake_web(found.answer) as web:
        found.web = web
        yield found


async def fetch(
    source: HomeAssistantPrices | MqttPrices | FixedPrices, day: date, now: datetime = NOON
) -> DayPrices | NotYet | Unavailable:
    return await source.fetch(day, STOCKHOLM, now)


async def test_a_sensor_tells_today_and_later_tomorrow(home: Home) -> None:
    source = home.source()
    today = await fetch(source, TODAY)
    assert isinstance(today, DayPrices)
    assert set(today.spot_per_kwh) == {0.5}
    assert await fetch(source, TODAY + DAY) == NotYet(day=TODAY + DAY)
    home.attributes["raw_tomorrow"] = rows(TODAY + DAY, 0.7)
    tomorrow = await fetch(source, TODAY + DAY, NOON + 5 * MINUTE)
    assert isinstance(tomorrow, DayPrices)
    assert set(tomorrow.spot_per_kwh) == {0.7}


async def test_days_that_are_asked_for_together_share_one_question(home: Home) -> None:
    source = home.source()
    for back in range(-7, 2):
        await fetch(source, TODAY + back * DAY)
    assert len(home.web.asked) == 1
    await fetch(source, TODAY + DAY, NOON + MINUTE)
    assert len(home.web.asked) == 2


async def test_what_a_sensor_told_yesterday_is_still_known(home: Home) -> None:
    source = home.source()
    await fetch(source, TODAY)
    home.attributes |= {"raw_today": rows(TODAY + DAY, 0.9)}
    await fetch(source, TODAY + DAY, NOON + DAY)
    assert isinstance(await fetch(source, TODAY, NOON + DAY), DayPrices)
    assert isinstance(await fetch(source, TODAY - DAY, NOON + DAY), Unavailable)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (Given(status=500), "Home Assistant answered 500"),
        (Given(raw=b"no"), "answered what is no JSON"),
        (Given(body=[]), "it has no attributes"),
        (Given(body={"attributes": {"unit_of_measurement": "SEK/kWh"}}), "no list of prices"),
        (Given(body={"attributes": {"raw_today": rows(TODAY, 0.5)}}), "no unit is told"),
        (
            Given(body={"attributes": {"raw_today": rows(TODAY, 0.5), "unit": "EUR/kWh"}}),
            "in EUR, not in SEK",
        ),
    ],
)
async def test_what_is_wrong_with_a_sensor_is_said_and_it_rests(
    home: Home, given: Given, sentence: str
) -> None:
    home.given = given
    found = await fetch(home.source(), TODAY)
    assert isinstance(found, Unavailable)
    assert sentence in found.reason
    assert found.rest == 5 * MINUTE


async def test_half_a_day_of_a_sensor_is_refused_without_a_rest(home: Home) -> None:
    home.attributes["raw_today"] = rows(TODAY, 0.5)[:48]
    found = await fetch(home.source(), TODAY)
    assert isinstance(found, Unavailable)
    assert found.rest is None
    assert "48 of 96" in found.reason


@pytest.mark.parametrize(
    ("token", "entity", "sentence"),
    [
        (None, "sensor.nordpool", "name it in DARKSTAR_HOME_ASSISTANT_TOKEN"),
        ("wrong", "sensor.nordpool", "does not let the forecaster in"),
        ("sesame", "sensor.other", "has no entity sensor.other; see prices.entity"),
    ],
)
async def test_the_way_in_is_told(
    home: Home, token: str | None, entity: str, sentence: str
) -> None:
    found = await fetch(home.source(token=token, entity=entity), TODAY)
    assert isinstance(found, Unavailable)
    assert sentence in found.reason
    assert "wrong" not in found.reason


async def test_without_an_address_nothing_is_asked() -> None:
    sensor = Sensor(url=None, token=TOKEN, entity="sensor.x", currency="SEK", timeout=1.0)
    found = await fetch(HomeAssistantPrices(sensor), TODAY)
    assert isinstance(found, Unavailable)
    assert "home_assistant.url is not set" in found.reason


TOPIC = "energy/prices"


@dataclass
class Heard:
    """A source on a topic, and how often it said that something came."""

    bus: MemoryBus
    source: MqttPrices
    times: int = 0

    def __call__(self) -> None:
        self.times += 1

    async def tell(self, told: object, *, retain: bool = True) -> None:
        payload = told if isinstance(told, bytes) else json.dumps(told).encode()
        await self.bus.publish_raw(TOPIC, payload, retain=retain)
        await settle()


@asynccontextmanager
async def listening(bus: MemoryBus | None = None) -> AsyncIterator[Heard]:
    bus = bus or MemoryBus()
    heard = Heard(bus, MqttPrices(bus, TOPIC, "SEK", STOCKHOLM))
    task = asyncio.create_task(heard.source.listen(heard))
    await settle()
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_is_retained_on_a_topic_is_there_at_once() -> None:
    bus = MemoryBus()
    await bus.publish_raw(TOPIC, json.dumps(rows(TODAY, 0.5)), retain=True)
    async with listening(bus) as heard:
        found = await fetch(heard.source, TODAY)
        assert isinstance(found, DayPrices)
        assert set(found.spot_per_kwh) == {0.5}
        assert await fetch(heard.source, TODAY + DAY) == NotYet(day=TODAY + DAY)


async def test_what_is_told_later_is_added_and_said() -> None:
    async with listening() as heard:
        await heard.tell(rows(TODAY, 0.5), retain=False)
        await heard.tell({"prices": rows(TODAY + DAY, 60.0), "unit": "öre/kWh"}, retain=False)
        assert heard.times == 2
        for day, spot in ((TODAY, 0.5), (TODAY + DAY, 0.6)):
            found = await fetch(heard.source, day)
            assert isinstance(found, DayPrices)
            assert found.spot_per_kwh == pytest.approx((spot,) * 96)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (b"{", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"x" * 1_000_001, "1000001 bytes are no list of prices"),
        ([1.0, 2.0], "come without times"),
        ({"prices": rows(TODAY, 0.5), "currency": "EUR"}, "in EUR, not in SEK"),
    ],
)
async def test_what_a_topic_tells_in_vain_is_said_and_changes_nothing(
    told: object, sentence: str
) -> None:
    async with listening() as heard:
        await heard.tell(rows(TODAY, 0.5))
        await heard.tell(told)
        assert isinstance(await fetch(heard.source, TODAY), DayPrices)
        found = await fetch(heard.source, TODAY + DAY)
        assert isinstance(found, Unavailable)
        assert sentence in found.reason
        assert TOPIC in found.reason


async def test_a_topic_that_is_emptied_takes_nothing_back() -> None:
    async with listening() as heard:
        await heard.tell(rows(TODAY, 0.5))
        await heard.tell(b"")
        assert isinstance(await fetch(heard.source, TODAY), DayPrices)
        assert await fetch(heard.source, TODAY + DAY) == NotYet(day=TODAY + DAY)


async def test_a_topic_that_tells_nothing_is_waited_for_but_a_moment_and_but_once() -> None:
    source = MqttPrices(MemoryBus(), TOPIC, "SEK", STOCKHOLM, moment=0.05)
    begun = asyncio.get_running_loop().time()
    for day in (TODAY, TODAY + DAY):
        found = await fetch(source, day)
        assert isinstance(found, Unavailable)
        assert "energy/prices has told nothing yet" in found.reason
    assert 0.04 < asyncio.get_running_loop().time() - begun < 1.0


def test_old_prices_are_forgotten() -> None:
    memory = Remembered("it")
    for number in range(30):
        starts = day_slots(TODAY + number * DAY, STOCKHOLM)
        memory.keep(dict.fromkeys(starts, 0.5))
    assert memory.has(TODAY + 25 * DAY, STOCKHOLM)
    assert not memory.has(TODAY, STOCKHOLM)


NIGHT = Window(per_kwh=0.2, hours=(22, 23, 0, 1, 2, 3, 4, 5))
WEEKEND = Window(per_kwh=0.4, weekdays=("sat", "sun"))


@pytest.mark.parametrize("day", [TODAY, date(2026, 3, 29), date(2026, 10, 25), date(2030, 1, 1)])
async def test_a_fixed_price_is_known_for_every_day(day: date) -> None:
    found = await fetch(FixedPrices(0.9, ()), day)
    assert isinstance(found, DayPrices)
    assert found.whole(STOCKHOLM)
    assert set(found.spot_per_kwh) == {0.9}


@pytest.mark.parametrize(
    ("day", "night", "noon"),
    [(TODAY, 0.2, 0.9), (date(2026, 5, 9), 0.2, 0.4), (date(2026, 3, 29), 0.2, 0.4)],
)
async def test_time_of_use_goes_by_local_time_and_the_first_window_that_fits(
    day: date, night: float, noon: float
) -> None:
    found = await fetch(FixedPrices(0.9, (NIGHT, WEEKEND)), day)
    assert isinstance(found, DayPrices)
    by_hour = {
        start.astimezone(STOCKHOLM).hour: spot for start, spot in found.by_slot(STOCKHOLM).items()
    }
    assert {by_hour[hour] for hour in (22, 23, 0, 1, 4, 5)} == {night}
    assert {by_hour[hour] for hour in range(6, 22)} == {noon}
