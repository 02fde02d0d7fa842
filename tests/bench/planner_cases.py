"""The problems that the planner's speed is measured on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.planner_days import ZONE, Day

from darkstar_common.slots import SLOT
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.solution import Solution

Document = dict[str, Any]
GRID_FEE, ENERGY_TAX, VAT = 0.2456, 0.439, 1.25
DEPART_HOUR, HOME_HOUR = 7, 17
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the table.

    Attributes:
        target: Of the 95th percentile [s].
        reference_days: On how many days the reference model runs as well.
    """

    name: str
    slots: int
    target: float
    make: Callable[[Day, int], Document]
    reference_days: int = 0


def battery_only(day: Day, slots: int, first: int = 0) -> Document:
    """A 34.2 kWh battery, a Swedish tariff, PV; `first` slots into the day."""
    spot = day.spot[first : first + slots]
    bought = [round((price + GRID_FEE + ENERGY_TAX) * VAT, 6) for price in spot]
    start = _local_starts(day, first, 1)[0]
    return {
        "start": start.isoformat(),
        "timezone": "Europe/Stockholm",
        "import_price": bought,
        "export_price": list(spot),
        "load_kw": list(day.load_kw[first : first + slots]),
        "pv_kw": list(day.pv_kw[first : first + slots]),
        "grid": {"max_import_kw": 25.0, "max_export_kw": 25.0},
        "batteries": [
            {
                "id": "battery",
                "capacity_kwh": 34.2,
                "stored_kwh": round(6.0 + 1.7 * (day.number % 14), 3),
                "min_kwh": 4.104,
                "max_charge_kw": 8.88,
                "max_discharge_kw": 8.88,
                "charge_efficiency": 0.97,
                "discharge_efficiency": 0.97,
                "terminal_value_per_kwh": round(0.9 * sum(bought) / len(bought), 5),
            }
        ],
    }


def with_heater(day: Day, slots: int, first: int = 0) -> Document:
    """The same and a water heater, as it is by default."""
    return battery_only(day, slots, first) | {"heaters": [_heater("water", kw=3.0, kwh=6.0)]}


def heavy(day: Day, slots: int) -> Document:
    """Two water heaters, two cars and a peak tariff besides the battery."""
    peak = {"price_per_kw": 80.0, "already_kw": 4.0, "top_n": 3}
    document = with_heater(day, slots)
    document["heaters"].append(_heater("annexe", kw=2.0, kwh=4.0))
    document["grid"]["peak"] = peak
    document["evs"] = [
        _car(day, slots, "car", capacity=60.0, kw=11.0, stored=20.0, target=48.0),
        _car(day, slots, "second", capacity=40.0, kw=7.4, stored=15.0, target=30.0),
    ]
    return document


def a_slot_later(day: Day, slots: int, earlier: Solution) -> Document:
    """The heater's problem 15 minutes on, with the plan from before as its hint."""
    document, done = with_heater(day, slots, 1), earlier.slots[0]
    document["batteries"][0]["stored_kwh"] = done.batteries["battery"].stored_kwh
    heated = done.heaters["water"]
    heater = document["heaters"][0]
    if heated > 0:
        heater |= {"on_before_slots": 1, "off_before_slots": None}
        heater["heated_today_kwh"] = heated / 4
    else:
        heater["off_before_slots"] += 1
    # the forecast moved a little in the meantime
    document["load_kw"] = [round(kw * 1.02, 5) for kw in document["load_kw"]]
    document["options"] = {"hint": earlier.model_dump(mode="json")}
    return document


def read(document: Document) -> Problem:
    """The problem, given more time than it may need: a busy machine is to take longer, not stop."""
    options = {"time_limit_seconds": PATIENCE} | document.get("options", {})
    return read_problem(json.dumps(document | {"options": options}))


def _heater(name: str, *, kw: float, kwh: float) -> Document:
    return {
        "id": name,
        "power_kw": kw,
        "daily_min_kwh": kwh,
        "max_gap_hours": 8.0,
        "gap_penalty_per_hour": 2.0,
        "min_spacing_hours": 5.0,
        "start_penalty": 3.0,
        "off_before_slots": 20,
    }


def _car(
    day: Day, slots: int, name: str, *, capacity: float, kw: float, stored: float, target: float
) -> Document:
    """At home from the evening to the morning; the second morning wants it full enough."""
    local = _local_starts(day, 0, slots)
    leaves = [t for t, one in enumerate(local) if (one.hour, one.minute) == (DEPART_HOUR, 0)]
    return {
        "id": name,
        "capacity_kwh": capacity,
        "stored_kwh": stored,
        "max_charge_kw": kw,
        "min_charge_kw": 1.4,
        "charge_efficiency": 0.92,
        "target_kwh": target,
        "target_penalty_per_kwh": 20.0,
        "available": [not DEPART_HOUR <= one.hour < HOME_HOUR for one in local],
        "departure_slot": leaves[-1],
    }


def _local_starts(day: Day, first: int, slots: int) -> list[datetime]:
    return [(day.start + (first + t) * SLOT).astimezone(ZONE) for t in range(slots)]


CASES = (
    Case(name="battery only", slots=192, target=0.1, make=battery_only, reference_days=3),
    Case(name="battery + heater", slots=192, target=1.0, make=with_heater, reference_days=3),
    Case(
        name="battery + 2 heaters + 2 EVs + peak tariff",
        slots=192,
        target=3.0,
        make=heavy,
        reference_days=2,
    ),
    Case(
        name="a week, battery + heater", slots=672, target=5.0, make=with_heater, reference_days=2
    ),
    Case(
        name="stress, battery + heater", slots=1000, target=10.0, make=with_heater, reference_days=1
    ),
)
