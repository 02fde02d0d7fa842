"""The configuration of the house: one file, read once at start, frozen."""

from darkstar_common.config.hands import (
    Executor,
    Gateway,
    Guard,
    HomeAssistant,
    Meter,
    Notify,
)
from darkstar_common.config.house import Battery, Ev, Grid, Inverter, Peak, WaterHeater
from darkstar_common.config.load import ConfigError, load_config
from darkstar_common.config.model import (
    Config,
    Forecaster,
    Mqtt,
    Planner,
    PriceSource,
    Tariff,
)
from darkstar_common.config.section import Section

__all__ = [
    "Battery",
    "Config",
    "ConfigError",
    "Ev",
    "Executor",
    "Forecaster",
    "Gateway",
    "Grid",
    "Guard",
    "HomeAssistant",
    "Inverter",
    "Meter",
    "Mqtt",
    "Notify",
    "Peak",
    "Planner",
    "PriceSource",
    "Section",
    "Tariff",
    "WaterHeater",
    "load_config",
]
