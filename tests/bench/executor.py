"""`make bench-executor`: how fast a wish is carried out, what a tick costs, what it wears."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.executor_core import Wear, tick_seconds, wear
from bench.executor_house import READINGS, TICKS, Bench, bench_house
from bench.percentiles import met, percentile
from bench.report import machine, table, write_section

MIB = 1024 * 1024
RATES = (0, 100, 1000)
LATENCY_MS, TICK_MS, MEMORY_MB, WRITES, EACH_MINUTE = 50.0, 10.0, 60.0, 60, 24 * 60
QUIET = 1.5
"""A load of the machine that is mostly this benchmark's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Overrides at one rate of sensor messages; times to the first and last command [s].

    Attributes:
        rate: Wanted [1/s].
        heard: What the executor heard, what the settings show included [1/s].
        busy: The executor's share of a processor [%].
    """

    rate: int
    heard: float
    first: list[float]
    last: list[float]
    busy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that was measured.

    Attributes:
        memory: Resident, proportional and its own [MiB].
        core: Times of a tick's core [s].
        ticks: How many the process made, and how many of them within the target.
        mean: Of those [s].
        load: Of the machine, over the last 5 minutes.
    """

    cases: tuple[Case, ...]
    memory: tuple[float, float, float]
    rest: float
    core: list[float]
    ticks: tuple[int, int]
    mean: float
    wear: tuple[Wear, ...]
    load: float


async def overridden(bench: Bench, rate: int, count: int) -> Case:
    """So many overrides at that rate of sensor messages."""
    if not rate:
        return await _measured(bench, rate, count)
    async with bench.flooded(rate):
        return await _measured(bench, rate, count)


async def _measured(bench: Bench, rate: int, count: int) -> Case:
    process, begin, before = bench.executor, bench.seconds(), await bench.metric(READINGS)
    process.cpu_percent()
    first, last = await bench.overrides(count)
    busy = process.cpu_percent()
    heard = (await bench.metric(READINGS) - before) / (bench.seconds() - begin)
    return Case(rate=rate, heard=heard, first=first, last=last, busy=busy)


def memory(bench: Bench) -> tuple[float, float, float]:
    """Resident, proportional and its own [MiB]."""
    info = bench.executor.memory_full_info()
    return info.rss / MIB, info.pss / MIB, info.uss / MIB


async def measure(directory: Path, *, count: int, rest: float, days: tuple[Wear, ...]) -> Figures:
    """Rest, then overrides at each rate."""
    core = tick_seconds(5 * count)
    async with bench_house(directory) as bench:
        await asyncio.sleep(rest)
        held = memory(bench)
        cases = [await overridden(bench, rate, count) for rate in RATES]
        ticks = await bench.metric(f"{TICKS}_count")
        within = await bench.metric(f'{TICKS}_bucket{{le="{TICK_MS / 1000}"}}')
        mean = await bench.metric(f"{TICKS}_sum") / ticks
    return Figures(
        cases=tuple(cases), memory=held, rest=rest, core=core, ticks=(int(ticks), int(within)),
        mean=mean, wear=days, load=os.getloadavg()[1],
    )  # fmt: skip


def section(figures: Figures) -> str:
    """The page's section."""
    quiet = percentile(figures.cases[0].first, 99)
    rows = [_latency(case, quiet) for case in figures.cases]
    head = (
        "sensor messages sent / heard a second", "overrides", "p50", "p99", "most", "p99 to quiet",
        "last command p50 / p99", "executor's processor", "p99 within 50 ms",
    )  # fmt: skip
    was = f"a load of {figures.load:.1f}, which is about what this benchmark makes"
    if figures.load > QUIET:
        was = f"busy with other work as well (a load of {figures.load:.1f} on its cores)"
    return (
        f"## The executor\n\n`make bench-executor` on {machine()}; the machine was {was}. A real "
        "broker, the executor as a process at real speed, and entities in the benchmark's own "
        "process that show at once what they are told. An override (`force_charge` and `hold` "
        "in turn, each of which writes) is timed from before it is published until its first "
        "command is on the inverter's topic; the last command of it may wait until the house "
        "shows the bounds that come first. The sensor messages are from a third process, round "
        "robin over all nine sensors that play a role, each with another value than before; heard "
        "is what the executor counted, and includes what the settings show.\n\n"
        f"{table(head, rows)}\n{_rest(figures)}\n{_wear(figures)}"
    )


def _latency(case: Case, quiet: float) -> tuple[str, ...]:
    p99 = percentile(case.first, 99)
    return (
        f"{case.rate or 'no'} / {case.heard:.0f}", str(len(case.first)),
        f"{percentile(case.first, 50) * 1000:.1f} ms", f"{p99 * 1000:.1f} ms",
        f"{max(case.first) * 1000:.1f} ms", f"{p99 / quiet:.1f}",
        " / ".join(f"{percentile(case.last, share) * 1000:.1f}" for share in (50, 99)) + " ms",
        f"{case.busy:.0f} %",
        met(p99 * 1000, LATENCY_MS),
    )  # fmt: skip


def _rest(figures: Figures) -> str:
    resident, proportional, own = figures.memory
    count, within = figures.ticks
    core = [percentile(figures.core, share) * 1000 for share in (50, 99)]
    rows = [
        ("a tick's core, p50", f"{core[0]:.2f} ms", "", ""),
        ("a tick's core, p99", f"{core[1]:.2f} ms", f"{TICK_MS:g} ms", met(core[1], TICK_MS)),
        (
            "a tick in the process, mean", f"{figures.mean * 1000:.2f} ms", f"{TICK_MS:g} ms",
            met(figures.mean * 1000, TICK_MS),
        ),
        (f"of {count} ticks within {TICK_MS:g} ms", f"{100 * within / count:.2f} %", "", ""),
        (
            f"resident after {figures.rest:.0f} s at rest", f"{resident:.0f} MB",
            f"under {MEMORY_MB:g} MB", met(resident, MEMORY_MB, below=True),
        ),
        ("of that proportional / its own", f"{proportional:.0f} / {own:.0f} MB", "", ""),
    ]  # fmt: skip
    return (
        "A tick's core is reading the house, deciding, saying it in the inverter's words and "
        f"judging each write, {len(figures.core)} times in the benchmark's process, another "
        "override each time, with a plan of 192 slots. A tick in the process also sends and "
        "records, and waits its turn among the sensor messages: it is the metric "
        f"`{TICKS}` over all of the above.\n\n"
        f"{table(('figure', 'measured', 'target', 'met'), rows)}"
    )


def _wear(figures: Figures) -> str:
    rows = [
        (
            one.profile, f"`{one.entity}`", str(one.most), f"{EACH_MINUTE / one.most:.0f}",
            str(one.total), met(one.most, WRITES, below=True),
        )
        for one in figures.wear
    ]  # fmt: skip
    head = (
        "profile", "entity written most", "writes", "a loop writes so many times more",
        "writes to all", "under 60",
    )  # fmt: skip
    return (
        "A simulated day of every intent in a house of each brand, under wavering sun and load "
        "(the closed loop of the profiles' tests); a loop that writes each minute makes "
        f"{EACH_MINUTE} writes to each entity.\n\n{table(head, rows)}"
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="bench-executor", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth; nothing is written")
    quick = parser.parse_args().quick
    days = tuple(wear(("deye",) if quick else None))
    with tempfile.TemporaryDirectory() as directory:
        count, rest = (20, 5.0) if quick else (200, 60.0)
        figures = asyncio.run(measure(Path(directory), count=count, rest=rest, days=days))
    text = section(figures)
    if not quick:
        write_section("executor", text)
    print(text)  # noqa: T201 (a command line)


if __name__ == "__main__":
    main()
