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
)
from darkstar_common.config.recording import Keep, Recorder
from darkstar_common.config.section import Section
from darkstar_common.config.tariff import Tariff

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
    "Keep",
    "Meter",
    "Mqtt",
    "Notify",
    "Peak",
    "Planner",
    "PriceSource",
    "Recorder",
    "Section",
    "Tariff",
    "WaterHeater",
    "load_config",
]
