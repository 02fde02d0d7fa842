"""A process whose event loop stands still ends, and says what it was doing."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from support.broker import Mosquitto

pytestmark = pytest.mark.timeout(30)

HANGS = """
import asyncio, threading
from datetime import timedelta
from darkstar_common.runtime.watchdog import watchdog

def waits_for_ever():
    threading.Event().wait()

async def main():
    async with watchdog(timedelta(seconds=0.5)):
        await asyncio.sleep(1.5)
        print("turns", flush=True)
        waits_for_ever()

asyncio.run(main())
"""
COMPUTES = HANGS.replace("threading.Event().wait()", "sum(iter(int, 1))")
ENDS = """
import asyncio, time
from datetime import timedelta
from darkstar_common.runtime.watchdog import watchdog

async def main():
    async with watchdog(
        timedelta(seconds=0.2), speechless=timedelta(seconds=0.1), to_the_end=False
    ):
        pass
    time.sleep(0.6)

asyncio.run(main())
"""
UNREAD = """
import asyncio, sys
from datetime import timedelta
from darkstar_common.runtime.watchdog import watchdog

async def main():
    async with watchdog(timedelta(seconds=0.5), speechless=timedelta(seconds=0.5)):
        await asyncio.sleep(0)
        while True:
            sys.stderr.write("x" * 1000)

asyncio.run(main())
"""
HANGS_ON = """
import asyncio, threading
from datetime import timedelta
from darkstar_common.runtime.watchdog import watchdog

def waits_for_ever():
    threading.Event().wait()

async def main():
    async with watchdog(timedelta(seconds=0.5)):
        waiting = asyncio.create_task(asyncio.to_thread(waits_for_ever))
        await asyncio.sleep(0)
        raise ValueError("a crash")

asyncio.run(main())
"""
WORKS_FOR_EVER = """
import asyncio, threading
from datetime import timedelta
from darkstar_recorder.threads import OneThread

def waits_for_ever():
    threading.Event().wait()

async def main():
    thread = OneThread("writer", patience=timedelta(seconds=0.5))
    for _ in range(3):
        print(await thread(lambda: "done"), flush=True)
    await thread(waits_for_ever)

asyncio.run(main())
"""
SERVICE = """
import asyncio
from darkstar_common.contract import Service
from darkstar_common.runtime import run

async def main(context):
    print(sorted(one.get_name() for one in asyncio.all_tasks()), flush=True)

run(Service.EXECUTOR, main)
"""


async def ended(script: str, directory: Path, **environment: str) -> tuple[int | None, str, str]:
    """How a Python process ended, and what it said to its outputs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=directory, env=environment, stdout=PIPE, stderr=PIPE
    )
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


@pytest.mark.parametrize("script", [HANGS, COMPUTES], ids=["waits", "computes"])
async def test_a_loop_that_stands_still_ends_the_process_which_says_where_it_stood(
    script: str, tmp_path: Path
) -> None:
    code, said, complained = await ended(script, tmp_path)
    assert said == "turns\n", "it lives as long as the loop turns"
    assert code == 1
    assert "Timeout" in complained
    assert "in waits_for_ever" in complained


async def test_a_thread_of_the_recorder_that_hangs_ends_the_process_which_says_where(
    tmp_path: Path,
) -> None:
    code, said, complained = await ended(WORKS_FOR_EVER, tmp_path)
    assert code == 1
    assert said.startswith("done\ndone\ndone\n"), "each thing has its own time"
    assert "work_stands_still" in said + complained
    assert "writer" in said + complained
    assert "in waits_for_ever" in complained


async def test_afterwards_nobody_watches(tmp_path: Path) -> None:
    assert await ended(ENDS, tmp_path) == (0, "", "")


async def test_a_thread_that_hangs_does_not_keep_a_process_that_crashed(tmp_path: Path) -> None:
    code, _, complained = await ended(HANGS_ON, tmp_path)
    assert code == 1
    assert "in waits_for_ever" in complained


async def _unread(stderr: int, directory: Path) -> int:
    """How a process ended whose complaints nobody reads."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", UNREAD, cwd=directory, env={}, stderr=stderr
    )
    async with asyncio.timeout(20):
        return await process.wait()


async def test_it_ends_though_nobody_reads_what_it_says(tmp_path: Path) -> None:
    read, write = os.pipe()
    try:
        assert await _unread(write, tmp_path) == 1
    finally:
        os.close(read)
        os.close(write)


async def test_an_alarm_ends_it_where_even_the_last_words_wait(tmp_path: Path) -> None:
    """A socket cannot be opened once more, so the dump waits for its reader."""
    reader, writer = socket.socketpair()
    with reader, writer:
        assert await _unread(writer.fileno(), tmp_path) == -signal.SIGALRM


async def test_every_service_is_watched(broker: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("site: home\n")
    told = {
        "DARKSTAR_MQTT_HOST": "127.0.0.1",
        "DARKSTAR_MQTT_PORT": str(broker.port),
        "DARKSTAR_METRICS_PORT": "0",
        "DARKSTAR_STATE_DIR": str(tmp_path),
    }
    code, said, complained = await ended(SERVICE, tmp_path, **told)
    assert code == 0, complained
    assert "'watchdog'" in said
