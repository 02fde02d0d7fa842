"""Where each key is shown, and what the house must have for it to mean anything."""

from __future__ import annotations

from typing import Final, Literal

from darkstar_common.config.reloading import within

Device = Literal["battery", "water_heater", "solar", "ev"]

GROUPS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("house", "House", ("site", "timezone", "location", "household", "grid", "inverter",
                        "appliances")),
    ("battery", "Battery", ("battery",)),
    ("water", "Water", ("water_heater",)),
    ("sun", "Sun", ("has_solar", "solar")),
    ("vehicles", "Vehicles", ("evs",)),
    ("prices", "Prices", ("tariff", "prices")),
    ("forecasts", "Forecasts", ("weather", "forecaster")),
    ("planner", "Planner", ("planner",)),
    ("executor", "Executor", ("executor",)),
    ("recorder", "Recorder", ("recorder",)),
    ("gateway", "Gateway", ("gateway", "home_assistant", "mqtt")),
)  # fmt: skip
"""Name, title and sections of each page of the settings, in the order they are shown."""

_NEEDS: Final[dict[str, Device]] = {
    "battery": "battery",
    "planner.risk_appetite": "battery",
    "planner.soc_max_age_seconds": "battery",
    "planner.ramp_penalty_per_kw": "battery",
    "planner.narrow_spread_per_kwh": "battery",
    "planner.wide_spread_per_kwh": "battery",
    "executor.meter.battery_discharge_positive": "battery",
    "executor.notify.charge_start": "battery",
    "executor.notify.charge_stop": "battery",
    "executor.notify.export_start": "battery",
    "executor.notify.export_stop": "battery",
    "executor.notify.soc_target_change": "battery",
    "inverter.dc_coupled": "battery",
    "inverter.efficiency": "battery",
    "water_heater": "water_heater",
    "planner.comfort": "water_heater",
    "executor.notify.water_heat_start": "water_heater",
    "executor.notify.water_heat_stop": "water_heater",
    "executor.notify.legionella": "water_heater",
    "solar": "solar",
    "executor.notify.ev_start": "ev",
    "executor.notify.ev_stop": "ev",
}
_SWITCHES: Final = ("battery", "water_heater")
"""Sections that are what says whether the house has the device, so they can always be set."""


def needs(key: str) -> Device | None:
    """What the house must have for `key` to change anything; None: nothing special."""
    if key in _SWITCHES:
        return None
    return next((device for place, device in _NEEDS.items() if within(key, place)), None)
