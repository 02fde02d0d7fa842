"""Days ahead as the strategy sees them, with everything filled in except what a test is about."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st
from unit.planner.houses import NOON, prices

from darkstar_common.config import Config
from darkstar_common.contract import PriceSlot, QuantileSlot, WeatherSlot
from darkstar_common.slots import SLOT
from darkstar_planner.core.strategy import Outlook, Wishes

MINUTE = timedelta(minutes=1)
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "home-se4-2025-summer.csv"

triples = st.tuples(*[st.floats(0, 20)] * 3).map(sorted)
"""p10, p50 and p90 of a slot [kW]."""


def quantiles(slots: Sequence[Sequence[float]], start: datetime = NOON) -> tuple[QuantileSlot, ...]:
    """A forecast of p10, p50 and p90 by slot [kW]."""
    return tuple(
        QuantileSlot(start=start + t * SLOT, p10_kw=low, p50_kw=middle, p90_kw=high)
        for t, (low, middle, high) in enumerate(slots)
    )


def day_of_prices(
    values: Sequence[float], *, start: datetime = NOON, published: int | None = None
) -> tuple[PriceSlot, ...]:
    """Import prices by slot, the first `published` of them by the market."""
    known = len(values) if published is None else published
    return tuple(
        PriceSlot(
            start=start + t * SLOT,
            import_per_kwh=value,
            export_per_kwh=0.1,
            spot_per_kwh=0.1,
            kind="published" if t < known else "forecast",
        )
        for t, value in enumerate(values)
    )


def weather(
    cloud: Sequence[float | None], celsius: Sequence[float | None], start: datetime = NOON
) -> tuple[WeatherSlot, ...]:
    return tuple(
        WeatherSlot(start=start + t * SLOT, cloud_cover_percent=cover, temperature_c=warm)
        for t, (cover, warm) in enumerate(zip(cloud, celsius, strict=True))
    )


def outlook(
    *,
    count: int = 192,
    load: Sequence[float] = (0.5, 1.0, 2.0),
    pv: Sequence[float] | None = (0.2, 0.5, 0.8),
    start: datetime = NOON,
    published: int | None = None,
    weather: tuple[WeatherSlot, ...] = (),
) -> Outlook:
    """The same quantiles in every slot, prices of 1 and 3 by turns of an hour."""
    known = count if published is None else published
    values = [one.import_per_kwh for one in prices(start=start, count=count).slots]
    return Outlook(
        now=start + MINUTE,
        starts=tuple(start + t * SLOT for t in range(count)),
        load=quantiles([load] * count, start),
        pv=() if pv is None else quantiles([pv] * count, start),
        prices=day_of_prices(values, start=start, published=known),
        weather=weather,
    )


def at_level(level: int) -> Wishes:
    return replace(Wishes.of(Config()), risk_appetite=level)


@cache
def real_outlooks() -> list[tuple[Outlook, float]]:
    """Every third noon of a real summer: what four weeks say of it, and the load that came.

    The load is the sum of the next 48 h [kW × slots].
    """
    if not REAL.is_file():
        pytest.skip(f"{REAL} is not there")
    with REAL.open() as file:
        rows = {
            datetime.fromisoformat(one["start_utc"]).astimezone(UTC): one
            for one in csv.DictReader(file)
        }
    noons = [one for one in rows if (one.hour, one.minute) == (12, 0)]
    made = []
    for noon in noons[28::3]:
        load, pv = (_past(rows, noon, name) for name in ("load_kwh", "pv_kwh"))
        came = [rows.get(noon + t * SLOT, {}).get("load_kwh") for t in range(192)]
        if all(came):
            total = sum(4 * float(one) for one in came if one)
            made.append((replace(outlook(start=noon), load=load, pv=pv), total))
    return made


def _past(
    rows: dict[datetime, dict[str, str]], noon: datetime, name: str
) -> tuple[QuantileSlot, ...]:
    slots = []
    for t in range(192):
        days = [noon + t * SLOT - timedelta(days=day) for day in range(2, 28)]
        seen = sorted(4 * float(rows[one][name]) for one in days if rows.get(one, {}).get(name))
        slots.append([seen[int(share * (len(seen) - 1))] for share in (0.1, 0.5, 0.9)])
    return quantiles(slots, noon)
