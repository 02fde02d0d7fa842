"""The file of an earlier Darkstar (planner_learning.db), made up with what is odd about real ones.

Its keys are local times of Stockholm: most with the offset of the day, one day of local mean time
(+00:53), one without any offset, and the night of a clock change. Hours that were not recorded
come back as one lump, prices of the future have energies of zero, planning runs are zlib bytes,
plain text or plain bytes, and two of them are damaged.
"""

from __future__ import annotations

import math
import sqlite3
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.predecessor_episodes import episodes

HERE = ZoneInfo("Europe/Stockholm")
FIRST = datetime(2025, 9, 30, 22, tzinfo=UTC)
"""Midnight of 1 October there."""
DAYS = 33
"""The clock is put back on 26 October."""
QUARTER = timedelta(minutes=15)
MEAN_TIME_DAY, NAKED_DAY = 10, 11
LUMP_AT, SILENT = 20 * 96, 20
LUMP_KWH = 23.0
"""As one was found in a real file; 20 silent quarters and its own."""
RUNS, CUT_TEXT, CUT_BYTES = 12, 4, 6
NAMED_RUN, NAME = 5, "episode_2025-07-01_02-30-00"
FUTURE = datetime(2090, 1, 1, tzinfo=UTC)

SCHEMA = """
CREATE TABLE slot_observations (
    slot_start TEXT PRIMARY KEY, slot_end TEXT NOT NULL, import_kwh REAL DEFAULT 0.0,
    export_kwh REAL DEFAULT 0.0, pv_kwh REAL DEFAULT 0.0, load_kwh REAL DEFAULT 0.0,
    water_kwh REAL DEFAULT 0.0, batt_charge_kwh REAL, batt_discharge_kwh REAL,
    soc_start_percent REAL, soc_end_percent REAL, import_price_sek_kwh REAL,
    export_price_sek_kwh REAL, executed_action TEXT, quality_flags TEXT, created_at TEXT
);
CREATE TABLE slot_plans (slot_start TEXT UNIQUE, planned_soc REAL);
CREATE TABLE sensor_totals (name TEXT, value REAL);
CREATE TABLE data_quality_daily (date TEXT, status TEXT, notes TEXT);
CREATE TABLE slot_forecasts (
    slot_start TEXT, forecast_version TEXT, pv_forecast_kwh REAL, load_forecast_kwh REAL,
    pv_p10 REAL, pv_p90 REAL, UNIQUE (slot_start, forecast_version)
);
CREATE TABLE training_episodes (
    episode_id TEXT PRIMARY KEY, created_at TEXT, inputs_json TEXT, context_json TEXT,
    schedule_json TEXT, config_overrides_json TEXT
);
"""


def write_earlier_file(path: Path) -> None:
    """Write such a file to `path`."""
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.executemany(f"INSERT INTO slot_observations VALUES ({_marks(16)})", _slots())  # noqa: S608 (no input)
    connection.executemany(
        "INSERT INTO data_quality_daily VALUES (?, ?, '')",
        [("2025-10-02", "clean"), ("2025-10-03", "mask_battery"), ("2025-10-04", "exclude")],
    )
    connection.executemany(f"INSERT INTO training_episodes VALUES ({_marks(6)})", _runs())  # noqa: S608 (no input)
    connection.commit()
    connection.close()


def energies(number: int) -> tuple[float, float]:
    """Load and PV of a quarter hour of the made-up house [kWh]."""
    hour = number % 96 / 4
    return 0.3 + 0.1 * math.sin(number), max(0.0, 0.6 * math.sin((hour - 8) / 9 * math.pi))


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _slots() -> Iterator[tuple[object, ...]]:
    for number in range(DAYS * 96):
        load, pv = energies(number)
        if LUMP_AT - SILENT <= number < LUMP_AT:
            load = pv = 0.0
        elif number == LUMP_AT:
            load = LUMP_KWH
        yield _slot(FIRST + number * QUARTER, number // 96, load, pv)
    for number in range(8):
        yield _slot(FUTURE + number * QUARTER, DAYS, 0.0, 0.0)


def _slot(start: datetime, day: int, load: float, pv: float) -> tuple[object, ...]:
    bought, sold = max(0.0, load - pv), max(0.0, pv - load)
    return (
        _key(start, day), _key(start + QUARTER, day), bought, sold, pv, load, 0.0, 0.0, 0.0,
        50.0, 50.0, 1.25, 0.5, "hold", None, "2025-11-05 00:00:00",
    )  # fmt: skip


def _key(moment: datetime, day: int) -> str:
    local = moment.astimezone(HERE)
    if day == MEAN_TIME_DAY:
        return local.replace(tzinfo=timezone(timedelta(minutes=53))).isoformat()
    return (local.replace(tzinfo=None) if day == NAKED_DAY else local).isoformat()


def _runs() -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(episodes(RUNS)):
        key, created_at, *texts = row
        if number in {CUT_TEXT, CUT_BYTES}:
            texts[2] = texts[2][:-9]
        forms = (
            [zlib.compress(text.encode()) for text in texts],
            texts,
            [text.encode() for text in texts],
        )
        yield (NAME if number == NAMED_RUN else key, created_at, *forms[number % 3])
