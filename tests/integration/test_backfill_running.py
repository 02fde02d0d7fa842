"""The past is fetched by a recorder that goes on recording."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.asking import ask
from support.broker import Mosquitto
from support.commands import Commands
from support.fake_home_assistant import (
    TOKEN,
    FakeHomeAssistant,
    fake_home_assistant,
    hour,
    metadata,
)
from support.recorder_process import Recorder, talking

from darkstar_common.runtime import SystemClock

pytestmark = pytest.mark.timeout(120)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOAD = "sensor.load"
DAYS = 40
"""So many are in the statistics, the last two as they were as well."""


def this_hour() -> datetime:
    return SystemClock().now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def home() -> Iterator[FakeHomeAssistant]:
    """A kilowatt-hour an hour."""
    with fake_home_assistant() as fake:
        end = this_hour()
        fake.metadata[LOAD] = metadata(LOAD, "kWh", energy=True)
        fake.hours[LOAD] = {
            (end - number * HOUR).timestamp(): hour(end, sum=float(DAYS * 24 - number))
            for number in range(1, DAYS * 24 + 2)
        }
        fake.units[LOAD] = "kWh"
        fake.states[LOAD] = [
            (end - 2 * DAY + number * HOUR / 6, f"{500 + number / 6}") for number in range(2 * 144)
        ]
        yield fake


async def test_the_past_comes_in_while_what_is_new_is_recorded(
    broker: Mosquitto, recorder: Recorder, home: FakeHomeAssistant, tmp_path: Path
) -> None:
    recorder.config = (
        f"home_assistant: {{url: '{home.url}'}}\nexecutor: {{roles: {{load_energy: {LOAD}}}}}\n"
    )
    recorder.environment = {"DARKSTAR_HOME_ASSISTANT_TOKEN": TOKEN}
    await recorder.start()
    call = Commands(directory=tmp_path, state=recorder.state)  # it has no configuration of its own
    since = f"{this_hour() - (DAYS + 1) * DAY:%Y-%m-%d}"
    async with talking(broker) as house:
        await house.recorded()
        talk = asyncio.create_task(house.talk(20))
        done = await call("backfill", "--from", since)
        assert (done.code, done.complaint) == (0, "")
        slots = DAYS * 96
        assert done.lines[-1].startswith(f"1 channels since {since}: ")
        new = int(done.lines[-1].split(": ")[1].split()[0])
        assert slots - 8 <= new <= slots

        again = await call("backfill", "--from", since)
        assert ": 0 slots new, 0 filled, 0 prices new" in again.lines[-1]

        compared = await call("validate", "--against", "ha", "--days", "5")
        assert (compared.code, compared.complaint) == (0, ""), compared.lines
        assert compared.lines[-1] == "5 days: 0 hours differ by more than 0.1 kWh, 0 unexplained"

        talk.cancel()
        assert await house.until_recorded(house.notes) == list(range(house.notes))
        start = this_hour() - 5 * DAY
        told = await ask(house.bus, what="slots", start=start, end=start + DAY)
        assert told.columns["load_kwh"] == pytest.approx([0.25] * 96)
    await recorder.end()
