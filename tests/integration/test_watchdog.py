"""A process whose event loop stands still ends, and says what it was doing."""

from __future__ import annotations

import asyncio
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
    async with watchdog(timedelta(seconds=0.2)):
        pass
    time.sleep(0.6)

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


async def test_afterwards_nobody_watches(tmp_path: Path) -> None:
    assert await ended(ENDS, tmp_path) == (0, "", "")


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
