"""Noisy 15-minute days of a real home where its data is at hand, else of a made-up one."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from darkstar_simulator.core.generator import Home, generate_series
from darkstar_simulator.core.series import DAY, HouseSeries, parse_series

REAL = Path(__file__).resolve().parents[3] / "shared/data"
ZONE = ZoneInfo("Europe/Stockholm")
SEED = 3
LONGEST = 1001
SEK_PER_EUR = 11.4
# a winter day of the same home: less sun, more load
WINTER_PV, WINTER_LOAD = 0.15, 1.5
LOAD_NOISE, PV_NOISE, PRICE_NOISE, PRICE_FLOOR_NOISE = 0.35, 0.15, 0.06, 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A moment to plan from, and what follows: powers [kW] and spot prices [SEK/kWh] by slot."""

    number: int
    start: datetime
    load_kw: tuple[float, ...]
    pv_kw: tuple[float, ...]
    spot: tuple[float, ...]


def real() -> bool:
    """Whether the real home's data is at hand."""
    return (REAL / "home-se4-2025-summer.csv").exists()


def days(count: int) -> list[Day]:
    """`count` days, each long enough for the longest horizon, the same in every run.

    Of the real home every other day has its own summer's prices, and the others are winter
    days: its load and sun scaled, at the prices of a winter day between 2022 and 2024.
    """
    if not real():
        home = Home(timezone=ZONE, seed=SEED)
        house = generate_series(home, start=date(2026, 1, 5), days=150)
        return [_day(number, house) for number in range(count)]
    with (REAL / "home-se4-2025-summer.csv").open(encoding="utf-8") as lines:
        house = parse_series(lines)
    winter = _winters()
    return [_day(number, house, winter if number % 2 else None) for number in range(count)]


def _winters() -> list[tuple[datetime, tuple[float, ...]]]:
    """Stretches of hourly winter prices [SEK/kWh], each as long as the longest horizon."""
    with (REAL / "prices-se4-2022-2024.csv").open(encoding="utf-8") as lines:
        rows = [(_time(row["start_utc"]), row["eur_per_mwh"]) for row in csv.DictReader(lines)]
    hours, found = LONGEST // 4 + 2, []
    for first in range(0, len(rows) - hours, 24):
        start = rows[first][0]
        if start.month in {10, 11, 12, 1, 2, 3}:
            prices = [float(price) * SEK_PER_EUR / 1000 for _, price in rows[first:][:hours]]
            found.append((start, tuple(prices)))
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _day(
    number: int,
    house: HouseSeries,
    winter: Sequence[tuple[datetime, tuple[float, ...]]] | None = None,
) -> Day:
    draw = np.random.default_rng([SEED, number])
    first = int(draw.integers(0, len(house.load_kwh) - LONGEST))
    start = house.start + first * timedelta(minutes=15)
    load = np.array(house.load_kwh[first : first + LONGEST]) * 4
    pv = np.array(house.pv_kwh[first : first + LONGEST]) * 4
    spot = np.array([price or 0.0 for price in house.spot_per_kwh[first : first + LONGEST]])
    if winter is not None:
        begin, prices = winter[int(draw.integers(len(winter)))]
        # the home's own hour of the day, on the winter's date
        hour, quarter = divmod(first % DAY, 4)
        offset = (house.start.hour + hour - begin.hour) % 24
        start = begin + timedelta(hours=offset, minutes=15 * quarter + house.start.minute)
        spot = np.resize(np.repeat(prices, 4)[offset * 4 + quarter :], LONGEST)
        load, pv = load * WINTER_LOAD, pv * WINTER_PV
    load = load * draw.lognormal(-(LOAD_NOISE**2) / 2, LOAD_NOISE, LONGEST)
    pv = pv * np.clip(draw.normal(1, PV_NOISE, LONGEST), 0, None)
    spread = PRICE_FLOOR_NOISE + PRICE_NOISE * np.abs(spot)
    spot = spot + draw.normal(0, 1, LONGEST) * spread
    return Day(
        number=number,
        start=start,
        load_kw=tuple(load.round(4).tolist()),
        pv_kw=tuple(pv.round(4).tolist()),
        spot=tuple(spot.round(5).tolist()),
    )
