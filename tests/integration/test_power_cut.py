"""The power fails while the recorder writes, again and again: nothing is lost or doubled.

Ten times by default; DARKSTAR_TEST_KILLS=50 says how often.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from support.asking import ask
from support.broker import Mosquitto
from support.recorder_process import MORNING, Neighbour, Recorder, neighbour

KILLS = int(os.environ.get("DARKSTAR_TEST_KILLS", "10"))
PER_SECOND = 150

pytestmark = pytest.mark.timeout(60 + 8 * KILLS)


@pytest.fixture
async def recorder(recorder: Recorder) -> Recorder:
    await recorder.start()
    return recorder


@pytest.fixture
async def house(broker: Mosquitto) -> AsyncIterator[Neighbour]:
    async with neighbour(broker) as made:
        yield made


def load_kwh(database: Path) -> float:
    """The energy of all slots, closed or not, from what is kept of the counter."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "SELECT max(value) - min(value) FROM reading WHERE channel = 'load'"
        ).fetchone()
    return float(found[0]) if found else 0.0


async def test_a_power_cut_at_any_moment_loses_and_doubles_nothing(
    recorder: Recorder, house: Neighbour
) -> None:
    chance = random.Random(5)  # noqa: S311 (no secret)
    await house.recorded()  # it listens
    talking = asyncio.create_task(house.talk(PER_SECOND))
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.05, 1.2))  # from the start of the process on
        await recorder.end(signal.SIGKILL)
        await recorder.start()
    talking.cancel()
    await house.bus.flushed()
    await house.say()
    assert await house.until_recorded(house.notes) == list(range(house.notes))
    await recorder.end()
    assert load_kwh(recorder.database) == pytest.approx((house.energies - 1) / 1000, abs=1e-6)


async def test_what_waits_longer_than_the_recorder_is_away_is_recorded_once(
    recorder: Recorder, house: Neighbour
) -> None:
    await house.recorded()
    await recorder.end(signal.SIGKILL)
    for _ in range(2000):  # four windows
        await house.say()
    await house.bus.flushed()
    await recorder.start()
    assert await house.until_recorded(house.notes) == list(range(house.notes))


async def test_a_stop_in_order_leaves_nothing_to_send_again(
    recorder: Recorder, house: Neighbour
) -> None:
    await house.recorded()
    talking = asyncio.create_task(house.talk(PER_SECOND))
    for _ in range(2):
        await asyncio.sleep(0.7)
        await recorder.end()
        await recorder.start()
    talking.cancel()
    await house.bus.flushed()
    assert await house.until_recorded(house.notes) == list(range(house.notes))


async def test_all_energy_is_in_the_slots_after_power_cuts(
    recorder: Recorder, house: Neighbour
) -> None:
    await house.recorded()
    for _ in range(2):
        for _ in range(2 * 900):  # half an hour of the house's time
            await house.count()
        await asyncio.sleep(0.2)
        await recorder.end(signal.SIGKILL)
        await recorder.start()
    await house.say()
    await house.bus.flushed()
    await house.until_recorded(1)
    rows = await ask(house.bus, what="slots", start=MORNING, end=MORNING + timedelta(hours=1))
    assert sum(rows.columns["load_kwh"][:3]) == pytest.approx(2.7, abs=0.002)
