"""What the entities read: physics turned into the words of sensors and settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from darkstar_simulator.core.control import Orders
from darkstar_simulator.core.entities import Device, Entity, Value, state_topic
from darkstar_simulator.core.house import House, HouseState, ev_soc_percent, flows_now, soc_percent

_VOLTS = 231.0
_VOLTS_PER_KW = 0.25
QUANTITIES: Mapping[str, str] = {
    "soc_percent": "state of charge [%]",
    "stored_kwh": "energy in the battery [kWh]",
    "battery_kw": "power of the battery, charging positive [kW]",
    "charge_kw": "power into the battery [kW]",
    "discharge_kw": "power out of the battery [kW]",
    "pv_kw": "PV that is used [kW]",
    "load_kw": "all consumption, heater and car included [kW]",
    "grid_kw": "power at the meter, import positive [kW]",
    "import_kw": "power from the grid [kW]",
    "export_kw": "power into the grid [kW]",
    "voltage_v": "grid voltage [V]",
    "grid_there": "whether there is a grid [0 or 1]",
    "pv_kwh": "PV used since the beginning [kWh]",
    "load_kwh": "consumed since the beginning [kWh]",
    "charge_kwh": "charged since the beginning [kWh]",
    "discharge_kwh": "discharged since the beginning [kWh]",
    "import_kwh": "imported since the beginning [kWh]",
    "export_kwh": "exported since the beginning [kWh]",
    "water_kw": "power of the water heater [kW]",
    "water_c": "temperature of the tank [°C]",
    "water_kwh": "into the water heater since the beginning [kWh]",
    "ev_kw": "power into the car [kW]",
    "ev_kwh": "into the car since the beginning [kWh]",
    "ev_soc_percent": "state of charge of the car [%]; 0 without one",
    "ev_connected": "whether the car is at the wallbox [0 or 1]",
}
"""What `Entity.reads` may name."""


def quantities(state: HouseState, house: House, orders: Orders) -> dict[str, float]:
    """The present value of each of `QUANTITIES`."""
    flows = flows_now(state, house, orders)
    net_kw = flows.import_kw - flows.export_kw
    counters = state.counters
    return {
        "soc_percent": soc_percent(state, house.parameters),
        "stored_kwh": state.stored_kwh,
        "battery_kw": flows.charge_kw - flows.discharge_kw,
        "charge_kw": flows.charge_kw,
        "discharge_kw": flows.discharge_kw,
        "pv_kw": flows.pv_kw,
        "load_kw": flows.load_kw,
        "grid_kw": net_kw,
        "import_kw": flows.import_kw,
        "export_kw": flows.export_kw,
        "voltage_v": 0.0 if orders.islanded else _VOLTS - _VOLTS_PER_KW * net_kw,
        "grid_there": 0.0 if orders.islanded else 1.0,
        "pv_kwh": counters.pv_kwh,
        "load_kwh": counters.load_kwh,
        "charge_kwh": counters.charge_kwh,
        "discharge_kwh": counters.discharge_kwh,
        "import_kwh": counters.import_kwh,
        "export_kwh": counters.export_kwh,
        "water_kw": flows.water_kw,
        "water_c": state.tank.temperature_c,
        "water_kwh": counters.water_kwh,
        "ev_kw": flows.ev_kw,
        "ev_kwh": counters.ev_kwh,
        "ev_soc_percent": ev_soc_percent(state, house.parameters) or 0.0,
        "ev_connected": 1.0 if house.car_home(state.at) else 0.0,
    }


def sensor_values(
    entities: Iterable[Entity], state: HouseState, house: House, orders: Orders
) -> dict[str, float]:
    """The value of each sensor by object id, in its entity's own unit and sign."""
    present = quantities(state, house, orders)
    return {
        one.object_id: present[one.reads] * one.factor for one in entities if one.reads is not None
    }


def sensor_text(entity: Entity, value: float) -> str:
    """What a sensor shows for `value`."""
    if entity.component == "binary_sensor":
        return "ON" if value else "OFF"
    return number_text(value, entity.decimals)


def number_text(value: float, decimals: int) -> str:
    """`value` as a device writes it; never `-0`."""
    rounded = round(value, decimals)
    return f"{0.0 if rounded == 0 else rounded:.{decimals}f}"


def setting_text(value: Value) -> str:
    """The present state of a commanded entity."""
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    return value if isinstance(value, str) else f"{value:.10g}"


def state_payloads(
    entities: Iterable[Entity], texts: Mapping[str, str], node: str
) -> dict[str, str]:
    """Retained payload by topic, from each entity's text by object id.

    The grid meter's texts become numbers in one JSON object; what is no number stays a text.
    """
    payloads: dict[str, str] = {}
    metered: dict[str, float | str] = {}
    for entity in entities:
        text = texts.get(entity.object_id)
        if text is None:
            continue
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
