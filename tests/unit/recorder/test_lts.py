"""What a real Home Assistant remembered: two counters around their freezes, and a busy sensor."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from support.faulty_meters import LIMITS, REAL, by_hour
from support.replaying import Replay

from darkstar_common.contract import HouseState, Service
from darkstar_common.contract import Reading as Told
from darkstar_recorder.core.backfilled import Source, of_hours, of_states
from darkstar_recorder.core.filling import STATISTICS, Mark, edges, piece
from darkstar_recorder.core.flags import GAP, HOURLY, LUMP, POWER, RESET
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.core.memories import Hour, State
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy, energies

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there"),
]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHANNELS = {"load": "total_load_consumption", "pv": "total_production"}
CALM, FROZEN = ("2025-08-03", "2025-08-04"), ("2025-08-28", "2025-08-29")
FREEZE = datetime(2025, 8, 28, 19, tzinfo=UTC), datetime(2025, 8, 29, 12, tzinfo=UTC)
"""The last hour in which the load's counter moved ended here, and it moved again in that one."""


def source(channel: str) -> Source:
    return Source(channel=channel, entity="sensor.any", history_factor=1.0, statistics_factor=1.0)


def hours(channel: str, *days: str) -> list[Hour]:
    """The rows of some files, one after the other; they overlap by a day."""
    found = []
    for day in days:
        path = REAL / "ha-lts-raw" / f"sensor_inverter_{CHANNELS[channel]}_{day}.json"
        rows = json.loads(path.read_text(encoding="utf-8"))["result"]
        found += [
            Hour(start=datetime.fromtimestamp(one["start"] / 1000, UTC), sum=one["sum"])
            for one in rows
        ]
    return found


def readings(*days: str) -> list[Reading]:
    return [one for name in CHANNELS for one in of_hours(source(name), hours(name, *days))]


def total(rows: Iterable[SlotEnergy], channel: str) -> float:
    return sum(row.kwh.get(channel, 0.0) for row in rows)


def lumped(rows: Iterable[SlotEnergy], channel: str) -> list[datetime]:
    return [row.start for row in rows if row.flags.get(channel, 0) & LUMP]


@pytest.mark.parametrize(
    "days", [*((one,) for one in CALM + FROZEN), CALM, FROZEN, CALM + FROZEN], ids="+".join
)
def test_no_energy_of_the_statistics_is_lost_or_counted_twice(days: tuple[str, ...]) -> None:
    rows = energies({"any": readings(*days)}, limits=LIMITS, hourly=True).values()
    for channel in CHANNELS:
        sums = [one.sum or 0.0 for one in hours(channel, *days)]
        assert total(rows, channel) == pytest.approx(max(sums) - min(sums))
    assert all(flag & HOURLY for row in rows for flag in row.flags.values())


@pytest.mark.parametrize("days", [*((one,) for one in CALM), CALM], ids="+".join)
def test_hours_without_a_freeze_are_those_of_the_statistics(days: tuple[str, ...]) -> None:
    rows = energies({"any": readings(*days)}, limits=LIMITS, hourly=True).values()
    for channel in CHANNELS:
        assert not lumped(rows, channel)
        told = by_hour((row.start, row.kwh[channel]) for row in rows if channel in row.kwh)
        known = sorted({one.start: one.sum or 0.0 for one in hours(channel, *days)}.items())
        changes = {at: after - before for (_, before), (at, after) in pairwise(known)}
        assert told == {at: pytest.approx(kwh) for at, kwh in changes.items()}


def test_the_freeze_is_found_and_divided_for_both_counters() -> None:
    rows = energies({"any": readings(*FROZEN)}, limits=LIMITS, hourly=True).values()
    for channel, kwh in (("load", 10.3), ("pv", 10.4)):
        starts = lumped(rows, channel)
        assert (starts[0], starts[-1]) == (FREEZE[0], FREEZE[1] + HOUR - HOUR / 4)
        inside = [row for row in rows if FREEZE[0] <= row.start < FREEZE[1] + HOUR]
        assert total(inside, channel) == pytest.approx(kwh)
        assert max(row.kwh[channel] for row in rows if channel in row.kwh) < 1.0


def test_a_freeze_that_goes_over_the_border_of_pieces_is_divided_as_at_once() -> None:
    at_once = energies({"any": readings(*FROZEN)}, limits=LIMITS, hourly=True)
    begin, end = min(at_once), max(at_once) + 2 * HOUR
    marks = {
        name: Mark(channel=name, entity="any", memory=STATISTICS, start=begin, until=begin)
        for name in CHANNELS
    }
    found: dict[datetime, SlotEnergy] = {}
    for edge in edges(begin, end, 6 * HOUR):
        fetched = {
            name: [
                one
                for one in readings(*FROZEN)
                if one.channel == name and mark.until - HOUR <= one.measured_at <= edge
            ]
            for name, mark in marks.items()
        }
        done = piece(
            marks, fetched, limits=LIMITS, hourly=True, more=() if edge == end else CHANNELS
        )
        marks = dict(done.marks)
        for row in done.rows:
            known = found.get(row.start, SlotEnergy(start=row.start))
            assert not known.kwh.keys() & row.kwh.keys()
            found[row.start] = replace(
                row, kwh={**known.kwh, **row.kwh}, flags={**known.flags, **row.flags}
            )
    assert found.keys() == at_once.keys()
    assert [at for at, row in at_once.items() if row.differs(found[at])] == []


@pytest.mark.parametrize("at", [10, 30])
def test_a_counter_of_hours_that_starts_again_counts_on(at: int) -> None:
    shown = sorted({one.start: one.sum or 0.0 for one in hours("load", *CALM)}.items())
    restarted = [
        Reading(
            channel="load",
            measured_at=start + HOUR,
            value=value - (shown[at - 1][1] if place >= at else 0.0),
        )
        for place, (start, value) in enumerate(shown)
    ]
    rows = energies({"load": restarted}, limits=LIMITS, hourly=True).values()
    assert total(rows, "load") == pytest.approx(shown[-1][1] - shown[0][1])
    reset = {row.start for row in rows if row.flags["load"] & RESET}
    assert reset == {shown[at][0] + number * HOUR / 4 for number in range(4)}


def powers() -> list[tuple[datetime, float]]:
    """A busy sensor's day: watts about every ten seconds; less than nothing is none."""
    with (REAL / "ha-history-load-raw.csv").open(encoding="utf-8") as file:
        return [
            (datetime.fromisoformat(row["time_utc"]), max(0.0, float(row["load_w_raw_state"])))
            for row in csv.DictReader(file)
        ]


def counted(found: list[tuple[datetime, float]]) -> list[State]:
    """What a counter behind that sensor would have told, a state with each of its."""
    kwh, states = 812.4, [State(at=found[0][0], text="812.4")]
    for (before, watts), (at, _) in pairwise(found):
        kwh += watts / 1000 * ((at - before) / HOUR)
        states.append(State(at=at, text=f"{kwh:.5f}"))
    return states


def hourly(told: list[tuple[datetime, float]]) -> dict[datetime, float]:
    """What those powers come to, each lasting until the next [kWh]."""
    truth: dict[datetime, float] = {}
    for (before, watts), (at, _) in pairwise(told):
        hour = before.replace(minute=0, second=0, microsecond=0)
        truth[hour] = truth.get(hour, 0.0) + watts / 1000 * ((at - before) / HOUR)
    return truth


def test_a_real_day_of_a_busy_sensor_is_right_by_the_hour() -> None:
    told = powers()
    rows = energies({"load": list(of_states(source("load"), counted(told)))}, limits=LIMITS)
    truth = hourly(told)
    found = by_hour((row.start, row.kwh["load"]) for row in rows.values())
    assert found == {hour: pytest.approx(kwh, abs=0.05) for hour, kwh in truth.items()}
    assert sum(found.values()) == pytest.approx(sum(truth.values()), abs=1e-4)
    assert not any(row.flags.get("load", 0) & (GAP | LUMP | RESET) for row in rows.values())


def test_a_real_day_of_powers_alone_is_right_by_the_hour_and_flagged(tmp_path: Path) -> None:
    told = powers()
    states = [
        HouseState(
            sender=Service.EXECUTOR,
            emitted_at=at,
            load_kw=Told(value=watts / 1000, measured_at=at),
        )
        for at, watts in told
    ]
    replay = Replay(tmp_path / "history.duckdb", LIMITS, told[0][0])
    for number, place in enumerate(range(0, len(states), 250), start=1):
        replay.take(states[place : place + 250])
        replay.write()
        if number % 8 == 0:
            replay.restart()
    replay.now += HOUR
    replay.write()
    rows = replay.store.slots(told[0][0] - HOUR, replay.now)
    replay.store.close()
    truth = hourly(told)
    found = by_hour((row.start, row.kwh["load"]) for row in rows if row.start < max(truth) + HOUR)
    assert found == {hour: pytest.approx(kwh, abs=0.05) for hour, kwh in truth.items()}
    assert sum(found.values()) == pytest.approx(sum(truth.values()), abs=0.05)
    assert all(row.flags["load"] & POWER for row in rows)


def test_a_real_day_of_a_busy_sensor_is_the_same_in_pieces() -> None:
    told = list(of_states(source("load"), counted(powers())))
    ledger, rows = Ledger(limits=LIMITS), dict[datetime, SlotEnergy]()
    for place in range(0, len(told), 97):
        now = told[min(place + 96, len(told) - 1)].measured_at
        ledger = ledger.after(told[place : place + 97], now)
        page = ledger.page(now)
        rows |= {row.start: row for row in page.rows}
        ledger = ledger.written(page)
    rows |= {row.start: row for row in ledger.page(now + HOUR).rows}
    at_once = energies({"load": told}, limits=LIMITS)
    assert rows.keys() == at_once.keys()
    assert sum(row.kwh["load"] for row in rows.values()) == pytest.approx(
        total(at_once.values(), "load"), abs=1e-6
    )
    assert [at for at, row in at_once.items() if row.differs(rows[at])] == []
