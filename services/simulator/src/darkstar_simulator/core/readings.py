"""What the entities read: physics turned into the words of sensors and settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from darkstar_simulator.core.entities import Device, Entity, state_topic
from darkstar_simulator.core.house import House, HouseState, flows_now, soc_percent
from darkstar_simulator.core.settings import Settings

_KILO = 1000.0
_VOLTS = 231.0
_VOLTS_PER_KW = 0.25


def sensor_values(state: HouseState, house: House, settings: Settings) -> dict[str, float]:
    """The value of each sensor by object id, in its entity's unit.

    Signs as the devices have them: battery power is positive while discharging, the grid meter's
    power is positive while importing.
    """
    flows = flows_now(state, house, settings)
    counters = state.counters
    net_kw = flows.import_kw - flows.export_kw
    return {
        "inverter_battery_soc": soc_percent(state, house.parameters),
        "inverter_battery_power": (flows.discharge_kw - flows.charge_kw) * _KILO,
        "inverter_pv_power": flows.pv_kw * _KILO,
        "inverter_load_power": flows.load_kw * _KILO,
        "inverter_grid_voltage": _VOLTS - _VOLTS_PER_KW * net_kw,
        "inverter_total_pv": counters.pv_kwh,
        "inverter_total_load": counters.load_kwh,
        "inverter_total_battery_charge": counters.charge_kwh,
        "inverter_total_battery_discharge": counters.discharge_kwh,
        "grid_meter_power": net_kw * _KILO,
        "grid_meter_import_energy": counters.import_kwh,
        "grid_meter_export_energy": counters.export_kwh,
        "water_heater_temperature": state.tank.temperature_c,
        "water_heater_power": flows.water_kw * _KILO,
        "water_heater_energy": counters.water_kwh,
    }


def number_text(value: float, decimals: int) -> str:
    """`value` as a device writes it; never `-0`."""
    rounded = round(value, decimals)
    return f"{0.0 if rounded == 0 else rounded:.{decimals}f}"


def setting_text(entity: Entity, settings: Settings) -> str:
    """The present state of a commanded entity."""
    value = getattr(settings, entity.setting or "")
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    return value if isinstance(value, str) else f"{value:g}"


def state_payloads(
    entities: Iterable[Entity], texts: Mapping[str, str], node: str
) -> dict[str, str]:
    """Retained payload by topic, from each entity's text by object id.

    The grid meter's texts become numbers in one JSON object; what is no number stays a text.
    """
    payloads: dict[str, str] = {}
    metered: dict[str, float | str] = {}
    for entity in entities:
        text = texts[entity.object_id]
        if entity.device is Device.GRID_METER:
            metered[entity.key] = _json_number(text)
            payloads[state_topic(entity, node)] = json.dumps(metered)
        else:
            payloads[state_topic(entity, node)] = text
    return payloads


def _json_number(text: str) -> float | str:
    if not text.lstrip("-").replace(".", "", 1).isdigit():
        return text
    return float(text) if "." in text else int(text)
