"""Energies of channels that have no counter."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import empty_history

from darkstar_common.bus import MemoryBus
from darkstar_common.contract import HISTORY_SLOT, HOUSE_STATE, HouseState, Service
from darkstar_common.contract import Reading as Told
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_recorder.answering import Answering
from darkstar_recorder.conversion import measurements
from darkstar_recorder.core.flags import PARTIAL, POWER
from darkstar_recorder.core.ledger import GRACE, WINDOW, Ledger
from darkstar_recorder.core.powers import HOLD, Power, Powers, energies
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.recording import Recording
from darkstar_recorder.service import serve
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.threads import here

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def told(minutes: float, kw: float, channel: str = "pv") -> Power:
    return Power(channel=channel, measured_at=NOON + minutes * MINUTE, kw=kw)


def counted(minutes: float, kwh: float, channel: str = "load") -> Reading:
    return Reading(channel=channel, measured_at=NOON + minutes * MINUTE, value=kwh)


def slots(powers: Powers, until: float) -> dict[int, tuple[float, int]]:
    """Energy [kWh] and flags of PV by the number of the slot."""
    return {
        (start - NOON) // SLOT: (round(kwh, 9), mask)
        for start, sums in sorted(powers.held(NOON + until * MINUTE).items())
        for _, kwh, mask in energies(sums)
    }


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        pytest.param([told(0, 4), told(5, 2), told(10, 2)], {0: (2 / 3, POWER)}, id="held"),
        pytest.param(
            [told(0, 4), told(10, 4), told(20, 0)], {0: (1.0, POWER), 1: (1 / 3, POWER)},
            id="over a boundary",
        ),
        pytest.param([told(0, 6), told(14, 0)], {0: (1.0, POWER | PARTIAL)}, id="silent"),
        pytest.param([told(0, 6)], {0: (1.0, POWER | PARTIAL)}, id="never for longer than that"),
        pytest.param([told(5, 6)], {0: (1.0, POWER | PARTIAL)}, id="from within"),
        pytest.param([told(8, 6)], {}, id="less than half of it"),
        pytest.param(
            [told(0, 4), told(10, 4), told(5, 900)], {0: (1.0, POWER)}, id="late ones are left out"
        ),
    ],
)  # fmt: skip
def test_powers_are_summed_up_by_slot(
    powers: list[Power], expected: dict[int, tuple[float, int]]
) -> None:
    summed = Powers()
    for one in powers:
        summed = summed.after([one])
    until = 15 if max(one.measured_at for one in powers) < NOON + SLOT else 30
    found = {number: each for number, each in slots(summed, until).items() if number * 15 < until}
    kwh, flags = ({n: one[place] for n, one in found.items()} for place in (0, 1))
    assert kwh == pytest.approx({n: one[0] for n, one in expected.items()})
    assert flags == {n: one[1] for n, one in expected.items()}


@given(st.lists(st.tuples(st.floats(0.05, 9.9), st.floats(0, 10)), min_size=1, max_size=60))
@settings(deadline=None)
def test_the_sums_are_the_time_the_powers_lasted_at_what_they_were(
    steps: list[tuple[float, float]],
) -> None:
    at, total, powers = 0.0, 0.0, Powers()
    for minutes, kw in steps:
        powers = powers.after([told(at, kw)])
        total, at = total + kw * minutes / 60, at + minutes
    held = powers.held(NOON + at * MINUTE)
    assert sum(sums["pv"].kwh for sums in held.values()) == pytest.approx(total)
    assert sum(sums["pv"].hours for sums in held.values()) == pytest.approx(at / 60)


def test_what_flows_the_other_way_belongs_to_the_other_of_the_pair() -> None:
    at = Told(value=None, measured_at=NOON)
    message = HouseState(
        sender=Service.EXECUTOR, emitted_at=NOON,
        import_kw=at.model_copy(update={"value": -2.0}),
        charge_kw=at.model_copy(update={"value": 1.5}),
        discharge_kw=at.model_copy(update={"value": 0.0}),
        pv_kw=at.model_copy(update={"value": -0.01}),
        soc_percent=at.model_copy(update={"value": 40.0}),
        load_kw=at,
    )  # fmt: skip
    found = {one.channel: one for one in measurements(message)}
    powers = {channel: one.kw for channel, one in found.items() if isinstance(one, Power)}
    assert powers == {"import": 0.0, "export": 2.0, "charge": 1.5, "discharge": 0.0, "pv": 0.0}
    assert found["soc"] == Reading(channel="soc", measured_at=NOON, value=40.0)


def a_slot(*more: Power | Reading, pv: float = 4.0) -> list[Power | Reading]:
    """A quarter hour in which the load is counted, and PV only felt."""
    return [
        *(counted(number, 10 + number / 15) for number in range(17)),
        *(told(number, pv) for number in range(17)),
        *more,
    ]


def test_what_has_no_counter_gets_the_energy_of_its_powers() -> None:
    page = Ledger().after(a_slot(told(1, 9, "load")), NOON + SLOT).page(NOON + 17 * MINUTE)
    assert page.rows[0].kwh == {"load": pytest.approx(1.0)}
    (row,) = page.by_power
    assert row.kwh == {"pv": pytest.approx(1.0)}
    assert (row.start, row.flags) == (NOON, {"pv": POWER})
    assert page.closed == (NOON,)


def test_a_house_without_any_counter_has_slots_too() -> None:
    ledger = Ledger().after([told(number, 4) for number in range(17)], NOON + 17 * MINUTE)
    page = ledger.page(NOON + 17 * MINUTE)
    assert [row.kwh for row in page.by_power] == [{"pv": pytest.approx(1.0)}]
    assert not ledger.written(page).page(NOON + 17 * MINUTE)


def test_a_counter_that_comes_late_takes_the_place_of_powers() -> None:
    ledger = Ledger().after(a_slot(), NOON + SLOT)
    done = ledger.written(ledger.page(NOON + 17 * MINUTE))
    late = done.after([counted(0, 5, "pv"), counted(15, 5.9, "pv")], NOON + 18 * MINUTE)
    page = late.page(NOON + 18 * MINUTE)
    assert page.rows[0].kwh["pv"] == pytest.approx(0.9)
    assert page.by_power == (SlotEnergy(start=NOON),)


def test_powers_that_come_after_the_slot_was_closed_correct_it() -> None:
    ledger = Ledger().after(
        [*(told(number, 4) for number in (0, 9)), counted(0, 1), counted(16, 2)], NOON + SLOT
    )
    done = ledger.written(ledger.page(NOON + SLOT + GRACE))
    page = done.after([told(12, 0)], NOON + SLOT + GRACE).page(NOON + SLOT + GRACE)
    assert [row.kwh["pv"] for row in page.by_power] == [pytest.approx(0.8)]


def test_the_memory_of_powers_is_bounded() -> None:
    ledger, most = Ledger(), 0
    for number in range(400):
        at = NOON + number * SLOT
        ledger = ledger.after([Power(channel="pv", measured_at=at, kw=1)], at)
        ledger = ledger.written(ledger.page(at))
        most = max(most, len(ledger.powers.slots), len(ledger.by_power), len(ledger.noted.slots))
    assert most <= WINDOW / SLOT + 4


def test_sums_are_written_by_the_minute_and_not_for_each_message() -> None:
    ledger, written = Ledger(), 0
    for number in range(6 * 60):
        now = NOON + number * timedelta(seconds=10)
        ledger = ledger.after([told(number / 6, 1)], now)
        page = ledger.page(now)
        written += bool(page.powers)
        assert len(page.powers) <= 2
        ledger = ledger.written(page)
    assert written <= 60 + 4  # and once with each slot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.duckdb"


def live(path: Path, restarts: set[int], kills: set[int]) -> dict[str, object]:
    """An hour of 3 kW told every 10 s; stopped, or killed before the last was written."""
    store = Store(path)
    ledger = store.ledger()
    for number in range(60 * 6 + 6):
        now = NOON + number * timedelta(seconds=10)
        ledger = ledger.after([told(number / 6, 3), counted(number / 6, number / 10)], now)
        if number not in kills:
            page = ledger.page(now)
            store.commit(Batch(at=now, page=page))
            ledger = ledger.written(page)
        if number in restarts | kills:
            store.close()
            store = Store(path)
            ledger = store.ledger()
    rows = store.slots(NOON, NOON + 4 * SLOT)
    store.close()
    return {"kwh": [row.kwh for row in rows], "flags": [row.flags for row in rows],
            "source": {row.source for row in rows}}  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_a_restart_in_mid_slot_changes_no_sum(path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    found = live(path, *(set(chance.sample(range(360), 3)) for _ in range(2)))
    expected = {"load": pytest.approx(9.0), "pv": pytest.approx(0.75)}
    assert found["kwh"] == [expected] * 4
    assert found["flags"] == [{"pv": POWER}] * 4
    assert found["source"] == {"counters+powers"}


def test_what_was_not_heard_over_a_long_stop_is_flagged(path: Path) -> None:
    store = Store(path)
    for minutes in ((0, 1, 2), (14, 15, 16)):
        ledger = store.ledger()
        for minute in minutes:
            ledger = ledger.after([told(minute, 3)], NOON + minute * MINUTE)
        page = ledger.page(NOON + minute * MINUTE)
        store.commit(Batch(at=NOON, page=page))
        store.close()
        store = Store(path)
    (row,) = store.slots(NOON, NOON + SLOT)
    store.close()
    heard = 2 * MINUTE + HOLD + MINUTE
    assert row.kwh["pv"] == pytest.approx(3 * heard / timedelta(hours=1))
    assert row.flags == {"pv": POWER | PARTIAL}


@pytest.mark.parametrize("flags", [0, 1, 8, 16, 128])
@pytest.mark.parametrize("source", ["history", "import", "statistics"])
def test_whatever_was_counted_goes_before_powers(path: Path, source: str, flags: int) -> None:
    store = Store(path)
    counter = SlotEnergy(start=NOON, kwh={"pv": 2.0}, flags={"pv": flags})
    store.add_slots([counter], source, NOON)  # type: ignore[arg-type]  # one of them
    by_power = SlotEnergy(start=NOON, kwh={"pv": 1.0, "load": 3.0}, flags={"pv": POWER})
    store.add_slots([by_power], "powers", NOON)
    (row,) = store.slots(NOON, NOON + SLOT)
    store.close()
    assert row.kwh == {"pv": 2.0, "load": 3.0}
    assert row.source == "+".join(sorted([source, "powers"]))


async def test_slots_are_told_with_what_powers_say(tmp_path: Path) -> None:
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now)
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.RECORDER)
    store = Store(empty_history(tmp_path / "history.duckdb"))
    answering = Answering(context, store, here)
    work = asyncio.create_task(serve(context, Recording(context, store, here), answering))
    await settle()
    for _ in range(17):
        at = clock.now()
        pv = Told(value=2.0, measured_at=at)
        await bus.publish(HOUSE_STATE, HouseState(sender=Service.EXECUTOR, emitted_at=at, pv_kw=pv))
        await clock.advance(MINUTE)
    (slot,) = bus.sent(HISTORY_SLOT)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    store.close()
    assert slot.pv_kwh == pytest.approx(0.5)
    assert (slot.start, slot.load_kwh) == (NOON, None)
    assert (slot.source, slot.flags, slot.quality) == ("powers", {"pv": ("power",)}, ("power",))
