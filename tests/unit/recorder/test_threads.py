"""Threads beside the loop."""

from __future__ import annotations

import asyncio
import threading

from darkstar_recorder.threads import OneThread


async def test_the_loop_turns_while_a_thread_is_waited_for_and_a_cancel_waits_too() -> None:
    thread, may_end = OneThread("copy"), threading.Event()
    copying = asyncio.create_task(thread(may_end.wait))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(thread.stopped())
    for _ in range(3):
        await asyncio.sleep(0)
        stopping.cancel()
        await asyncio.sleep(0)
        assert not stopping.done()
    may_end.set()
    async with asyncio.timeout(10):
        await stopping
        assert await copying
