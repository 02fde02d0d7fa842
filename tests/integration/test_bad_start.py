"""The recorder starts on a disk or with a file that is no good: it says so, answers what it can,
and goes on by itself once it can write; what was said meanwhile is recorded then."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from support.broker import Mosquitto
from support.recorder_process import Neighbour, Recorder, talking, until
from support.small_disk import SmallDisk

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.contract import HISTORY_QUERY, HistoryQuery, Issue, RequestResult
from darkstar_recorder.recording import UNWRITABLE

pytestmark = pytest.mark.timeout(60)


async def lived(recorder: Recorder, house: Neighbour) -> None:
    """The recorder is started and has one note on disk."""
    await recorder.start()
    await house.recorded()
    await house.say()
    await house.until_recorded(1)


async def refusal(house: Neighbour) -> RequestResult:
    """The answer to a question that cannot be answered; what has not started yet is silent."""
    while True:
        try:
            asked = HistoryQuery(what="slots")
            reply = await house.bus.request(HISTORY_QUERY, asked, timeout=timedelta(seconds=1))
        except RequestTimeoutError:
            continue
        return reply.result


async def trouble(house: Neighbour) -> Issue:
    """The issue that the file makes, once it is told of."""
    await until(lambda: UNWRITABLE in house.troubles)
    return next(one for one in house.statuses[-1].issues if one.key == UNWRITABLE)


async def all_is_well(house: Neighbour, notes: int) -> None:
    assert await house.until_recorded(notes) == list(range(notes))
    await until(lambda: UNWRITABLE not in house.troubles)


async def test_on_a_full_disk(broker: Mosquitto, recorder: Recorder, small: SmallDisk) -> None:
    async with talking(broker) as house:
        await lived(recorder, house)
        small.fill()
        await recorder.end(signal.SIGKILL)
        for _ in range(50):  # more than there is room for in the last block
            await house.say()
        await recorder.start()
        await trouble(house)
        assert await house.recorded() == [0]
        small.free()
        await all_is_well(house, 51)
    await recorder.end()


async def test_for_the_first_time_on_a_full_disk(
    broker: Mosquitto, recorder: Recorder, small: SmallDisk
) -> None:
    (recorder.state / "recorder").mkdir()
    small.fill()
    await recorder.start()
    async with talking(broker) as house:
        assert "space" in (await trouble(house)).guidance
        assert "No space left" in (await refusal(house)).reason
        await house.say()
        small.free()
        await all_is_well(house, 1)
    await recorder.end()


async def test_on_a_disk_that_can_only_be_read(
    broker: Mosquitto, recorder: Recorder, small: SmallDisk
) -> None:
    async with talking(broker) as house:
        await lived(recorder, house)
        await recorder.end()
        small.remount("ro")
        await recorder.start()
        assert "it can only be read" in (await trouble(house)).message
        assert await house.recorded() == [0]
        await house.say()
        small.remount("rw")
        await all_is_well(house, 2)
    await recorder.end()


async def test_with_a_file_that_may_not_be_opened(broker: Mosquitto, recorder: Recorder) -> None:
    async with talking(broker) as house:
        await lived(recorder, house)
        await recorder.end()
        away = recorder.database.with_name("away")
        recorder.database.rename(away)
        recorder.database.mkdir()  # not even root opens that
        await recorder.start()
        await trouble(house)
        await house.say()
        process = psutil.Process(recorder.pid)
        process.suspend()  # it would make a file where there is none
        await until(lambda: process.status() == psutil.STATUS_STOPPED)
        recorder.database.rmdir()
        away.rename(recorder.database)
        process.resume()
        await all_is_well(house, 2)
    await recorder.end()


@pytest.mark.parametrize("damage", ["no database", "cut off", "garbage inside"])
async def test_with_a_damaged_file(broker: Mosquitto, recorder: Recorder, damage: str) -> None:
    async with talking(broker) as house:
        await lived(recorder, house)
        await tool(recorder, "backup", "--to", str(recorder.state / "copy"))
        await recorder.end()
        whole = recorder.database.read_bytes()
        damaged = {
            "no database": b"what a lightning left of it",
            "cut off": whole[:20_000],
            "garbage inside": whole[:12288] + os.urandom(len(whole) - 12288),
        }[damage]
        recorder.database.write_bytes(damaged)
        await recorder.start()
        assert "darkstar-recorder restore" in (await trouble(house)).guidance
        said = await refusal(house)
        assert not said.accepted
        assert str(recorder.database) in said.reason
        await house.say()
        await recorder.end()
        assert recorder.database.read_bytes() == damaged  # nobody touched it
        await tool(recorder, "restore", str(recorder.state / "copy"))
        assert [one.read_bytes() for one in replaced(recorder)] == [damaged]
        await recorder.start()
        await all_is_well(house, 2)
    await recorder.end()


def replaced(recorder: Recorder) -> list[Path]:
    return list(recorder.database.parent.glob("*.replaced-*"))


async def tool(recorder: Recorder, *words: str) -> None:
    """Use the command as people do."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "darkstar_recorder", *words,
        cwd=recorder.directory, env={**os.environ, "DARKSTAR_STATE_DIR": str(recorder.state)},
    )  # fmt: skip
    assert await process.wait() == 0
