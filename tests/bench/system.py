"""`make bench`: how much memory the whole takes at rest, and how fast each service starts."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import psutil
from bench.report import machine, table, write_section
from support.running import Visitor, running_house

from darkstar_common.contract import ServiceStatus
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.run import Options, prepare

REST_SECONDS = 90
MIB = 1024 * 1024


async def measure(directory: Path) -> str:
    """Start a house in real time, let it settle, and read the figures."""
    options = Options(directory=directory / "run")
    trial = await asyncio.to_thread(prepare, options)
    async with running_house(trial) as visitor:
        first = await visitor.until(lambda: bool(visitor.schedules), seconds=60, what="a schedule")
        await asyncio.sleep(REST_SECONDS)
        return _section(visitor, first)


def _section(visitor: Visitor, first: float) -> str:
    rows, total, shared = [], 0.0, 0.0
    for name, child in visitor.house.fleet.children.items():
        process = psutil.Process(child.pid)
        memory = process.memory_full_info()
        total, shared = total + memory.rss / MIB, shared + memory.pss / MIB
        status: ServiceStatus | None = visitor.latest.get(f"service/{name}/status")
        started = ""
        if name in SERVICES and status is not None and status.started_at is not None:
            started = f"{status.started_at.timestamp() - process.create_time():.2f} s"
        rows.append((name, f"{memory.rss / MIB:.0f} MB", f"{memory.pss / MIB:.0f} MB", started))
    rows.append(("**together**", f"**{total:.0f} MB**", f"**{shared:.0f} MB**", ""))
    head = ("process", "resident", "proportional", "from start of the process to ready")
    return (
        f"## The whole at rest\n\n`make bench` on {machine()}: a house in real time, "
        f"{REST_SECONDS} s after the first schedule. Resident memory counts shared libraries in "
        "every process, proportional memory once. Ready is when the service has read its "
        "configuration, and begins to connect.\n\n"
        f"{table(head, rows)}\nFirst schedule {first:.1f} s after the last service was started.\n"
    )


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as directory:
        text = asyncio.run(measure(Path(directory)))
    write_section("system", text)
    print(text)  # noqa: T201 (a command line)


if __name__ == "__main__":
    main()
