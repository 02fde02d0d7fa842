"""Ten years of a house in the recorder's file, as retention leaves them.

Slots (sines of hour and season with noise), prices, plans and labels of all days; load and PV
forecasts of two days each, four a day, and one an hour in the last ninety days. Slots and prices
are written by the recorder's store as an import would, the rest by SQL, which is quicker.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from darkstar_common.config import Tariff
from darkstar_common.slots import slots
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Store
from darkstar_recorder.store.times import naive

FIRST = datetime(2016, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
DAYS_AT_ONCE = 30
ALL_ISSUES_DAYS = 90

_HEADS = """
INSERT INTO forecast_issue (message_id, quantity, issued_at, model_version, level)
SELECT uuid(), quantity, issued_at, '1', 'models'
FROM range($start::TIMESTAMP, $end::TIMESTAMP, $every::INTERVAL) t(issued_at),
    (VALUES ('load'), ('pv')) q(quantity) ORDER BY issued_at
"""
_SLOTS = """
INSERT INTO forecast_issued BY NAME
SELECT message_id, issued_at + to_minutes(15 * number) AS start_at, p50 / 2 AS p10_kw,
    p50 AS p50_kw, p50 * 2 AS p90_kw
FROM (
    SELECT message_id, issued_at, number, round(random(), 3) AS p50
    FROM forecast_issue, range(192) n(number)
    WHERE issued_at >= $start AND issued_at < $end
) ORDER BY issued_at
"""
_PLANS = """
INSERT INTO slot_plan BY NAME
SELECT start_at, uuid() AS schedule_id, start_at - INTERVAL 20 MINUTE AS issued_at,
    round(random(), 3) AS import_kw, round(random(), 3) AS export_kw, 0 AS charge_kw,
    0 AS discharge_kw, 0 AS curtailed_kw, 0 AS water_kw, 0 AS ev_kw, 50 AS soc_percent,
    round(random(), 3) AS load_kw, round(random(), 3) AS pv_kw, 1 AS import_per_kwh,
    0.5 AS export_per_kwh, 'published' AS price_kind
FROM range($start::TIMESTAMP, $end::TIMESTAMP, INTERVAL 15 MINUTE) t(start_at)
"""
_LABELS = """
INSERT INTO day_quality
SELECT day::DATE, 'clean', '', 'doctor', day
FROM range($start::TIMESTAMP, $end::TIMESTAMP, INTERVAL 1 DAY) t(day)
"""


def a_slot(start: datetime, noise: random.Random) -> dict[str, float]:
    """A slot's energies [kWh]; they balance."""
    hour = start.hour + start.minute / 60
    season = 0.5 - 0.5 * math.cos(2 * math.pi * start.timetuple().tm_yday / 365)
    pv = max(0.0, math.sin(math.pi * (hour - 6) / 12)) * 1.6 * season * noise.random()
    load = 0.15 + 0.4 * (1 - season) + 0.3 * noise.random()
    moved = min(abs(pv - load), 1.0) * 0.8
    surplus, need = max(pv - load, 0.0), max(load - pv, 0.0)
    charge, discharge = (moved, 0.0) if surplus else (0.0, moved if hour > 16 else 0.0)
    return {
        "load": load, "pv": pv, "charge": charge, "discharge": discharge,
        "import": max(need - discharge, 0.0), "export": max(surplus - charge, 0.0),
        "water": 0.0, "ev": 0.0,
    }  # fmt: skip


def live(store: Store, days: int, said: Callable[[int, int], None]) -> datetime:
    """Write so many days of a life; when it ends. `said` hears of days done, and of all."""
    noise = random.Random(5)  # noqa: S311 (no secret)
    for first in range(0, days, DAYS_AT_ONCE):
        count = min(DAYS_AT_ONCE, days - first)
        begin = FIRST + first * A_DAY
        _observe(store, begin, count, noise)
        every = "1 HOUR" if days - first <= ALL_ISSUES_DAYS else "6 HOUR"
        span = {"start": naive(begin), "end": naive(begin + count * A_DAY)}
        store._writer.execute(_HEADS, span | {"every": every})
        for sql in (_SLOTS, _PLANS, _LABELS):
            store._writer.execute(sql, span)
        said(first + count, days)
    return FIRST + days * A_DAY


def _observe(store: Store, begin: datetime, days: int, noise: random.Random) -> None:
    starts = slots(begin, days * 96)
    rows = [
        SlotEnergy(start=one, kwh=a_slot(one, noise), soc_percent_start=50, soc_percent_end=50)
        for one in starts
    ]
    store.add_slots(rows, "counters", begin)
    store.add_prices([(one, round(noise.gauss(0.6, 0.3), 4)) for one in starts], Tariff(), UTC)
