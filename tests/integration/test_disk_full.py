"""A disk that takes nothing: the broker keeps what comes, a person is told, nothing is lost.

Once as a small disk that is really full, where this machine lets a test mount one; and once,
everywhere, as a process that may write no longer files.
"""

from __future__ import annotations

import asyncio
import resource
from dataclasses import dataclass
from typing import Protocol

import pytest
from support.broker import Mosquitto
from support.recorder_process import Recorder, talking, until

from darkstar_recorder.recording import UNWRITABLE

pytestmark = pytest.mark.timeout(60)

PER_SECOND = 20


class Disk(Protocol):
    """Where the recorder writes, for a while in vain."""

    def fill(self) -> None:
        """From now on nothing more is taken."""

    def free(self) -> None:
        """As before."""


@dataclass
class Limited:
    """No file may grow in this process."""

    recorder: Recorder

    def fill(self) -> None:
        self._limit(0)

    def free(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        resource.prlimit(self.recorder.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.fixture(params=["small", "limited"])
def disk(request: pytest.FixtureRequest, recorder: Recorder) -> Disk:
    found: Disk = (
        request.getfixturevalue("small") if request.param == "small" else Limited(recorder)
    )
    return found


async def test_a_full_disk_loses_nothing_says_so_and_is_over_when_there_is_room(
    broker: Mosquitto, recorder: Recorder, disk: Disk
) -> None:
    await recorder.start()
    async with talking(broker) as house:
        await house.recorded()
        talk = asyncio.create_task(house.talk(PER_SECOND))
        await house.until_recorded(5)
        disk.fill()
        await until(lambda: UNWRITABLE in house.troubles)
        (issue,) = (one for one in house.statuses[-1].issues if one.key == UNWRITABLE)
        assert issue.severity == "error"
        assert "space" in issue.guidance
        before = await house.recorded()  # it can still be asked
        assert before == list(range(len(before)))
        await asyncio.sleep(0.5)
        assert await house.recorded() == before
        disk.free()
        await until(lambda: UNWRITABLE not in house.troubles)
        talk.cancel()
        await house.bus.flushed()
        assert await house.until_recorded(house.notes) == list(range(house.notes))
    await recorder.end()


async def test_more_than_fits_the_window_waits_at_the_broker(
    broker: Mosquitto, recorder: Recorder, disk: Disk
) -> None:
    await recorder.start()
    async with talking(broker) as house:
        await house.recorded()
        disk.fill()
        for _ in range(700):
            await house.say()
        await house.bus.flushed()
        await until(lambda: UNWRITABLE in house.troubles)
        assert await house.recorded() == []  # questions pass what waits
        assert recorder.resident_mb < 250
        disk.free()
        assert await house.until_recorded(700) == list(range(700))
        await until(lambda: UNWRITABLE not in house.troubles)
    await recorder.end()
