"""Somebody who comes from an earlier Darkstar, in a hurry, on a network that is not kind."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import aiomqtt
import polars as pl
import pytest
import pytest_asyncio
from support.asking import ask
from support.broker import Mosquitto, needs_mosquitto
from support.buses import mqtt_bus
from support.commands import Commands
from support.earlier_file import (
    DAYS,
    FIRST,
    LUMP_AT,
    LUMP_KWH,
    NAME,
    QUARTER,
    RUNS,
    SILENT,
    energies,
    write_earlier_file,
)
from support.recorder_process import Recorder

from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import HISTORY_QUERY

pytestmark = [
    needs_mosquitto,
    pytest.mark.e2e,
    pytest.mark.timeout(90),
    pytest.mark.asyncio(loop_scope="module"),
]
MONTH = (datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 11, 1, tzinfo=UTC))
COPY = "copy.duckdb"
ADDED = datetime(2024, 1, 1, tzinfo=UTC)
"""What is added to the file after its copy was made."""
BAD = (
    b"",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"what": "slots", "limit": -1}',
    b'{"what": "slots", "limit": 99999999999999999999}',
    b'{"what": "slots", "limit": NaN}',
    b'{"what": "slots", "offset": -1}',
    b'{"what": "slots", "columns": ["load_kwh; DROP TABLE slot"]}',
    b'{"what": "slots", "start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}',
    b'{"what": "schedules", "id": "nobody"}',
    b'{"what": "forecasts", "lead_hours": 1e308}',
    b'{"what": "slots", "format": "xml"}',
    b'{"what": "rollups", "by": "century"}',
)
EXTREME = (
    b'{"what": "slots", "offset": 9223372036854775807, "limit": 50000}',
    b'{"what": "slots", "offset": 99999999999999999999}',
    b'{"what": "slots", "end": "0001-01-01T00:00:00Z"}',
    b'{"what": "slots", "start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:59-14:00"}',
    b'{"what": "rollups", "start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59-14:00"}',
    b'{"what": "slots", "start": "9999-12-31T23:59:59Z"}',
)


@dataclass(frozen=True, slots=True)
class User:
    """A recorder that runs, commands, and a look at the bus."""

    recorder: Recorder
    call: Commands
    bus: MqttBus

    async def load(self, start: datetime) -> list[float]:
        """What the recorder says the load of four slots was [kWh]."""
        async with asyncio.timeout(20):
            rows = await ask(self.bus, what="slots", start=start, end=start + 4 * QUARTER)
        return list(rows.columns["load_kwh"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def user(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[User]:
    """One for all: each goes on where the one before it ended."""
    directory = tmp_path_factory.mktemp("u")
    broker = Mosquitto(directory / "mosquitto")
    broker.start()
    recorder = Recorder(directory / "own", broker.port)
    await recorder.start()
    (directory / "home").mkdir()
    (directory / "home/config.yaml").touch()
    write_earlier_file(directory / "home/planner_learning.db")
    try:
        async with mqtt_bus(broker) as bus:
            async with asyncio.timeout(30):
                await ask(bus, what="slots")
            yield User(recorder, Commands(directory=directory / "home", state=recorder.state), bus)
    finally:
        await recorder.end()
        broker.stop()


async def test_the_file_of_an_earlier_darkstar_is_taken_over_while_the_recorder_runs(
    user: User,
) -> None:
    file = "planner_learning.db"
    done = await user.call("import", file)
    assert (done.code, done.complaint) == (0, "")
    assert done.lines[0] == (
        f"{file}: {DAYS * 96 + 8} slots read, {DAYS * 96} new in {user.recorder.database}"
    )
    assert f"{file}: 3 days with a label, 3 new" in done.lines
    assert f"{file}: {RUNS - 2} episodes read, {RUNS - 2} new" in done.lines
    assert [line for line in done.lines if "load of 23 kWh was spread over 21 slots" in line]
    assert len([line for line in done.lines if "schedule cannot be read" in line]) == 2


async def test_every_hour_is_where_it_was_whatever_its_key_looked_like(user: User) -> None:
    for day in (0, 10, 11, 25, 26):
        first = day * 96 + 40
        truth = [energies(number)[0] for number in range(first, first + 4)]
        assert await user.load(FIRST + first * QUARTER) == pytest.approx(truth)
    lump = await user.load(FIRST + (LUMP_AT - SILENT) * QUARTER)
    assert lump == pytest.approx([LUMP_KWH / (SILENT + 1)] * 4)


async def test_a_planning_run_is_looked_at_and_taken_out(user: User) -> None:
    listed = await user.call("episodes", "list", "--show-size", "--limit", "3")
    assert f"3 of {RUNS - 2} episodes" in listed.lines
    taken = await user.call("episodes", "export", NAME, "--output", "run.json")
    assert (taken.code, taken.complaint) == (0, "")
    run = json.loads((user.call.directory / "run.json").read_text())
    assert len(run["inputs"]["price_data"]) == 192
    assert len(run["schedule"]["schedule"]) == 130


async def test_a_month_is_exported_and_read_with_polars(user: User) -> None:
    first, end = MONTH
    done = await user.call("export", "out", "--from", "2025-10-01", "--until", "2025-11-01")
    assert (done.code, done.complaint) == (0, "")
    read = pl.read_parquet(user.call.directory / "out/slots/**/*.parquet")
    assert read.height == (end - first) // QUARTER
    assert read["start"].min() == first
    numbers = range((first - FIRST) // QUARTER, (end - FIRST) // QUARTER)
    truth = sum(energies(number)[0] for number in numbers)
    silent = sum(energies(number)[0] for number in range(LUMP_AT - SILENT, LUMP_AT + 1))
    assert read["load_kwh"].sum() == pytest.approx(truth - silent + LUMP_KWH)


async def test_bad_questions_are_refused_and_the_next_one_is_answered(user: User) -> None:
    before = await user.load(FIRST)
    async with aiomqtt.Client(
        "127.0.0.1", user.recorder.port, protocol=aiomqtt.ProtocolVersion.V5
    ) as client:
        topic = HISTORY_QUERY.topic("home")
        await client.subscribe(f"{topic}/result")
        answers = aiter(client.messages)
        for payload in BAD + EXTREME:
            await client.publish(topic, payload)
            async with asyncio.timeout(20):
                answer = await anext(answers)
            assert isinstance(answer.payload, bytes)
            said = json.loads(answer.payload)
            assert said["caused_by"] if payload in EXTREME else not said["accepted"], payload
        for _ in range(500):
            await client.publish(topic, BAD[3], qos=1)
    assert await user.load(FIRST) == before
    assert user.recorder.process is not None
    assert user.recorder.process.returncode is None


async def test_a_copy_is_made_while_the_recorder_runs(user: User) -> None:
    made = await user.call("backup", "--to", COPY)
    assert (made.code, made.complaint) == (0, "")
    assert made.lines[0].startswith(f"{user.call.directory / COPY}: a copy of all")


async def test_ctrl_c_in_the_middle_of_an_import_is_no_harm(user: User) -> None:
    slots = 20_000
    with (user.call.directory / "long.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("start_utc", "load_kwh"))
        rows.writerows((f"{ADDED + number * QUARTER:%FT%TZ}", 0.5) for number in range(slots))
    work = await user.call.begun("import", "long.csv")
    while not await user.load(ADDED):  # noqa: ASYNC110 (each is asked for)
        await asyncio.sleep(0.01)
    stopped = await user.call.ended(work, signal.SIGINT)
    assert (stopped.code, stopped.complaint) == (130, "darkstar-recorder: stopped\n")
    assert await user.load(ADDED + (slots - 4) * QUARTER) == []
    done = await user.call("import", "long.csv")
    assert done.code == 0
    assert await user.load(ADDED + (slots - 4) * QUARTER) == [0.5] * 4


async def test_a_copy_made_before_is_put_back_when_the_recorder_is_stopped(user: User) -> None:
    before = await user.load(FIRST)
    assert await user.load(ADDED)
    await user.recorder.end()
    done = await user.call("restore", COPY)
    assert (done.code, done.complaint) == (0, "")
    assert len(list(user.recorder.database.parent.glob("history.duckdb.replaced-*"))) == 1
    await user.recorder.start()
    assert await user.load(FIRST) == before
    assert await user.load(ADDED) == []
