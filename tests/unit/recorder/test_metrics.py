"""What Prometheus may read of the recorder: energies, what waits, and the disk."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from darkstar_common.config import Config
from darkstar_common.contract import HOUSE_ENERGY, EnergyCounters, Reading, Service
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_recorder.answering import Answering
from darkstar_recorder.core.ledger import Page
from darkstar_recorder.core.readings import ENERGIES
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.desk import database_path
from darkstar_recorder.measuring import Counting, show_disk, show_memory
from darkstar_recorder.recording import Recording
from darkstar_recorder.service import serve
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.threads import here

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BALANCED = ("pv", "import", "discharge", "load", "export", "charge")
SIDES = ("surplus", "deficit")
NEITHER: dict[str, float | None] = dict.fromkeys(SIDES)


def shown(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(f"darkstar_recorder_{name}", labels)
    assert value is not None, f"{name} {labels} is not there"
    return value


def row(number: int, **fields: Any) -> dict[str, Any]:
    energies = {f"{channel}_kwh": None for channel in ENERGIES}
    return {"start": NOON + number * SLOT, "residual_kwh": None, **energies, **fields}


def whole(number: int, **fields: Any) -> dict[str, Any]:
    """A slot in which all that comes in and goes out is known, 0 where it is not named."""
    return row(number, **{f"{channel}_kwh": 0.0 for channel in BALANCED} | fields)


class Since:
    """How much counters have grown."""

    def __init__(self) -> None:
        Counting()
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        energies = {one: shown("energy_kwh_total", channel=one) for one in ENERGIES}
        sides = {one: shown("unaccounted_kwh_total", side=one) for one in SIDES}
        return {**energies, **sides}

    def grown(self) -> dict[str, float]:
        now = self._now()
        changes = {name: round(now[name] - self._before[name], 9) for name in now}
        return {name: change for name, change in changes.items() if change}


def test_every_energy_is_counted_from_nothing() -> None:
    assert Since().grown() == {}


def test_a_closed_slot_is_counted_by_channel() -> None:
    since = Since()
    Counting().add([row(0, load_kwh=0.5, pv_kwh=0.25)])
    assert since.grown() == {"load": 0.5, "pv": 0.25}


@pytest.mark.parametrize(
    ("load", "side", "expected"), [(1.2, "surplus", 0.3), (1.8, "deficit", 0.3)]
)
def test_what_is_unaccounted_is_counted_by_its_side(
    load: float, side: str, expected: float
) -> None:
    since = Since()
    Counting().add([whole(0, pv_kwh=0.75, import_kwh=0.5, discharge_kwh=0.5, load_kwh=load,
                          export_kwh=0.125, charge_kwh=0.125)])  # fmt: skip
    assert {one: since.grown().get(one) for one in SIDES} == {**NEITHER, side: expected}


def test_counters_of_tenths_are_off_on_both_sides_alike() -> None:
    since, counting = Since(), Counting()
    for number in range(8):  # 0.05 kWh a slot, told as 0.1 every other one
        counting.add([whole(number, import_kwh=0.05, load_kwh=0.1 * (number % 2))])
    assert since.grown() == {"import": 0.4, "load": 0.4, "surplus": 0.2, "deficit": 0.2}


def test_what_is_not_known_is_not_counted() -> None:
    since = Since()
    Counting().add([whole(0, load_kwh=None, import_kwh=1.0)])
    assert since.grown() == {"import": 1.0}


def test_what_the_house_cannot_have_is_zero_without_a_meter() -> None:
    since = Since()
    slot = row(0, load_kwh=0.25, import_kwh=1.0)
    Counting({"pv", "export", "charge", "discharge"}).add([slot])
    assert since.grown() == {"load": 0.25, "import": 1.0, "surplus": 0.75}


def test_a_meter_of_what_the_house_cannot_have_is_believed() -> None:
    since = Since()
    Counting({"pv", "export"}).add([whole(0, load_kwh=1.0, pv_kwh=1.0, export_kwh=None)])
    assert since.grown() == {"load": 1.0, "pv": 1.0}


async def test_a_house_of_a_meter_alone_accounts_for_its_energy(tmp_path: Path) -> None:
    """What the configuration does not have: PV and a battery."""
    since, clock = Since(), FakeClock(NOON)
    bus = MemoryBus(now=clock.now)
    config = Config.model_validate({"battery": None, "has_solar": False})
    context = a_context(
        bus, state_dir=tmp_path, clock=clock, config=config, service=Service.RECORDER
    )
    store = Store(database_path(tmp_path))
    recording = Recording(context, store, here)
    work = asyncio.create_task(serve(context, recording, Answering(context, store, here)))
    await settle()
    for minutes in range(0, 40, 5):
        grows = {
            f"{one}_kwh": Reading(value=100.0 + minutes * rate, measured_at=clock.now())
            for one, rate in (("load", 0.0), ("import", 0.02), ("export", 0.0))
        }
        counters = EnergyCounters(sender=Service.EXECUTOR, emitted_at=clock.now(), **grows)
        await bus.publish(HOUSE_ENERGY, counters)
        await clock.advance(timedelta(minutes=5))
    assert since.grown()["surplus"] == pytest.approx(since.grown()["import"])
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    store.close()


def test_a_slot_that_is_corrected_is_not_counted_again() -> None:
    since, counting = Since(), Counting()
    counting.add([row(0, load_kwh=0.5)])
    counting.add([row(0, load_kwh=0.75), row(1, load_kwh=0.5)])
    assert since.grown() == {"load": 1.0}


def test_a_slot_from_before_is_not_counted_after_newer_ones() -> None:
    since, counting = Since(), Counting()
    counting.add([row(4, load_kwh=0.5)])
    counting.add([row(2, load_kwh=7.0)])
    assert since.grown() == {"load": 0.5}


def test_slots_in_any_order_are_all_counted() -> None:
    since = Since()
    Counting().add([row(number, load_kwh=1.0) for number in (2, 0, 1)])
    assert since.grown() == {"load": 3.0}


def test_the_disk_is_looked_at_when_somebody_asks(tmp_path: Path) -> None:
    file = tmp_path / "history.duckdb"
    show_disk(file)
    assert shown("file_bytes") == 0
    file.write_bytes(b"x" * 1000)
    file.with_name("history.duckdb.wal").write_bytes(b"x" * 24)
    assert shown("file_bytes") == 1024
    free = shutil.disk_usage(tmp_path).free
    assert shown("disk_free_bytes") == pytest.approx(free, rel=0.2)


def test_a_disk_that_is_gone_is_not_an_empty_one(tmp_path: Path) -> None:
    show_disk(tmp_path / "gone" / "history.duckdb")
    assert isnan(shown("disk_free_bytes"))


def test_what_the_database_holds_in_memory_grows_with_what_it_was_given(tmp_path: Path) -> None:
    store = Store(tmp_path / "history.duckdb")
    show_memory(store.memory_bytes)
    before = shown("database_memory_bytes")
    rows = tuple(
        SlotEnergy(start=NOON + number * SLOT, kwh={"load": number / 7}) for number in range(5000)
    )
    store.commit(Batch(at=NOON, page=Page(rows=rows)))
    assert before < shown("database_memory_bytes") < 96e6
    store.close()
    assert isnan(shown("database_memory_bytes"))


async def test_what_waits_for_the_disk_is_counted_until_it_is_written(tmp_path: Path) -> None:
    clock = FakeClock(NOON)
    bus = MemoryBus(now=clock.now)
    context = a_context(bus, state_dir=tmp_path, clock=clock, service=Service.RECORDER)
    path = database_path(tmp_path)
    path.mkdir(parents=True)  # nothing can be written there
    store = Store(path, patient=True)
    work = asyncio.create_task(
        serve(context, Recording(context, store, here), Answering(context, store, here))
    )
    await settle()
    reading = Reading(value=1.0, measured_at=NOON)
    counters = EnergyCounters(sender=Service.EXECUTOR, emitted_at=NOON, load_kwh=reading)
    await bus.publish(HOUSE_ENERGY, counters)
    await clock.advance(timedelta(seconds=5))
    assert shown("waiting") >= 1
    path.rmdir()
    await clock.advance(timedelta(seconds=20))
    assert shown("waiting") == 0
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    store.close()
