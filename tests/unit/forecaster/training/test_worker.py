"""Work in a process of its own: done, or ended within its limits and explained."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from unit.forecaster.training.a_model import NOW, a_situation

from darkstar_common.config import Config
from darkstar_common.slots import slots
from darkstar_forecaster.core.method import Ahead
from darkstar_forecaster.core.methods import Order
from darkstar_forecaster.worker import LENGTH, Limits, Worker, WorkFailedError, resident_mb
from darkstar_forecaster.workshop import InPlace, Processes, Workshop

ROOMY = Limits(minutes=1.0, memory_mb=1000.0)
CONFIG = Config(has_solar=False)


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    one = Worker(ROOMY)
    yield one
    await one.close()


async def until_gone(worker: Worker) -> None:
    async with asyncio.timeout(10):
        while worker.pid is not None:  # noqa: ASYNC110 (another process ends)
            await asyncio.sleep(0.02)


async def test_calls_share_a_process_that_is_not_this_one(worker: Worker) -> None:
    first, second = await worker.call(os.getpid), await worker.call(os.getpid)
    assert first == second == worker.pid
    assert first != os.getpid()


async def test_calls_at_once_wait_for_each_other(worker: Worker) -> None:
    assert await asyncio.gather(*(worker.call(abs, -one) for one in range(5))) == [0, 1, 2, 3, 4]


async def test_what_is_printed_does_not_get_between_the_answers(worker: Worker) -> None:
    await worker.call(print, "noise")
    assert await worker.call(abs, -1) == 1


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [(os._exit, (3,), "ended with 3"), (os.abort, (), "ended with -6"), (int, ("x",), "with 1")],
)
async def test_a_crash_is_a_sentence_and_the_next_call_is_answered(
    worker: Worker, function: Callable[..., Any], arguments: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(WorkFailedError, match=said):
        await worker.call(function, *arguments)
    assert await worker.call(abs, -1) == 1


async def test_what_takes_too_long_is_ended() -> None:
    worker = Worker(Limits(minutes=0.01, memory_mb=1000))
    with pytest.raises(WorkFailedError, match=r"after 0\.01 minutes"):
        await worker.call(time.sleep, 60)
    assert worker.pid is None


async def test_what_takes_too_much_memory_is_ended() -> None:
    worker = Worker(Limits(minutes=1, memory_mb=200))
    with pytest.raises(WorkFailedError, match="more than 200 MB"):
        await worker.call(list, range(10**8))
    assert worker.pid is None


async def test_a_cancelled_call_leaves_no_process(worker: Worker) -> None:
    await worker.call(abs, 1)
    pid = worker.pid
    call = asyncio.create_task(worker.call(time.sleep, 60))
    await asyncio.sleep(0.05)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert worker.pid is None
    assert pid is not None
    assert resident_mb(pid) == 0


async def test_idle_it_ends_and_is_started_again_when_needed() -> None:
    worker = Worker(ROOMY, idle_seconds=0.1)
    first = await worker.call(os.getpid)
    await until_gone(worker)
    assert await worker.call(os.getpid) != first
    await worker.close()


@pytest.fixture(params=[InPlace, Processes])
async def workshop(request: pytest.FixtureRequest) -> AsyncIterator[Workshop]:
    one: Workshop = request.param(CONFIG)
    yield one
    await one.close()


@pytest.mark.parametrize("call", [b"", b"\0\0", (100).to_bytes(LENGTH) + b"half"])
def test_an_owner_that_is_killed_in_the_midst_of_a_call_is_no_trouble(call: bytes) -> None:
    words = (sys.executable, "-m", "darkstar_forecaster.working", "0", "10", "10")
    done = subprocess.run(words, input=call, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


async def test_forecasts_come_from_the_values_that_are_given(workshop: Workshop) -> None:
    starts = slots(NOW, 96)
    (found,) = await workshop.forecast(a_situation(), [Order(quantity="load", starts=starts)])
    assert isinstance(found, Ahead)
    assert tuple(found.slots["start"]) == starts
    assert found.slots["p50"].to_list() == pytest.approx([1.0] * 96, abs=0.1)


async def test_a_past_that_is_too_short_teaches_nothing(workshop: Workshop) -> None:
    found = await workshop.learn(a_situation(5), "load", None)
    assert found.promoted is None
    assert "14 are needed" in found.reason


async def test_training_beyond_its_limits_is_a_sentence() -> None:
    tight = Config.model_validate({"forecaster": {"train": {"max_memory_mb": 20}}})
    with pytest.raises(WorkFailedError, match="more than 20 MB"):
        await Processes(tight).learn(a_situation(), "load", None)
