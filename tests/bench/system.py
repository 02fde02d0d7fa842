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
        together = {name: _started(visitor, name) for name in SERVICES}
        memory = _memory(visitor)
        alone = {name: await _again(visitor, name) for name in SERVICES}
        return _section(memory, together, alone, first)


def _started(visitor: Visitor, name: str) -> float:
    """From the start of the process to ready [s]."""
    status: ServiceStatus = visitor.latest[f"service/{name}/status"]
    assert status.started_at is not None
    born = psutil.Process(visitor.house.fleet.children[name].pid).create_time()
    return float(status.started_at.timestamp() - born)


async def _again(visitor: Visitor, name: str) -> float:
    """The same for a service that is killed and comes back while the others are at rest."""
    before = visitor.latest[f"service/{name}/status"].started_at

    def back() -> bool:
        status: ServiceStatus = visitor.latest[f"service/{name}/status"]
        return status.online and status.started_at != before

    visitor.kill(name)
    await visitor.until(back, seconds=20, what=f"{name} back")
    await asyncio.sleep(5)
    return _started(visitor, name)


def _memory(visitor: Visitor) -> dict[str, tuple[float, float]]:
    """Resident and proportional memory of each process [MiB]."""
    found = {}
    for name, child in visitor.house.fleet.children.items():
        memory = psutil.Process(child.pid).memory_full_info()
        found[name] = (memory.rss / MIB, memory.pss / MIB)
    return found


def _section(
    memory: dict[str, tuple[float, float]],
    together: dict[str, float],
    alone: dict[str, float],
    first: float,
) -> str:
    rows = []
    for name, (resident, proportional) in memory.items():
        times = [f"{times[name]:.1f} s" if name in times else "" for times in (alone, together)]
        rows.append((name, f"{resident:.0f} MB", f"{proportional:.0f} MB", *times))
    sums = [f"**{sum(one[place] for one in memory.values()):.0f} MB**" for place in (0, 1)]
    rows.append(("**together**", *sums, "", ""))
    head = ("process", "resident", "proportional", "ready, alone", "ready, all at once")
    return (
        f"## The whole at rest\n\n`make bench` on {machine()}: a house in real time, "
        f"{REST_SECONDS} s after the first schedule. Resident memory counts shared libraries in "
        "every process, proportional memory once. Ready is the time from the start of the process "
        "until it has read its configuration and begins to connect: alone, when it is killed and "
        "started again while the others are at rest; all at once, when the whole is started.\n\n"
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
