"""What the configuration of a simulated house says for its brand, besides the profile's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from unit.executor.days import Kind

from darkstar_common.config import Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What the configuration of a house with this brand says besides the profile's name.

    Attributes:
        meter: Signs of its sensors.
        voltage_v: Nominal, of its battery.
        roles: Entities that are not the inverter's.
        lacks: What cannot be asked of it; its day goes without.
    """

    meter: Meter = field(default_factory=Meter)
    voltage_v: float = 48.0
    roles: Mapping[str, str] = field(default_factory=dict)
    lacks: frozenset[Kind] = frozenset()


def _named(prefix: str, rows: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Entities by role, from role, domain and key of each."""
    return {role: f"{domain}.{prefix}{key}" for role, domain, key in rows}


BRANDS: Mapping[str, Brand] = MappingProxyType({
    "deye": Brand(roles={"grid_power": "sensor.grid_meter_power"}),
    "fronius": Brand(
        roles=_named(
            "fm_",
            (
                ("mode", "select", "ext_control_mode"),
                ("soc_maximum", "number", "api_soc_max"),
                ("minimum_reserve", "number", "minimum_reserve"),
                ("pv_charge_limit", "number", "charge_limit"),
                ("discharge_limit", "number", "discharge_limit"),
                ("grid_charge_power", "number", "grid_charge_power"),
                ("grid_discharge_power", "number", "grid_discharge_power"),
                ("battery_soc", "sensor", "soc"),
                ("battery_power", "sensor", "storage_power"),
                ("pv_power", "sensor", "pv_power"),
                ("load_power", "sensor", "load"),
                ("grid_power", "sensor", "power"),
            ),
        ),
        lacks=frozenset({"curtail"}),
    ),
    "givenergy": Brand(
        meter=Meter(grid="dual"),
        roles=_named(
            "givtcp_sa1234g567_",
            (
                ("mode", "select", "mode"),
                ("charge_schedule", "switch", "enable_charge_schedule"),
                ("discharge_schedule", "switch", "enable_discharge_schedule"),
                ("target_soc", "number", "target_soc"),
                ("reserve", "number", "battery_power_reserve"),
                ("charge_rate", "number", "battery_charge_rate"),
                ("discharge_rate", "number", "battery_discharge_rate"),
                ("battery_soc", "sensor", "soc"),
                ("battery_power", "sensor", "battery_power"),
                ("pv_power", "sensor", "pv_power"),
                ("load_power", "sensor", "load_power"),
                ("import_power", "sensor", "import_power"),
                ("export_power", "sensor", "export_power"),
            ),
        ),
        lacks=frozenset({"curtail"}),
    ),
    "goodwe": Brand(meter=Meter(grid_import_positive=False)),
    "growatt": Brand(meter=Meter(grid="dual")),
    "huawei": Brand(
        meter=Meter(grid_import_positive=False, battery_discharge_positive=False),
        roles={"export_limit": "number.huawei_maximum_feed_grid_power"},
    ),
    "solaredge": Brand(
        meter=Meter(grid_import_positive=False, battery_discharge_positive=False),
        roles={
            "pv_power": "sensor.solar_panel_production_w",
            "load_power": "sensor.solar_house_consumption_w",
        },
    ),
    "solis": Brand(meter=Meter(grid_import_positive=False)),
    "sungrow": Brand(meter=Meter(grid="dual")),
    "victron": Brand(
        meter=Meter(battery_discharge_positive=False),
        roles={"grid_power": "sensor.et112_power"},
    ),
})  # fmt: skip
"""Only what differs from `Brand()`; a profile without a line here has one too."""


def brand(name: str) -> Brand:
    """What is particular of the brand."""
    return BRANDS.get(name, Brand())
