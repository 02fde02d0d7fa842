"""Reflex sees in the recorder's real answers what the house has shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING
from unit.forecaster.reflex.observing import Row, TrueBattery, seen

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    HISTORY_QUERY,
    QuantileForecast,
    QuantileSlot,
    Service,
)
from darkstar_common.testing import FakeClock, MemoryBroker, MemoryBus, a_context
from darkstar_forecaster.reflexes import Reflexes
from darkstar_forecaster.tuning import Tuning
from darkstar_recorder.answering import Answering
from darkstar_recorder.core.flags import LUMP
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Batch, Store

T = TypeVar("T")
DAYS = 16
ENERGIES = ("pv", "import", "export", "charge", "discharge")


async def at_once(work: Callable[[], T]) -> T:
    """The recorder's work without its threads."""
    return work()


def stored(one: Row, flags: int = 0) -> SlotEnergy:
    kwh = {"load": one["base_kwh"], **{name: one[f"{name}_kwh"] for name in ENERGIES}}
    return SlotEnergy(
        start=one["start"], kwh=kwh, flags=dict.fromkeys(kwh, flags),
        soc_percent_start=one["soc_start"], soc_percent_end=one["soc_end"],
    )  # fmt: skip


def issued(rows: list[Row], told: float) -> QuantileForecast:
    """PV of a day, as forecast two days before its first slot."""
    return QuantileForecast(
        sender=Service.FORECASTER,
        emitted_at=rows[0]["start"] - 2 * DAY,
        issued_at=rows[0]["start"] - 2 * DAY,
        quantity="pv",
        model_version="1",
        level="graduate",
        slots=tuple(
            QuantileSlot(
                start=one["start"], p10_kw=0.0, p50_kw=0.0, p90_kw=99.0,
                mean_kw=4 * told * one["pv_kwh"],
            )
            for one in rows
        ),
    )  # fmt: skip


def a_past(path: Path) -> Store:
    """Sixteen days of a battery that holds 30 kWh and of forecasts that were 25 % too high."""
    store = Store(path)
    rows = seen(DAYS, TrueBattery(capacity_kwh=30.0))
    usual, lumped = rows[:-96], rows[-96:]
    store.replace_slots([stored(one) for one in usual], "counters", MORNING)
    # what was guessed would say that half of it came
    halved = [one | {"pv_kwh": one["pv_kwh"] / 2} for one in lumped]
    store.replace_slots([stored(one, LUMP) for one in halved], "counters", MORNING)
    forecasts = tuple(issued(rows[day * 96 : day * 96 + 96], 1.25) for day in range(DAYS))
    store.commit(Batch(at=MORNING, messages=forecasts))
    return store


async def test_the_recorders_answers_are_evidence(tmp_path: Path) -> None:
    clock, broker = FakeClock(MORNING), MemoryBroker()
    store = a_past(tmp_path / "history.duckdb")
    recorder, forecaster = (
        a_context(
            MemoryBus(broker=broker, sender=one, now=clock.now),
            state_dir=tmp_path, clock=clock, config=HOUSE, service=one,
        )
        for one in (Service.RECORDER, Service.FORECASTER)
    )  # fmt: skip
    answering = Answering(recorder, store, at_once)

    async def listen() -> None:
        async with recorder.bus.inbox(HISTORY_QUERY) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, Delivery)
                await answering.take(delivery)

    tuning = Tuning(forecaster)
    work = [asyncio.create_task(one) for one in (listen(), answering.run())]
    await asyncio.sleep(0)
    try:
        assert await Reflexes(forecaster, tuning).look() is None
    finally:
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        store.close()
    said: dict[str, float] = {one.parameter: one.proposed for one in tuning.learnings.proposals}
    assert said == pytest.approx({"pv_factor": 0.98, "battery_capacity_kwh": 34.2 - 0.684})
    figures = {one.parameter: one.figures for one in tuning.learnings.proposals}
    assert abs(figures["pv_factor"]["ratio"] - 0.8) < 0.001
    assert abs(figures["battery_capacity_kwh"]["measured_kwh"] - 30) < 0.3
    assert tuning.learnings.looked_at == MORNING
