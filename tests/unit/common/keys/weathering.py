"""Keys about the weather: where it is asked for, and for which place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from support.fake_web import Given, fake_web
from unit.common.keys.probe import Probe

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Config, Weather
from darkstar_common.runtime import Secrets
from darkstar_common.testing import a_context
from darkstar_forecaster.core.weather.table import Issued
from darkstar_forecaster.sources.weather import asked_source, weather_archive, weather_sources

NOW = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
HOUSE = Config.model_validate(
    {
        "location": {},
        "weather": {"entity": "weather.home", "topic": "outside/weather", "csv_path": "mild.csv"},
    }
)
SECRETS = Secrets(home_assistant_token="of nobody")  # noqa: S106 (no password)


def named(config: Config) -> object:
    """The sources, as the published weather names them."""
    with TemporaryDirectory() as state:
        context = a_context(MemoryBus(), state_dir=Path(state), config=config, secrets=SECRETS)
        return [one.name for one in weather_sources(context)]


async def outcome(config: Config) -> object:
    """What comes of asking Open-Meteo, which is silent, and how that is told."""
    with fake_web(lambda _: Given(never=True)) as web:
        here = config.weather.model_copy(update={"open_meteo_url": web.url})
        return await _fetched(config.model_copy(update={"weather": here}), "open_meteo")


async def question(config: Config) -> object:
    """The place that Open-Meteo is asked about."""
    with fake_web(lambda _: Given(status=500)) as web:
        here = config.weather.model_copy(update={"open_meteo_url": web.url})
        await _fetched(config.model_copy(update={"weather": here}), "open_meteo")
        return web.asked[0].query["latitude"], web.asked[0].query["longitude"]


async def reached(config: Config) -> object:
    """Whether Open-Meteo's forecasts are looked for at its first address, by what it says."""
    return await _fetched(config, "open_meteo")


async def archived(config: Config) -> object:
    """The same of its archive."""
    archive = weather_archive(config)
    return archive and await archive.past(NOW.date(), NOW.date(), NOW)


async def read(config: Config) -> object:
    """The temperatures in the file."""
    with TemporaryDirectory() as name:
        for file, degrees in (("mild.csv", 10), ("cold.csv", -5)):
            rows = (f"{NOW.date() + timedelta(days=n)}T00:00:00Z,{degrees}\n" for n in range(2))
            hours = (row.replace("T00", f"T{hour:02}") for row in rows for hour in range(24))
            (Path(name) / file).write_text("start_utc,temperature_c\n" + "".join(hours))
        path = Path(name) / (config.weather.csv_path or "")
        there = config.weather.model_copy(update={"csv_path": path})
        found = await _fetched(config.model_copy(update={"weather": there}), "csv")
        assert isinstance(found, Issued)
        return found.table["temperature_c"].to_list()


async def _fetched(config: Config, name: str) -> object:
    source = asked_source(name, config, SECRETS)
    return source and await source.fetch(NOW)


def _house(**changed: object) -> Config:
    weather = HOUSE.weather.model_dump() | changed
    return HOUSE.model_copy(update={"weather": Weather.model_validate(weather)})


ADDRESSES = (NOWHERE, "http://[")
AT_HOME = HOUSE.model_copy(
    update={"home_assistant": HOUSE.home_assistant.model_copy(update={"url": NOWHERE})}
)
FROM_ENTITY = AT_HOME.model_copy(update={"weather": _house(sources=["home_assistant"]).weather})
PROBES: tuple[Probe, ...] = (
    Probe(
        key="weather.sources",
        observe=named,
        values=(("open_meteo", "mqtt"), ("mqtt", "open_meteo")),
        house=HOUSE,
    ),
    Probe(key="weather.timeout_seconds", observe=outcome, values=(0.02, 0.04), house=HOUSE),
    Probe(key="weather.open_meteo_url", observe=reached, values=ADDRESSES, house=HOUSE),
    Probe(key="weather.archive_url", observe=archived, values=ADDRESSES, house=HOUSE),
    Probe(
        key="weather.entity",
        observe=named,
        values=("weather.home", "weather.garden"),
        house=FROM_ENTITY,
    ),
    Probe(
        key="weather.topic",
        observe=named,
        values=("outside/weather", "garden/weather"),
        house=_house(sources=["mqtt"]),
    ),
    Probe(key="weather.csv_path", observe=read, values=("mild.csv", "cold.csv"), house=HOUSE),
    Probe(key="location", observe=named, values=(None, {}), house=HOUSE),
    Probe(key="location.latitude", observe=question, values=(55.6, 60.2), house=HOUSE),
    Probe(key="location.longitude", observe=question, values=(13.0, 24.9), house=HOUSE),
)
