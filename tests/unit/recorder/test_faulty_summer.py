"""A summer of counters with everything that has gone wrong with them.

The truth is known by the hour; what the counters showed of it is made faulty, brought in
disorder, in pieces, and again after a crash.
"""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkstar_common.slots import slots_between
from darkstar_recorder.core.flags import ASSUMED, GAP, HOURLY, LUMP, PARTIAL
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy, energies

HOUR = timedelta(hours=1)
EVERY = timedelta(minutes=5)
LIMITS = Limits(kw={"load": 30.0, "pv": 30.0})
START = datetime(2025, 10, 20, tzinfo=UTC)
MISSING_HOUR = (datetime(2025, 10, 26, 0, tzinfo=UTC), datetime(2025, 10, 26, 1, tzinfo=UTC))
"""Of the night in which the clocks are set."""
KNOWABLE = 0.05
"""[kWh] of an hour."""

REAL = Path(__file__).resolve().parents[4] / "shared" / "data"
realdata = pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there")

Truth = dict[str, dict[datetime, float]]


def generated(days: int = 10) -> Truth:
    """A house by the slot [kWh]: more in the evening, sun by day."""
    truth: Truth = {"load": {}, "pv": {}}
    for start in slots_between(START, START + timedelta(days=days)):
        hour = start.hour + start.minute / 60
        truth["load"][start] = 0.1 + 0.1 * math.sin(hour) ** 2 + (0.4 if 17 <= hour < 21 else 0.0)
        truth["pv"][start] = max(0.0, math.sin((hour - 6) / 12 * math.pi)) * 0.9
    return truth


def shown(truth: Truth) -> list[Reading]:
    """What the counters would show every five minutes."""
    readings = []
    for channel, slots in truth.items():
        value = 1000.0
        for start, kwh in sorted(slots.items()):
            for number in range(3):
                at = start + number * EVERY
                readings.append(
                    Reading(channel=channel, measured_at=at, value=value + kwh * number / 3)
                )
            value += kwh
    return readings


def faulty(readings: Sequence[Reading], first: datetime) -> list[Reading]:
    """With a reset, a freeze of 18 hours, two silences, spikes, disorder and repetition."""
    reset = {"load": first + timedelta(days=2, minutes=7), "pv": first + timedelta(days=3)}
    freeze = (first + timedelta(days=4, hours=14), first + timedelta(days=5, hours=8))
    silent = (first + timedelta(days=6, hours=9), first + timedelta(days=6, hours=13))
    offset: dict[str, float] = {}
    told = []
    for one in readings:
        at, value = one.measured_at, one.value
        if at >= reset[one.channel]:
            value -= offset.setdefault(one.channel, value)
        if any(start < at < end for start, end in (silent, MISSING_HOUR)):
            continue
        if freeze[0] <= at < freeze[1]:
            value = offset.setdefault(f"frozen {one.channel}", value)
        elif at.hour == 11 and at.minute == 20:
            value = value + 700 if at.day % 2 else 0.0
        told.append(Reading(channel=one.channel, measured_at=at, value=value))
    chance = random.Random(7)  # noqa: S311 (no secret)
    told += chance.sample(told, len(told) // 5)
    return sorted(told, key=lambda one: one.measured_at + chance.random() * timedelta(minutes=40))


def by_hour(slots: dict[datetime, float]) -> dict[datetime, float]:
    sums: dict[datetime, float] = {}
    for start, kwh in slots.items():
        hour = start.replace(minute=0)
        sums[hour] = sums.get(hour, 0.0) + kwh
    return sums


def assert_right(rows: dict[datetime, SlotEnergy], truth: Truth) -> None:
    """Right where it can be known, flagged where not, the total conserved."""
    for channel, slots in truth.items():
        told = {start: row.kwh[channel] for start, row in rows.items() if channel in row.kwh}
        assumed = {
            start.replace(minute=0)
            for start, row in rows.items()
            if row.flags.get(channel, 0) & (ASSUMED | PARTIAL)
        }
        hours = by_hour(told)
        wrong = [
            hour
            for hour, kwh in by_hour(slots).items()
            if abs(hours.get(hour, 0.0) - kwh) > KNOWABLE and hour not in assumed
        ]
        assert wrong == []
        assert sum(told.values()) == pytest.approx(sum(slots.values()), abs=0.5)
        assert len(assumed) < 60


def recorded(readings: Sequence[Reading], *, seed: int) -> dict[datetime, SlotEnergy]:
    """Through the ledger in pieces; killed now and then before the piece is on disk."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    rows: dict[datetime, SlotEnergy] = {}
    kept: list[Reading] = []
    ledger, place = Ledger(limits=LIMITS), 0
    while place < len(readings):
        piece = readings[place : place + chance.randint(20, 200)]
        now = max(one.measured_at for one in readings[: place + len(piece)])
        ledger = ledger.after(piece, now)
        page = ledger.page(now)
        if chance.random() < 0.1:  # kill -9: nothing of the page is on disk, all comes again
            ledger = Ledger(limits=LIMITS, rows=rows, until=ledger.until).after(kept, now)
            continue
        kept += page.readings
        rows |= {row.start: row for row in page.rows}
        ledger, place = ledger.written(page), place + len(piece)
    page = ledger.page(now + HOUR)
    return dict(sorted((rows | {row.start: row for row in page.rows}).items()))


def test_a_faulty_week_is_right_where_it_can_be_known() -> None:
    truth = generated()
    readings = faulty(shown(truth), START)
    rows = energies({"any": readings}, limits=LIMITS)
    assert_right(rows, truth)
    flags = [flag for row in rows.values() for flag in row.flags.values()]
    assert sum(bool(flag & LUMP) for flag in flags) >= 2 * 18 * 4 - 8
    assert sum(bool(flag & GAP) for flag in flags) >= 2 * 4 * 4


def test_pieces_restarts_and_kills_make_the_same_slots() -> None:
    readings = faulty(shown(generated(7)), START)
    at_once = energies({"any": readings}, limits=LIMITS)
    in_pieces = recorded(readings, seed=1)
    assert at_once.keys() == in_pieces.keys()
    assert [start for start, row in at_once.items() if row.differs(in_pieces[start])] == []


def summer() -> Iterator[tuple[datetime, float, float]]:
    with (REAL / "home-se4-2025-summer.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            start = datetime.fromisoformat(row["start_utc"])
            yield start, float(row["load_kwh"] or 0), float(row["pv_kwh"] or 0)


@pytest.mark.realdata
@realdata
def test_a_real_summer_with_faults_is_right_where_it_can_be_known() -> None:
    rows = list(summer())
    truth = {
        "load": {start: load for start, load, _ in rows},
        "pv": {start: pv for start, _, pv in rows},
    }
    readings = faulty(shown(truth), rows[0][0])
    assert_right(energies({"any": readings}, limits=LIMITS), truth)


def statistics(entity: str, day: str) -> list[tuple[datetime, float]]:
    path = REAL / "ha-lts-raw" / f"sensor_inverter_{entity}_{day}.json"
    hours = json.loads(path.read_text(encoding="utf-8"))["result"]
    return [(datetime.fromtimestamp(one["end"] / 1000, UTC), one["sum"]) for one in hours]


@pytest.mark.realdata
@realdata
def test_a_real_lump_of_load_and_pv_is_divided_over_the_freeze() -> None:
    readings = [
        Reading(channel=channel, measured_at=at, value=value)
        for channel, entity in (("load", "total_load_consumption"), ("pv", "total_production"))
        for at, value in statistics(entity, "2025-08-28")
    ]
    rows = energies({"any": readings}, limits=LIMITS, hourly=True)
    for channel in ("load", "pv"):
        lumped = {start for start, row in rows.items() if row.flags.get(channel, 0) & LUMP}
        assert 17 * 4 <= len(lumped) <= 19 * 4
        assert max(row.kwh.get(channel, 0.0) for row in rows.values()) < 1.0
        grown = [one.value for one in readings if one.channel == channel]
        told = sum(row.kwh.get(channel, 0.0) for row in rows.values())
        assert told == pytest.approx(grown[-1] - grown[0])
    assert all(flag & HOURLY for row in rows.values() for flag in row.flags.values())
