"""Every source of weather: what it asks, what it answers, what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.fake_open_meteo import MALMO, FakeOpenMeteo
from support.fake_web import Asked, FakeWeb, Given, fake_web

from darkstar_common.config import Config
from darkstar_common.runtime import Context, Secrets
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.weather.table import Issued
from darkstar_forecaster.sources.weather import (
    Answer,
    Unavailable,
    WeatherSource,
    lacking,
    weather_archive,
    weather_sources,
)
from darkstar_forecaster.sources.weather.csv import CsvWeather
from darkstar_forecaster.sources.weather.home_assistant import HomeAssistantWeather
from darkstar_forecaster.sources.weather.mqtt import MqttWeather
from darkstar_forecaster.sources.weather.open_meteo import OpenMeteo, OpenMeteoArchive

NOW = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOPIC, ENTITY = "outside/weather", "weather.home"
TOKEN = "token of the fake"  # noqa: S105 (of nothing)


def unavailable(answer: object) -> Unavailable:
    assert isinstance(answer, Unavailable)
    return answer


def issued(answer: Answer) -> Issued:
    assert isinstance(answer, Issued), answer
    return answer


async def asked_of(fake: FakeOpenMeteo) -> tuple[Answer, FakeWeb]:
    with fake_web(fake) as web:
        return await OpenMeteo(web.url, MALMO, timeout_seconds=5).fetch(NOW), web


def an_open_meteo(**changed: Any) -> FakeOpenMeteo:
    return FakeOpenMeteo(now=lambda: NOW, **changed)


async def test_open_meteo_is_asked_once_for_everything() -> None:
    answer, web = await asked_of(an_open_meteo())
    assert issued(answer).source == "open_meteo"
    assert issued(answer).issued_at == NOW
    assert [one.path for one in web.asked] == ["/v1/forecast"]
    assert issued(answer).table["start"][-1] >= NOW + 7 * DAY


async def test_what_cannot_be_is_refused_whole_and_says_so() -> None:
    answer, _ = await asked_of(an_open_meteo(changes={"hourly_units.temperature_2m": "°F"}))
    assert unavailable(answer).reason == (
        "Open-Meteo's answer is refused: temperature_2m is in '°F', not in °C"
    )


async def test_an_answer_that_ends_now_is_refused() -> None:
    short = {"time": [1_777_950_000], "temperature_2m": [1.0]}
    answer, _ = await asked_of(an_open_meteo(quarterly=False, changes={"hourly": short}))
    assert "Open-Meteo's answer is refused: it" in unavailable(answer).reason


@pytest.mark.parametrize(
    ("given", "reason", "wait"),
    [
        (Given(status=500), "Open-Meteo answered 500", None),
        (Given(status=503, headers={"retry-after": "30"}), "Open-Meteo answered 503", 0.5),
        (Given(status=429, headers={"retry-after": "7200"}), "Open-Meteo answered 429", 120),
        (Given(status=429), "Open-Meteo answered 429", 60),
        (
            Given({"reason": "Minutely API request limit exceeded."}, 429),
            "Open-Meteo answered 429 (Minutely API request limit exceeded.)",
            1,
        ),
        (
            Given({"reason": "Daily API request limit exceeded."}, 429),
            "Open-Meteo answered 429 (Daily API request limit exceeded.)",
            17 * 60 + 50,  # until midnight UTC
        ),
        (
            Given({"error": True, "reason": "Latitude must be in range."}, 400),
            "Open-Meteo answered 400 (Latitude must be in range.)",
            None,
        ),
        (Given(raw=b"<html>"), "Open-Meteo answered what is no JSON", None),
    ],
)
async def test_a_refusal_is_a_sentence_and_how_long_to_wait(
    given: Given, reason: str, wait: float | None
) -> None:
    answer, _ = await asked_of(an_open_meteo(refusals=[given]))
    assert answer == Unavailable(
        reason=reason, retry_after=None if wait is None else timedelta(minutes=wait)
    )


async def test_silence_is_given_up_after_the_time_in_the_config() -> None:
    with fake_web(lambda _: Given(never=True)) as web:
        answer = await OpenMeteo(web.url, MALMO, timeout_seconds=0.05).fetch(NOW)
    assert unavailable(answer).reason == "Open-Meteo did not answer within 0.05 s"


async def past_of(fake: FakeOpenMeteo, first: date, last: date) -> pl.DataFrame | Unavailable:
    with fake_web(fake) as web:
        return await OpenMeteoArchive(web.url, MALMO, timeout_seconds=5).past(first, last, NOW)


async def test_the_archive_tells_whole_days_and_leaves_out_what_it_does_not_know_yet() -> None:
    found = await past_of(an_open_meteo(), date(2026, 4, 20), date(2026, 5, 3))
    assert isinstance(found, pl.DataFrame)
    assert found["start"][0] == datetime(2026, 4, 20, tzinfo=UTC)
    assert found["start"][-1] < NOW - 5 * DAY + HOUR
    assert found["irradiance_w_per_m2"].null_count() == 0


async def test_the_archives_days_are_whole() -> None:
    found = await past_of(an_open_meteo(), date(2026, 4, 20), date(2026, 4, 21))
    assert isinstance(found, pl.DataFrame)
    assert found.drop_nulls().height == 2 * 96
    assert found["start"][-1] == datetime(2026, 4, 21, 23, 45, tzinfo=UTC)


async def test_an_archive_that_refuses_says_so() -> None:
    found = await past_of(
        an_open_meteo(refusals=[Given(status=500)]), date(2026, 4, 20), date(2026, 4, 21)
    )
    assert unavailable(found).reason == "Open-Meteo's archive answered 500"
    found = await past_of(
        an_open_meteo(changes={"latitude": 0}), date(2026, 4, 20), date(2026, 4, 21)
    )
    assert unavailable(found).reason.startswith("the answer of Open-Meteo's archive is refused")


def home_assistant(hours: int = 24, status: int = 200) -> Callable[[Asked], Given]:
    def answer(asked: Asked) -> Given:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Given({"message": "Unauthorized"}, 401)
        if asked.path == f"/api/states/{ENTITY}":
            units = {"temperature_unit": "°C", "wind_speed_unit": "m/s"}
            return Given({"entity_id": ENTITY, "state": "sunny", "attributes": units}, status)
        assert asked.path == "/api/services/weather/get_forecasts"
        assert asked.body == {"entity_id": ENTITY, "type": "hourly"}
        assert "return_response" in asked.query
        forecast = [
            {"datetime": (NOW.replace(minute=0) + n * HOUR).isoformat(), "temperature": 3.0}
            for n in range(hours)
        ]
        return Given({"service_response": {ENTITY: {"forecast": forecast}}})

    return answer


async def of_home_assistant(answer: Callable[[Asked], Given], token: str = TOKEN) -> Answer:
    with fake_web(answer) as web:
        source = HomeAssistantWeather(f"{web.url}/", token, ENTITY, timeout_seconds=5)
        return await source.fetch(NOW)


async def test_home_assistants_hourly_forecast_is_weather_by_slot() -> None:
    found = issued(await of_home_assistant(home_assistant()))
    assert found.source == "home_assistant weather.home"
    assert set(found.table["temperature_c"]) == {3.0}
    assert found.table.height == 23 * 4


@pytest.mark.parametrize(
    ("answer", "token", "reason"),
    [
        (home_assistant(), "x", "answered 401 (Unauthorized); see DARKSTAR_HOME_ASSISTANT_TOKEN"),
        (home_assistant(status=404), TOKEN, "answered 404; see weather.entity"),
        (home_assistant(hours=0), TOKEN, "weather.home has no hourly forecast"),
        (home_assistant(hours=3), TOKEN, "less than 6 hours from now"),
    ],
)
async def test_home_assistant_that_cannot_tell_says_why(
    answer: Callable[[Asked], Given], token: str, reason: str
) -> None:
    assert reason in unavailable(await of_home_assistant(answer, token)).reason


async def test_home_assistant_that_is_away_names_its_address() -> None:
    source = HomeAssistantWeather("http://127.0.0.1:9", "t", ENTITY, timeout_seconds=5)
    assert "see home_assistant.url" in unavailable(await source.fetch(NOW)).reason


def a_file(path: Path, *, issues: list[datetime] | None = None, header: str = "") -> Path:
    """Three days by the hour; the temperature is the number of the issue."""
    lines = [header or f"start_utc,temperature_c{',issued_at' if issues else ''}"]
    for number, made in enumerate(issues or [NOW]):
        lines += [
            f"{(NOW.replace(minute=0) + hour * HOUR).isoformat()},{number}"
            + (f",{made.isoformat()}" if issues else "")
            for hour in range(72)
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


async def test_a_file_without_issues_is_known_at_any_time(tmp_path: Path) -> None:
    found = issued(await CsvWeather(a_file(tmp_path / "w.csv"), None).fetch(NOW))
    assert (found.source, found.issued_at) == ("csv w.csv", NOW)
    assert found.table.height == 72 * 4


async def test_a_files_issues_show_when_they_were_made(tmp_path: Path) -> None:
    issues = [NOW - HOUR, NOW, NOW + HOUR]
    source = CsvWeather(a_file(tmp_path / "w.csv", issues=issues), None)
    for now, number in ((NOW, 1), (NOW + 59 * HOUR / 60, 1), (NOW + HOUR, 2)):
        found = issued(await source.fetch(now))
        assert found.issued_at == issues[number]
        assert set(found.table["temperature_c"]) == {float(number)}
    reason = unavailable(await source.fetch(NOW - 2 * HOUR)).reason
    assert reason.endswith("is refused: its first issue is of 2026-05-05 05:10 UTC")


async def test_a_file_that_begins_with_a_mark_of_its_encoding_is_read(tmp_path: Path) -> None:
    path = a_file(tmp_path / "w.csv")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert issued(await CsvWeather(path, None).fetch(NOW)).table.height == 72 * 4


async def test_a_file_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    source = CsvWeather(a_file(tmp_path / "w.csv"), None)
    await source.fetch(NOW)
    a_file(tmp_path / "w.csv", issues=[NOW - DAY, NOW])
    assert set(issued(await source.fetch(NOW)).table["temperature_c"]) == {1.0}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"", "is refused: it is empty"),
        (b"start_utc,temperature_c,issued_at\n", "is refused: it is empty"),
        (b"start_utc,temperature_c\nx,1\n", "is refused: a row begins at 'x'"),
        (
            b"start_utc,temperature_c,issued_at\nx,1,soon\n",
            "is refused: issued_at is 'soon'; write it as",
        ),
        (b"start_utc,temperature_c\n2026-05-04T00:00:00Z,1\n", "is refused: it ends at"),
    ],
)
async def test_a_file_that_cannot_be_used_says_why(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "w.csv"
    if content is not None:
        path.write_bytes(content)
    assert reason in unavailable(await CsvWeather(path, None).fetch(NOW)).reason


def slots(hours: int = 24) -> list[dict[str, Any]]:
    return [
        {"start": (NOW.replace(minute=0) + n * HOUR).isoformat(), "temperature_c": 3}
        for n in range(hours)
    ]


class Listening:
    """An MQTT source that listens, and how often it heard something."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.source = MqttWeather(self.bus, TOPIC, None)
        self.heard = 0

    async def count(self) -> None:
        self.heard += 1

    async def told(self, *payloads: bytes | str, retain: bool = False) -> Answer:
        if retain:
            for one in payloads:
                await self.bus.publish_raw(TOPIC, one, retain=True)
        task = asyncio.create_task(self.source.listen(self.count))
        await settle()
        if not retain:
            for one in payloads:
                await self.bus.publish_raw(TOPIC, one)
        await settle()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return await self.source.fetch(NOW)


def as_json(said: object) -> bytes:
    return Given(said).content


@pytest.mark.parametrize("retain", [True, False])
@pytest.mark.parametrize(
    ("said", "made"),
    [
        (slots(), NOW),
        ({"slots": slots()}, NOW),
        ({"slots": slots(), "issued_at": "2026-05-05T05:00:00Z"}, NOW - 70 * HOUR / 60),
        ({"slots": slots(), "issued_at": "2026-05-06T05:00:00Z"}, NOW),
    ],
)
async def test_what_is_published_on_the_topic_is_heard(
    said: object, made: datetime, retain: bool
) -> None:
    listening = Listening()
    found = issued(await listening.told(as_json(said), retain=retain))
    assert (found.source, found.issued_at) == ("mqtt outside/weather", made)
    assert found.table.height == 96
    assert listening.heard == 1


async def test_the_same_again_is_no_news() -> None:
    listening = Listening()
    await listening.told(as_json(slots()), as_json(slots()), as_json(slots(30)))
    assert listening.heard == 2


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"cloudy", "what is on outside/weather is refused: it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"5", "it is no list of weather slots"),
        (b"[5]", "it is no list of weather slots"),
        (b'{"slots": null}', "it is no list of weather slots"),
        (b'{"slots": [], "issued_at": "soon"}', "issued_at is 'soon'; write it as"),
        (b"[]", "it is empty"),
    ],
)
async def test_what_is_no_weather_is_refused(payload: bytes, reason: str) -> None:
    assert reason in unavailable(await Listening().told(payload)).reason


async def test_a_topic_that_is_silent_is_no_weather() -> None:
    answer = await MqttWeather(MemoryBus(), TOPIC, None).fetch(NOW)
    assert unavailable(answer).reason == "nothing was published on outside/weather yet"


def context_of(tmp_path: Path, secret: str | None = None, /, **sections: Any) -> Context:
    return a_context(
        MemoryBus(),
        state_dir=tmp_path,
        clock=FakeClock(NOW),
        config=Config.model_validate(sections),
        secrets=Secrets(home_assistant_token=secret),
    )


ALL = {
    "sources": ["csv", "open_meteo", "mqtt", "home_assistant"],
    "topic": TOPIC,
    "entity": ENTITY,
    "csv_path": "w.csv",
}


def names(sources: tuple[WeatherSource, ...]) -> list[str]:
    return [one.name.split()[0] for one in sources]


def test_the_sources_come_in_the_order_of_the_config(tmp_path: Path) -> None:
    context = context_of(
        tmp_path,
        TOKEN,
        weather=ALL,
        location={},
        home_assistant={"url": "http://homeassistant.local:8123"},
    )
    assert names(weather_sources(context)) == ALL["sources"]
    assert lacking(context.config, context.secrets) == ()
    assert weather_archive(context.config) is not None


def test_without_a_location_or_a_token_the_sources_that_need_them_are_named(
    tmp_path: Path,
) -> None:
    context = context_of(tmp_path, weather=ALL)
    assert names(weather_sources(context)) == ["csv", "mqtt"]
    first, second = lacking(context.config, context.secrets)
    assert first.startswith("location is not in the config, so open_meteo is not asked")
    assert "DARKSTAR_HOME_ASSISTANT_TOKEN" in second
    assert weather_archive(context.config) is None


def test_where_open_meteo_is_not_wanted_its_archive_is_not_asked(tmp_path: Path) -> None:
    context = context_of(tmp_path, weather={"sources": ["mqtt"], "topic": TOPIC}, location={})
    assert names(weather_sources(context)) == ["mqtt"]
    assert weather_archive(context.config) is None


def test_a_token_is_not_shown() -> None:
    source = HomeAssistantWeather("http://x", "secret", ENTITY, timeout_seconds=5)
    assert "secret" not in repr(source) + source.name
