"""A house on the bus, schedules and bindings, as the executor's tests need them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from darkstar_common.config import Battery, Config, Executor, Grid, WaterHeater
from darkstar_common.contract import Schedule, ScheduleSlot, Service
from darkstar_common.slots import SLOT
from darkstar_executor.core.binding import bind
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.roles import roles_of
from darkstar_executor.profiles import load_profile

DEYE = load_profile("deye")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PREFIX = "homeassistant"

ENTITIES: dict[str, dict[str, Any]] = {
    "battery_soc": {"component": "sensor", "unit": "%"},
    "battery_power": {"component": "sensor", "unit": "W"},
    "pv_power": {"component": "sensor", "unit": "W"},
    "load_power": {"component": "sensor", "unit": "kW"},
    "grid_power": {"component": "sensor", "unit": "W"},
    "grid_voltage": {"component": "sensor", "unit": "V"},
    "water_temperature": {"component": "sensor", "unit": "°C"},
    "load_energy": {"component": "sensor", "unit": "kWh"},
    "pv_energy": {"component": "sensor", "unit": "Wh"},
    "work_mode": {"component": "select", "options": ["Export First", "Zero Export To CT"]},
    "grid_charging": {"component": "switch"},
    "max_charge_current": {"component": "number", "unit": "A", "range": (0, 185, 1)},
    "max_discharge_current": {"component": "number", "unit": "A", "range": (0, 185, 1)},
    "export_limit": {"component": "number", "unit": "W", "range": (0, 16000, 1)},
    "soc_target": {"component": "number", "unit": "%", "range": (0, 100, 1)},
    "water_setpoint": {"component": "number", "unit": "°C", "range": (30, 85, 1)},
}
SETTINGS = tuple(role for role, one in ENTITIES.items() if one["component"] != "sensor")
ROLES = {role: f"{one['component']}.house_{role}" for role, one in ENTITIES.items()}


def state_topic(role: str) -> str:
    return f"house/{role}"


def command_topic(role: str) -> str:
    return f"house/{role}/set"


def discovery(role: str, **more: Any) -> tuple[str, str]:
    """Topic and payload of the discovery message of the entity that plays `role`."""
    one = ENTITIES[role]
    low, high, step = one.get("range", (None, None, None))
    raw = {
        "name": role,
        "device": {"name": "House"},
        "unique_id": f"house_{role}",
        "state_topic": state_topic(role),
        "command_topic": command_topic(role) if role in SETTINGS else None,
        "unit_of_measurement": one.get("unit"),
        "min": low,
        "max": high,
        "step": step,
        "options": one.get("options"),
    } | more
    kept = {key: value for key, value in raw.items() if value is not None}
    return f"{PREFIX}/{one['component']}/house/{role}/config", json.dumps(kept)


def registry(roles: Iterable[str] = ENTITIES, **more: Any) -> Registry:
    made = Registry()
    for role in roles:
        made = made.updated(*discovery(role, **more), PREFIX)
    return made


def ears(
    said: Mapping[str, object] | None = None, *, now: datetime = NOON, of: Registry | None = None
) -> Ears:
    """Ears with every role bound that `of` has an entity for, having heard `said`."""
    bindings = bind(
        ROLES,
        (of or registry()).entities,
        roles=roles_of(DEYE, Config()),
        parts=frozenset({"battery", "water", "house"}),
    )
    made = Ears(max_age=timedelta(minutes=10)).rebound(bindings)
    for role, value in (said or {}).items():
        made = made.hearing(state_topic(role), str(value), now, retained=False)
    return made


STILL = {"not_following_minutes": 10_000.0}
"""Its sensors stand still, whatever the house is told."""


def house(**executor: Any) -> Config:
    return Config(
        battery=Battery(
            capacity_kwh=10, min_soc_percent=12, max_charge_kw=4.8, max_discharge_kw=4.8
        ),
        grid=Grid(max_import_kw=11, max_export_kw=11),
        water_heater=WaterHeater(),
        executor=Executor(**{"shadow": False, "roles": ROLES} | STILL | executor),
    )


def slot(start: datetime, **fields: Any) -> ScheduleSlot:
    return ScheduleSlot(
        **{
            "start": start,
            "import_kw": 0.0,
            "export_kw": 0.0,
            "charge_kw": 0.0,
            "discharge_kw": 0.0,
            "soc_percent": 50.0,
            "load_kw": 0.5,
            "pv_kw": 0.0,
            "import_per_kwh": 2.0,
            "export_per_kwh": 0.5,
            "price_kind": "published",
        }
        | fields
    )


def schedule(*rows: dict[str, Any], start: datetime = NOON, **fields: Any) -> Schedule:
    """A schedule of one slot for each row, from `start` on."""
    return Schedule(
        **{
            "sender": Service.PLANNER,
            "emitted_at": start,
            "issued_at": start,
            "valid_until": start + len(rows) * SLOT,
            "status": "optimal",
            "currency": "SEK",
            "cost": 0.0,
            "objective": 0.0,
            "bound": 0.0,
            "gap": 0.0,
            "solver": "test",
            "solve_seconds": 0.1,
            "soc_percent_at_start": 50.0,
            "slots": tuple(slot(start + number * SLOT, **row) for number, row in enumerate(rows)),
        }
        | fields
    )


CHARGE = {"charge_kw": 3.0, "import_kw": 3.5, "soc_percent": 70.0}
PV_CHARGE = {"charge_kw": 2.0, "pv_kw": 2.5, "soc_percent": 60.0}
EXPORT = {"discharge_kw": 4.0, "export_kw": 3.5, "soc_percent": 30.0}
DISCHARGE = {"discharge_kw": 0.5, "soc_percent": 40.0}
HOLD = {"import_kw": 0.5, "soc_percent": 50.0}
