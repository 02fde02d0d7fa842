"""The configuration of the house: one file, read at the start and when it changes, frozen."""

from darkstar_common.config.appliances import Appliance
from darkstar_common.config.forecasting import (
    Forecaster,
    Household,
    Location,
    PriceSource,
    Reflex,
    Solar,
    SolarArray,
    Train,
    Weather,
    Window,
    price_at,
)
from darkstar_common.config.hands import (
    Access,
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
    Mqtt,
    Planner,
)
from darkstar_common.config.recording import Keep, Recorder
from darkstar_common.config.section import Section
from darkstar_common.config.tariff import Tariff

__all__ = [
    "Access",
    "Appliance",
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
    "Household",
    "Inverter",
    "Keep",
    "Location",
    "Meter",
    "Mqtt",
    "Notify",
    "Peak",
    "Planner",
    "PriceSource",
    "Recorder",
    "Reflex",
    "Section",
    "Solar",
    "SolarArray",
    "Tariff",
    "Train",
    "WaterHeater",
    "Weather",
    "Window",
    "load_config",
    "price_at",
]
