"""What is kept of readings, and the slots that are worked out anew from it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.stores import empty_history

from darkstar_common.slots import SLOT
from darkstar_recorder.core.ledger import BEHIND, WINDOW, Ledger
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import SOC, Reading
from darkstar_recorder.core.slots import SlotEnergy, energies
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.store.database import open_database
from darkstar_recorder.store.slots import SlotRow

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = Limits(kw={"load": 20.0, "pv": 15.0}, steps_kwh={"load": 0.01, "pv": 0.01})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def measured(minutes: float, value: float, channel: str = "load") -> Reading:
    return Reading(channel=channel, measured_at=NOON + minutes * MINUTE, value=value)


def kept(store: Store, channel: str = "load") -> list[float]:
    """When readings that are kept were taken [min]."""
    found = store.readings(channel, NOON - 99 * SLOT, NOON + 2000 * SLOT)
    return [(one.measured_at - NOON) / MINUTE for one in found]


def live(store: Store, pieces: Sequence[Sequence[Reading]], *, seed: int | None = None) -> None:
    """Bring readings in pieces, by times that never go back; restart now and then."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    ledger, now = store.ledger(LIMITS), NOON
    for piece in pieces:
        now = max(now, *(one.measured_at for one in piece))
        ledger = ledger.after(piece, now)
        page = ledger.page(now)
        store.commit(Batch(at=now, page=page))
        ledger = ledger.written(page)
        if seed is not None and chance.random() < 0.05:
            ledger = store.ledger(LIMITS)
    for later in (SLOT, 2 * SLOT):
        page = ledger.page(now + later)
        store.commit(Batch(at=now, page=page))
        ledger = ledger.written(page)


def test_of_a_house_that_speaks_often_a_few_readings_are_kept(store: Store) -> None:
    told = [
        measured(number / 6, 10 + number / 1000, channel)
        for number in range(4 * 60 * 6)
        for channel in ("load", SOC)
    ]
    pieces = [told[start : start + 12] for start in range(0, len(told), 12)]
    live(store, pieces)
    long_ago = [minute for minute in kept(store) if minute < 120]
    assert len(long_ago) <= 2 * 8 + 1
    assert len([minute for minute in kept(store, SOC) if minute < 120]) <= 2 * 8 + 1
    rows = store.slots(NOON, NOON + 4 * 4 * SLOT)
    assert [row.kwh["load"] for row in rows[:-1]] == pytest.approx([0.09] * 15)
    again = energies({"any": store.readings("load", NOON, NOON + 99 * SLOT)}, limits=LIMITS)
    assert [row.kwh for row in again.values()] == [pytest.approx(row.kwh) for row in rows]


def test_what_a_crash_left_of_needless_readings_goes_after_a_restart(store: Store) -> None:
    told = [measured(number / 6, 10 + number / 1000) for number in range(3 * 60 * 6)]
    ledger = store.ledger().after(told, NOON + 180 * MINUTE)
    store.commit(Batch(at=NOON, page=ledger.page(NOON + 180 * MINUTE)))
    assert len(kept(store)) == len(told)
    live(store, [[measured(181, 12)]])
    assert len(kept(store)) < 600


def verdicts(store: Store) -> list[tuple[float, str]]:
    store.close()
    with open_database(store.path) as file:
        rows = file.execute(
            "SELECT measured_at, verdict FROM reading WHERE verdict IS NOT NULL ORDER BY 1"
        ).fetchall()
    return [((at.replace(tzinfo=UTC) - NOON) / MINUTE, verdict) for at, verdict in rows]


def test_rejected_readings_are_kept_aside_with_a_verdict(tmp_path: Path) -> None:
    store = Store(empty_history(tmp_path / "history.duckdb"))
    odd = {20: 900.0, 40: 0.0, 52: 102.5}
    told = [measured(minute, odd.get(minute, 100 + minute / 20)) for minute in range(240)]
    live(store, [told[start : start + 5] for start in range(0, len(told), 5)], seed=1)
    assert verdicts(store) == [(20, "spike"), (40, "spike"), (52, "dip")]


def test_a_verdict_may_be_another_when_more_is_known(tmp_path: Path) -> None:
    """A counter that seemed to have started again, and then was where it had been."""
    store = Store(empty_history(tmp_path / "history.duckdb"))
    told = [measured(minute, 100 + minute / 20) for minute in range(60)]
    low = [measured(minute, 0.1) for minute in (60, 61, 62, 76, 77)]
    live(store, [*([one] for one in told), *([one] for one in low), [measured(79, 104)]])
    assert {minute for minute, verdict in verdicts(store) if verdict == "spike"} >= {60, 77}


def house(seed: int) -> list[Reading]:
    """Five days of two counters and a battery with a freeze, silences, spikes and a reset."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    value = {"load": 100.0, "pv": 500.0}
    frozen = NOON + timedelta(hours=chance.uniform(6, 70))
    silent = NOON + timedelta(hours=chance.uniform(6, 70))
    reset = NOON + timedelta(hours=chance.uniform(6, 90))
    shown, told = dict(value), []
    for number in range(5 * 96):
        at = NOON + number * SLOT + timedelta(seconds=chance.randint(0, 600))
        for channel in ("load", "pv"):
            again = at - SLOT <= reset < at
            value[channel] = 0.0 if again else value[channel] + chance.uniform(0, 0.8)
            if not frozen <= at < frozen + timedelta(hours=18):
                shown[channel] = value[channel]
            odd = chance.random() < 0.01
            if not silent <= at < silent + timedelta(hours=5):
                one = shown[channel] + (300 if odd else 0)
                told.append(Reading(channel=channel, measured_at=at, value=round(one, 3)))
        told.append(Reading(channel=SOC, measured_at=at, value=round(chance.uniform(10, 90), 1)))
    return told


@pytest.mark.parametrize("seed", range(2))
def test_readings_that_come_days_late_make_the_slots_that_they_would_have_made(
    store: Store, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    told = house(seed)
    late = {
        number
        for first in chance.sample(range(len(told)), 5)
        for number in range(first, first + 30)
    }
    timely = [one for number, one in enumerate(told) if number not in late]
    pieces = [timely[start : start + 27] for start in range(0, len(timely), 27)]
    held_back = [told[number] for number in sorted(late) if number < len(told)]
    chance.shuffle(held_back)
    pieces += [held_back[start : start + 20] for start in range(0, len(held_back), 20)]
    live(store, pieces, seed=seed)
    expected = energies({"any": told}, limits=LIMITS)
    found = {row.start: row for row in store.slots(NOON, NOON + 7 * 96 * SLOT)}
    assert {start for start, row in found.items() if row.kwh} == {
        start for start, row in expected.items() if row.kwh
    }
    wrong = [
        (start, row.kwh, found[start].kwh)
        for start, row in expected.items()
        if row.kwh and counted(row).differs(counted(found[start]))
    ]
    assert wrong == []


def counted(row: SlotEnergy | SlotRow) -> SlotEnergy:
    """Without the state of charge."""
    return SlotEnergy(start=row.start, kwh=row.kwh, flags=row.flags)


def test_a_late_reading_in_a_long_silence_corrects_all_of_it(store: Store) -> None:
    far = 5 * 24 * 60
    live(
        store,
        [[measured(0, 10)], [measured(60 * 20, 30)], [measured(far, 31)], [measured(60 * 5, 11)]],
    )
    rows = store.slots(NOON, NOON + timedelta(hours=20))
    assert sum(row.kwh["load"] for row in rows[:20]) == pytest.approx(1)
    assert sum(row.kwh["load"] for row in rows) == pytest.approx(20)


def test_a_reading_of_a_clock_that_was_not_set_is_no_reading() -> None:
    wrong = Reading(channel="load", measured_at=datetime(1970, 1, 1, tzinfo=UTC), value=5)
    assert Ledger().after([wrong], NOON) == Ledger()
    assert BEHIND > WINDOW
