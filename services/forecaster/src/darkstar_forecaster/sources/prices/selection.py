"""The sources that the config asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from pathlib import Path

from darkstar_common.config import Config
from darkstar_common.runtime import NO_SECRETS, Context, Secrets
from darkstar_forecaster.sources.prices.csv import CsvPrices
from darkstar_forecaster.sources.prices.energy_charts import EnergyCharts
from darkstar_forecaster.sources.prices.failover import Choice, Failover
from darkstar_forecaster.sources.prices.fixed import FixedPrices
from darkstar_forecaster.sources.prices.generated import GeneratedPrices
from darkstar_forecaster.sources.prices.home_assistant import HomeAssistantPrices, Sensor
from darkstar_forecaster.sources.prices.market import Market
from darkstar_forecaster.sources.prices.mqtt import MqttPrices
from darkstar_forecaster.sources.prices.nordpool import NordPool
from darkstar_forecaster.sources.prices.port import PriceSource

MADE_UP = frozenset({"fixed", "generated"})


def price_source(context: Context) -> Failover:
    """The sources in the config of `context`, as one."""
    config = context.config
    made = dict(sources(config, context.secrets))
    if config.prices.topic is not None:
        made["mqtt"] = MqttPrices(
            context.bus, config.prices.topic, config.tariff.currency, config.zone
        )
    return Failover(
        [Choice(source=made[name], made_up=name in MADE_UP) for name in config.prices.sources]
    )


def sources(config: Config, secrets: Secrets = NO_SECRETS) -> Mapping[str, PriceSource]:
    """The configured sources that can be asked, by name, in order; one that listens cannot."""
    makers: Mapping[str, Callable[[], PriceSource]] = {
        "nordpool": lambda: _nordpool(config),
        "energy_charts": lambda: _energy_charts(config),
        "home_assistant": lambda: _home_assistant(config, secrets),
        "csv": lambda: CsvPrices(config.prices.csv_path or Path(), _published_at(config)),
        "fixed": lambda: FixedPrices(config.prices.fixed_per_kwh or 0.0, config.prices.time_of_use),
        "generated": lambda: GeneratedPrices(config.prices.seed, _published_at(config)),
    }
    return {name: makers[name]() for name in config.prices.sources if name in makers}


def _published_at(config: Config) -> time:
    return time.fromisoformat(config.prices.published_at)


def _nordpool(config: Config) -> Market:
    return Market(
        NordPool(
            url=config.prices.nordpool_url,
            area=config.tariff.area,
            currency=config.tariff.currency,
            timeout=config.prices.timeout_seconds,
        )
    )


def _energy_charts(config: Config) -> Market:
    return Market(
        EnergyCharts(
            url=config.prices.energy_charts_url,
            area=config.tariff.area,
            currency=config.tariff.currency,
            eur_rate=config.prices.eur_rate,
            timeout=config.prices.timeout_seconds,
        )
    )


def _home_assistant(config: Config, secrets: Secrets) -> HomeAssistantPrices:
    return HomeAssistantPrices(
        Sensor(
            url=config.home_assistant.url,
            token=secrets.home_assistant_token,
            entity=config.prices.entity or "",
            currency=config.tariff.currency,
            timeout=config.prices.timeout_seconds,
        )
    )
