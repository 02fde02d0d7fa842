"""Small made-up houses for the lab's tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from darkstar_common.config import Battery, Config, Grid, Inverter, Planner, Tariff, WaterHeater
from darkstar_common.slots import SLOT
from darkstar_lab.compare import stretch_of
from darkstar_lab.replay import Stretch
from darkstar_lab.truth import Truth

START = datetime(2026, 3, 1, 23, tzinfo=UTC)
"""Midnight in Stockholm, a Monday begins."""
FIRST = date(2026, 3, 10)
DAY = 96


def config(*, heater: bool = False, hours: int = 24, battery: Battery | None = None) -> Config:
    """A house with a small battery that plans `hours` ahead."""
    return Config(
        battery=battery or Battery(capacity_kwh=8.0, wear_cost_per_kwh=0.02, standby_kw=0.01),
        water_heater=WaterHeater(max_gap_hours=None, min_spacing_hours=0.0) if heater else None,
        grid=Grid(max_import_kw=20.0, max_export_kw=20.0),
        inverter=Inverter(max_ac_kw=10.0),
        tariff=Tariff(),
        planner=Planner(horizon_hours=hours),
    )


def house(days: int = 12, changes: Sequence[tuple[int, float, float, float]] = ()) -> Truth:
    """Days that differ a little; `changes` puts load, PV and price into a slot."""
    rows = [_row(t) for t in range(days * DAY)]
    for number, load, pv, price in changes:
        rows[number] = (load, pv, price)
    return Truth(
        start=START,
        load_kw=tuple(one[0] for one in rows),
        pv_kw=tuple(one[1] for one in rows),
        spot_per_kwh=tuple(one[2] for one in rows),
    )


def _row(t: int) -> tuple[float, float, float]:
    day, hour = divmod(t / 4, 24)
    wobble = math.sin(1.7 * t) + math.sin(0.31 * t)
    load = 0.8 + 0.7 * math.exp(-(((hour - 18) / 2) ** 2)) + 0.2 * wobble
    sun = max(0.0, math.sin(math.pi * (hour - 6) / 12)) * (1 + 0.5 * math.sin(day))
    price = 0.6 + 0.4 * math.sin(2 * math.pi * (hour - 13) / 24) + 0.15 * math.sin(2.1 * day)
    return max(0.05, load), 2.0 * sun, price


def stretch(
    truth: Truth, house_config: Config, *, days: int = 1, stored_kwh: float | None = None
) -> Stretch:
    """A replay of `days` from `FIRST` on."""
    return stretch_of(truth, house_config, FIRST, days, stored_kwh=stored_kwh)


def moment(number: int) -> datetime:
    """When slot `number` of a house starts."""
    return START + number * SLOT


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
