"""Where the weather comes from: one interface, one module for each source."""

from __future__ import annotations

from darkstar_common.bus import Bus
from darkstar_common.config import Config
from darkstar_common.runtime import Context, Secrets
from darkstar_forecaster.core.weather.sun import Place
from darkstar_forecaster.sources.weather.csv import CsvWeather
from darkstar_forecaster.sources.weather.home_assistant import HomeAssistantWeather
from darkstar_forecaster.sources.weather.mqtt import MqttWeather
from darkstar_forecaster.sources.weather.open_meteo import OpenMeteo, OpenMeteoArchive
from darkstar_forecaster.sources.weather.port import (
    Answer,
    Heard,
    PastWeather,
    Unavailable,
    WeatherSource,
)

__all__ = [
    "Answer",
    "Heard",
    "PastWeather",
    "Unavailable",
    "WeatherSource",
    "asked_source",
    "lacking",
    "listening_source",
    "place_of",
    "weather_archive",
    "weather_sources",
]
_NO_LOCATION = (
    "location is not in the config, so open_meteo is not asked for weather: set "
    "location.latitude and location.longitude"
)
_NO_HOME_ASSISTANT = (
    "Home Assistant cannot be asked for weather without its address and a token: set "
    "home_assistant.url in the config and DARKSTAR_HOME_ASSISTANT_TOKEN"
)


def place_of(config: Config) -> Place | None:
    """Where the house stands; None: unknown."""
    here = config.location
    return None if here is None else Place(latitude=here.latitude, longitude=here.longitude)


def weather_sources(context: Context) -> tuple[WeatherSource, ...]:
    """The sources in the config, in order of preference; without what they need, not."""
    found = []
    for name in context.config.weather.sources:
        one = (
            listening_source(context.config, context.bus)
            if name == "mqtt"
            else asked_source(name, context.config, context.secrets)
        )
        if one is not None:
            found.append(one)
    return tuple(found)


def lacking(config: Config, secrets: Secrets) -> tuple[str, ...]:
    """What keeps a source of the config from being asked, as a sentence with the way out."""
    return tuple(
        _NO_LOCATION if name == "open_meteo" else _NO_HOME_ASSISTANT
        for name in config.weather.sources
        if name != "mqtt" and asked_source(name, config, secrets) is None
    )


def weather_archive(config: Config) -> PastWeather | None:
    """Who knows the past, where the house's location is known and Open-Meteo may be asked."""
    place, weather = place_of(config), config.weather
    if place is None or "open_meteo" not in weather.sources:
        return None
    return OpenMeteoArchive(weather.archive_url, place, timeout_seconds=weather.timeout_seconds)


def listening_source(config: Config, bus: Bus) -> WeatherSource | None:
    """The topic of the config."""
    topic = config.weather.topic
    return None if topic is None else MqttWeather(bus, topic, place_of(config))


def asked_source(name: str, config: Config, secrets: Secrets) -> WeatherSource | None:
    """The source of that name, as far as it can be asked; None: something is missing."""
    weather, place = config.weather, place_of(config)
    seconds = weather.timeout_seconds
    if name == "open_meteo" and place is not None:
        return OpenMeteo(weather.open_meteo_url, place, timeout_seconds=seconds)
    if name == "csv" and weather.csv_path is not None:
        return CsvWeather(weather.csv_path, place)
    url, token = config.home_assistant.url, secrets.home_assistant_token
    if name == "home_assistant" and weather.entity and url and token:
        return HomeAssistantWeather(url, token, weather.entity, timeout_seconds=seconds)
    return None
