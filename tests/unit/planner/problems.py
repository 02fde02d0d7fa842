"""Small problems with everything filled in except what a test is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reading import read_problem

MIDNIGHT = "2026-01-01T00:00:00Z"


def a_document(import_price: Sequence[float], **fields: Any) -> dict[str, Any]:
    """Hourly slots, 2 kW of load, no PV, worthless export, and an exact solve."""
    count = len(import_price)
    return {
        "start": MIDNIGHT,
        "slot_hours": 1.0,
        "import_price": list(import_price),
        "export_price": [0.0] * count,
        "load_kw": [2.0] * count,
        "pv_kw": [0.0] * count,
        "options": {"absolute_gap": 1e-6},
    } | fields


def a_problem(import_price: Sequence[float], **fields: Any) -> Problem:
    """The same, as the planner reads it."""
    return read_problem(json.dumps(a_document(import_price, **fields)))


def a_battery(**fields: Any) -> dict[str, Any]:
    """Empty, lossless, 10 kWh, 5 kW."""
    return {
        "id": "battery",
        "capacity_kwh": 10.0,
        "stored_kwh": 0.0,
        "max_charge_kw": 5.0,
        "max_discharge_kw": 5.0,
    } | fields


def a_heater(**fields: Any) -> dict[str, Any]:
    """1 kW, nothing to heat, long off."""
    return {"id": "heater", "power_kw": 1.0, "daily_min_kwh": 0.0} | fields


def quiet(count: int, **fields: Any) -> dict[str, Any]:
    """A house that uses nothing."""
    return {"load_kw": [0.0] * count} | fields
