"""`make bench-gateway`: how fast the gateway answers, what pages cost it, what the page weighs."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from bench.gateway_house import DAYS, Bench, bench_house
from bench.percentiles import met, percentile
from bench.report import machine, table, write_section
from websockets.asyncio.client import connect

from darkstar_gateway.api.page import STATIC

RATE, PAGES, PACE_SECONDS = 50, 200, 5.0
P50_MS, P95_MS, BUSY_PERCENT, MEMORY_MB, SCRIPT_KB = 15.0, 40.0, 5.0, 120.0, 150.0
HEAVY = (
    "api/energy?period=all", "api/forecasts/days?days=14", "api/today",
    "api/executor/stats?days=31",
    "api/history/slots?start=2016-01-01T00:00:00Z&end=2016-07-01T00:00:00Z",
)  # fmt: skip
PROBLEM = Path(__file__).parents[1] / "unit/planner/dumps/summer-day.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that was measured.

    Attributes:
        quiet: Times of the bundle, at 50 requests a second [s].
        packed: The same with gzip asked for [s].
        heavy: The same while others ask for all of history [s].
        planning: The same while plans are made beside it [s].
        each: Of the processor for one bundle, not packed [s].
        busy: The gateway's share of a processor while 200 pages watch [%].
        memory: Resident at rest, and in the end [MiB].
        size: Of the bundle, plain and packed [B].
        script: All of the page's JavaScript, packed: in English, and in another language [kB].
        load: Of the machine, over the last 5 minutes.
    """

    quiet: list[float]
    packed: list[float]
    heavy: list[float]
    planning: list[float]
    each: float
    busy: float
    memory: tuple[float, float]
    size: tuple[int, int]
    script: tuple[float, float]
    load: float


async def bundles(bench: Bench, count: int, *, packing: str = "identity") -> list[float]:
    """Ask for the bundle so often, 50 times a second whatever the answers take [s]."""
    loop, times = asyncio.get_running_loop(), list[float]()
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    headers = {"accept-encoding": packing}
    async with httpx.AsyncClient(base_url=bench.url, limits=limits, headers=headers) as client:

        async def ask(at: float) -> None:
            await asyncio.sleep(max(0.0, at - loop.time()))
            due = max(at, loop.time())
            answer = await client.get("api/dashboard/bundle")
            times.append(loop.time() - due)
            answer.raise_for_status()

        await asyncio.gather(*(client.get("api/version") for _ in range(8)))
        began = loop.time() + 0.1
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(ask(began + number / RATE))
    return times


@asynccontextmanager
async def asking(bench: Bench) -> AsyncIterator[None]:
    """Somebody asks for all of history, one long answer after the other."""

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=bench.url, timeout=30) as client:
            while True:
                for path in HEAVY:
                    await client.get(path)

    task = asyncio.create_task(ask())
    yield
    task.cancel()


@asynccontextmanager
async def planning() -> AsyncIterator[None]:
    """Plans are made beside it, one after the other."""

    async def plan() -> None:
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "darkstar_planner", "solve", str(PROBLEM),
                stdout=DEVNULL, stderr=DEVNULL,
            )  # fmt: skip
            await process.wait()

    task = asyncio.create_task(plan())
    yield
    task.cancel()


async def watched(bench: Bench, seconds: float) -> float:
    """The gateway's share of a processor while 200 pages watch a house at its pace [%]."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        url = bench.url.replace("http", "ws") + "api/live"
        pages = [await stack.enter_async_context(connect(url, max_size=None)) for _ in range(PAGES)]

        async def look(page: AsyncIterator[str | bytes]) -> None:
            async for _ in page:
                pass

        looking = [group.create_task(look(aiter(page))) for page in pages]
        await asyncio.sleep(3)
        bench.process.cpu_percent()
        process = bench.process
        process.cpu_percent()
        loop = asyncio.get_running_loop()
        began, number = loop.time(), 0
        while loop.time() - began < seconds:
            await bench.say(number)
            number += 1
            await asyncio.sleep(PACE_SECONDS)
        busy = float(process.cpu_percent())
        for one in looking:
            one.cancel()
    return busy


def script_kb() -> tuple[float, float]:
    """All of the page's JavaScript as it is sent: in English, and with Swedish [kB]."""
    found = STATIC.glob("assets/*.js")
    sizes = {one.name: len(gzip.compress(one.read_bytes(), mtime=0)) / 1000 for one in found}
    swedish = sum(size for name, size in sizes.items() if name.startswith("sv-"))
    return sum(sizes.values()) - swedish, sum(sizes.values())


async def measure(directory: Path, count: int, seconds: float) -> Figures:
    """Everything, one thing after the other."""
    async with bench_house(directory) as bench:
        await asyncio.sleep(3)
        rest = bench.resident_mb
        before = sum(bench.process.cpu_times()[:2])
        quiet = await bundles(bench, count)
        each = (sum(bench.process.cpu_times()[:2]) - before) / count
        packed = await bundles(bench, count, packing="gzip")
        busy = await watched(bench, seconds)
        async with asking(bench):
            heavy = await bundles(bench, count)
        async with planning():
            beside = await bundles(bench, count)
        async with httpx.AsyncClient(base_url=bench.url) as client:
            plain = await client.get(
                "api/dashboard/bundle", headers={"accept-encoding": "identity"}
            )
            small = await client.get("api/dashboard/bundle")
        size = (len(plain.content), int(small.headers["content-length"]))
        return Figures(
            quiet=quiet, packed=packed, heavy=heavy, planning=beside, each=each, busy=busy,
            memory=(rest, bench.resident_mb), size=size, script=script_kb(),
            load=os.getloadavg()[1],
        )  # fmt: skip


def section(figures: Figures) -> str:
    """The page's section."""
    cases = (
        ("alone", figures.quiet), ("alone, packed", figures.packed),
        ("while others ask for all of history", figures.heavy),
        ("while plans are made beside it", figures.planning),
    )  # fmt: skip
    rows = [_latency(name, times) for name, times in cases]
    head = (
        "the bundle, 50 times a second",
        "requests",
        "p50",
        "p95",
        "most",
        "p50 ≤ 15, p95 ≤ 40 ms",
    )
    rest, end = figures.memory
    others = [
        ("of the processor for one bundle", f"{figures.each * 1000:.1f} ms", "", ""),
        (
            f"{PAGES} pages watch a house that tells its state every {PACE_SECONDS:g} s",
            f"{figures.busy:.1f} % of a core", f"{BUSY_PERCENT:g} %",
            met(figures.busy, BUSY_PERCENT),
        ),
        ("resident at the start", f"{rest:.0f} MB", f"{MEMORY_MB:g} MB", met(rest, MEMORY_MB)),
        ("resident in the end", f"{end:.0f} MB", f"{MEMORY_MB:g} MB", met(end, MEMORY_MB)),
        *(
            (
                f"all JavaScript of the page, packed, {what}", f"{script:.1f} kB",
                f"{SCRIPT_KB:g} kB", met(script, SCRIPT_KB),
            )
            for what, script in zip(("in English", "in Swedish"), figures.script, strict=True)
        ),
    ]  # fmt: skip
    return (
        f"## The gateway\n\n`make bench-gateway` on {machine()}, with a load of "
        f"{figures.load:.1f}. A real broker, the gateway and a recorder with {DAYS} days behind it "
        "as processes at real speed; requests and pages are made by the benchmark's own process on "
        "the same machine, at their times whatever the answers take. The bundle is "
        f"{figures.size[0] / 1000:.0f} kB, {figures.size[1] / 1000:.0f} kB packed.\n\n"
        f"{table(head, rows)}\n{table(('figure', 'measured', 'target', 'met'), others)}"
    )


def _latency(name: str, times: list[float]) -> tuple[str, ...]:
    p50, p95 = (percentile(times, share) * 1000 for share in (50, 95))
    within = "yes" if p50 <= P50_MS and p95 <= P95_MS else "**no**"
    most = f"{max(times) * 1000:.1f} ms"
    return (name, str(len(times)), f"{p50:.1f} ms", f"{p95:.1f} ms", most, within)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="bench-gateway", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth; nothing is written")
    quick = parser.parse_args().quick
    count, seconds = (200, 10.0) if quick else (1500, 60.0)
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as directory:
        figures = asyncio.run(measure(Path(directory), count, seconds))
    text = section(figures)
    if not quick:
        write_section("gateway", text)
    print(text)  # noqa: T201 (a command line)


if __name__ == "__main__":
    main()
