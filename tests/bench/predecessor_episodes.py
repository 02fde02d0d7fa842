"""Planning runs in the shape in which an earlier Darkstar kept them, made up from a seed.

Each is four JSON texts of together ~147 KB: 192 slots of prices and forecasts, a schedule of 130
slots with 27 fields each, and what else was known. They are meant to be as hard to compress as
real ones, of which zlib took 93 to 96 % away:

- 48 runs a day, each at its own time with its own measured state of charge (all digits);
- prices of a quarter of an hour, five decimals of spot, taxed without rounding, the same in all
  runs of a day and carried on into the next;
- forecasts with all digits, issued anew for each second run: nothing of an earlier issue returns;
- the plan's energies follow from all that: some rounded, some with all digits, many zero.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from uuid import UUID

RUNS_A_DAY = 48
INPUT_SLOTS, PLAN_SLOTS = 192, 130
QUARTER = timedelta(minutes=15)
FIRST_DAY = datetime(2025, 7, 1, tzinfo=UTC)
LOCAL = timedelta(hours=2)
CAPACITY_KWH, POWER_KW = 34.2, 5.0

Row = tuple[str, str, str, str, str, str]
"""id, created_at, inputs_json, context_json, schedule_json, config_overrides_json."""


def episodes(count: int, *, seed: int = 7, first: int = 0) -> Iterator[Row]:
    """`count` rows of the table training_episodes, from run number `first` on."""
    for number in range(first, first + count):
        yield _episode(number, seed)


def _episode(number: int, seed: int) -> Row:
    random = Random(f"{seed} run {number}")  # noqa: S311 (a made-up house)
    day, run = divmod(number, RUNS_A_DAY)
    at = FIRST_DAY + timedelta(days=day, minutes=30 * run, seconds=random.random() * 40)
    start = FIRST_DAY + timedelta(days=day, minutes=30 * run)
    prices, forecast = _prices(start, seed), _forecast(start, number // 2, seed)
    soc_kwh = CAPACITY_KWH * random.uniform(0.12, 0.98)
    inputs = _inputs(start, prices, forecast, soc_kwh, random)
    plan = _plan(start, prices, forecast, soc_kwh, random)
    context = {
        "vacation": False,
        "volatility": {"price": random.random(), "weather": random.random()},
        "episode_start_local": _local(start),
        "episode_date": _local(start)[:10],
        "system_id": "prod",
        "data_quality_status": "clean",
    }
    meta = {
        "planned_at": _local(at),
        "planner_version": "kepler",
        "s_index": {"mode": "dynamic", "base_factor": 1.05, "raw_factor": 1 + random.random()},
        "soc_target_percent": random.randrange(12, 60),
    }
    return (
        str(UUID(int=random.getrandbits(128), version=4)),
        at.isoformat(),
        json.dumps(inputs),
        json.dumps(context),
        json.dumps({"schedule": plan, "meta": meta}),
        json.dumps({"s_index": {"risk_appetite": random.randrange(1, 6)}}),
    )


def _local(moment: datetime) -> str:
    return (moment + LOCAL).replace(tzinfo=None).isoformat() + "+02:00"


@lru_cache(maxsize=8)
def _day(day: int, seed: int) -> tuple[tuple[float, float], ...]:
    """Import and export prices of the 96 quarters of a day."""
    random = Random(f"{seed} day {day}")  # noqa: S311
    level, swing = random.uniform(0.1, 1.4), random.uniform(0.1, 1.2)
    found = []
    for slot in range(96):
        shape = math.sin(slot / 96 * 4 * math.pi - 2) * swing / 2
        spot = round(level + shape + random.gauss(0, 0.03), 5)
        found.append(((spot + 0.0652 + 0.439) * 1.25, spot + 0.06))
    return tuple(found)


def _prices(start: datetime, seed: int) -> list[tuple[float, float]]:
    first = int((start - FIRST_DAY) / QUARTER)
    return [_day((first + one) // 96, seed)[(first + one) % 96] for one in range(INPUT_SLOTS)]


@lru_cache(maxsize=4)
def _forecast(start: datetime, issue: int, seed: int) -> list[tuple[float, float]]:
    """PV and load [kWh] of each slot of the horizon."""
    random = Random(f"{seed} issue {issue}")  # noqa: S311
    sunny = random.uniform(0.2, 1)
    found = []
    for slot in range(INPUT_SLOTS):
        moment = start + slot * QUARTER
        hour = moment.hour + moment.minute / 60
        sun = max(0.0, math.sin((hour - 4) / 15 * math.pi)) if 4 < hour < 19 else 0.0
        pv = sunny * sun * 1.9 * random.uniform(0.9, 1.1)
        load = 0.12 + 0.1 * math.sin(hour / 24 * 2 * math.pi - 2) + random.uniform(0, 0.15)
        found.append((round(pv, 3), round(load, 3)))
    return found


def _inputs(
    start: datetime,
    prices: list[tuple[float, float]],
    forecast: list[tuple[float, float]],
    soc_kwh: float,
    random: Random,
) -> dict[str, Any]:
    return {
        "price_data": [
            {
                "start_time": _local(start + slot * QUARTER),
                "end_time": _local(start + (slot + 1) * QUARTER),
                "import_price_sek_kwh": buy,
                "export_price_sek_kwh": sell,
            }
            for slot, (buy, sell) in enumerate(prices)
        ],
        "forecast_data": [
            {
                "start_time": _local(start + slot * QUARTER),
                "pv_forecast_kwh": pv,
                "load_forecast_kwh": load,
            }
            for slot, (pv, load) in enumerate(forecast)
        ],
        "initial_state": {
            "battery_soc_percent": soc_kwh / CAPACITY_KWH * 100,
            "battery_kwh": soc_kwh,
            "battery_cost_sek_per_kwh": random.random(),
            "water_heated_today_kwh": round(random.uniform(0, 6), 2),
        },
    }


def _plan(
    start: datetime,
    prices: list[tuple[float, float]],
    forecast: list[tuple[float, float]],
    soc_kwh: float,
    random: Random,
) -> list[dict[str, Any]]:
    """What a simple rule would do: cheap quarters charge, dear ones discharge, the rest by PV."""
    margin = random.uniform(1.02, 1.2)
    ordered = sorted(buy for buy, _ in prices[:PLAN_SLOTS])
    cheap, dear = ordered[len(ordered) // 5], ordered[len(ordered) * 3 // 5]
    rows = []
    for slot in range(PLAN_SLOTS):
        (buy, sell), (pv, load) = prices[slot], forecast[slot]
        charge = discharge = 0.0
        load_kwh = load * margin
        if buy <= cheap:
            charge = min(POWER_KW / 4, (CAPACITY_KWH - soc_kwh) / 0.95)
        elif pv > load_kwh:
            charge = min(pv - load_kwh, POWER_KW / 4, (CAPACITY_KWH - soc_kwh) / 0.95)
        elif buy >= dear:
            discharge = min(load_kwh - pv, max(0.0, soc_kwh - 0.12 * CAPACITY_KWH) * 0.95)
        soc_kwh += charge * 0.95 - discharge / 0.95
        water = 3.0 if buy <= cheap and slot % 7 == 0 else 0.0
        net = load_kwh + water / 4 + charge - pv - discharge
        imported, exported = max(0.0, net), max(0.0, -net)
        rows.append(
            {
                "start_time": _local(start + slot * QUARTER),
                "end_time": _local(start + (slot + 1) * QUARTER),
                "import_price_sek_kwh": buy,
                "export_price_sek_kwh": sell,
                "pv_forecast_kwh": pv,
                "load_forecast_kwh": load,
                "adjusted_pv_kwh": pv,
                "adjusted_load_kwh": round(load_kwh, 3),
                "is_cheap": buy <= cheap,
                "water_heating_kw": water,
                "kepler_charge_kwh": round(charge, 3),
                "kepler_discharge_kwh": round(discharge, 3),
                "kepler_import_kwh": round(imported, 3),
                "kepler_export_kwh": round(exported, 3),
                "kepler_soc_kwh": round(soc_kwh, 3),
                "planned_cost_sek": round(imported * buy - exported * sell, 3),
                "battery_charge_kw": round(charge * 4, 2),
                "battery_discharge_kw": round(discharge * 4, 2),
                "charge_kw": round(min(charge, imported) * 4, 2),
                "projected_soc_kwh": round(soc_kwh, 2),
                "projected_soc_percent": round(soc_kwh / CAPACITY_KWH * 100, 1),
                "soc_target_percent": round(soc_kwh / CAPACITY_KWH * 100),
                "slot_number": slot + 1,
                "reason": "kepler_charge" if charge else "kepler_hold",
                "priority": "high" if charge else "low",
                "manual_action": None,
                "is_historical": False,
            }
        )
    return rows
