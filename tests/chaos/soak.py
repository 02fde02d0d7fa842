"""`make soak`: days of a house at high speed; does any process grow?"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from bench.report import machine, table
from chaos.campaign import watched
from chaos.house import ChaosHouse, chaos_house, lay_out
from chaos.report import write_section
from chaos.scratch import scratch
from chaos.slopes import Growth, Sample, growth, leaks

from darkstar_common.launcher.fleet import BROKER, SERVICES

MIB = 1024 * 1024
WATCHED = (BROKER, *SERVICES)
RECORDER, CACHE = "recorder", "recorder: DuckDB's"
"""What DuckDB keeps of the file fills up to a limit; it is told apart from what has none."""
CACHE_MIB = 96e6 / MIB
"""DuckDB's limit, as the recorder sets it."""
_STARTING = timedelta(minutes=5)
_HEAD = ("process", "memory, first fifth", "last fifth", "growth a day", "files, most", "growth")


@dataclass(slots=True)
class Soak:
    """Samples of a running house."""

    house: ChaosHouse
    begin: datetime
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)

    async def run(self, days: float, every: timedelta) -> None:
        """Take samples for `days`, one `every` so often, both in the house's time."""
        end = self.begin + timedelta(days=days)
        while (now := self.house.clock.now()) < end:
            for name in WATCHED:
                self._sample(name, (now - self.begin) / timedelta(days=1))
            await self.house.clock.sleep(every)
        self.deaths = {name: self.house.fleet.children[name].deaths for name in WATCHED}

    def _sample(self, name: str, days: float) -> None:
        try:
            process = psutil.Process(self.house.fleet.children[name].pid)
            resident, files = process.memory_info().rss / MIB, process.num_fds()
        except psutil.Error:
            return  # it is being started again, which `deaths` tells of
        sample = Sample(days=days, resident_mib=resident, files=files)
        if name == RECORDER:
            cached = self.house.cached_mib()
            if cached is None:
                return
            kept = replace(sample, resident_mib=cached, files=0)
            self.samples.setdefault(CACHE, []).append(kept)
            sample = replace(sample, resident_mib=resident - cached)
        self.samples.setdefault(name, []).append(sample)


async def run(arguments: argparse.Namespace, directory: Path) -> Soak:
    """The soak that was asked for."""
    wall = _STARTING + timedelta(days=arguments.days) / arguments.speed
    trial = await asyncio.to_thread(lay_out, directory, speed=arguments.speed, wall=wall)
    async with (
        chaos_house(trial, way="loopback") as house,
        watched(house, within=arguments.within, say=say) as watching,
    ):
        soak = Soak(house, await watching.begin())
        # so many samples as are compared with each other, and some for the warm-up
        await soak.run(arguments.days, timedelta(days=arguments.days) / arguments.samples)
    return soak


def section(
    arguments: argparse.Namespace, found: Mapping[str, Growth], broken: Sequence[str]
) -> str:
    """The figures, for docs/reliability.md."""
    words = f"--days {arguments.days:g} --speed {arguments.speed:g} --warm-up {arguments.warm_up:g}"
    rows = [
        (
            name,
            f"{one.first_mib:.0f} MiB",
            f"{one.last_mib:.0f} MiB",
            f"{one.mib_per_day:+.2f} MiB",
            f"{one.most_files:.0f}",
            f"{one.files_per_day:+.2f}",
        )
        for name, one in found.items()
    ]
    verdict = "; ".join(broken) or "no process grows"
    return (
        f'`make soak ARGS="{words}"` on {machine()}, after a warm-up of '
        f"{arguments.warm_up:g} simulated days: {verdict} (bounds: {arguments.mib:g} MiB and "
        f"{arguments.files:g} files a simulated day).\n\n{table(_HEAD, rows)}"
    )


def verdicts(soak: Soak, arguments: argparse.Namespace) -> tuple[dict[str, Growth], list[str]]:
    """How each process grew, and a sentence for each that grew too much or died."""
    found = {
        name: growth(some, warm_up_days=arguments.warm_up) for name, some in soak.samples.items()
    }
    broken = [f"{name} died {count} times" for name, count in soak.deaths.items() if count]
    for name, one in found.items():
        if name != CACHE:
            broken += leaks(name, one, mib_per_day=arguments.mib, files_per_day=arguments.files)
        elif one.last_mib > CACHE_MIB:
            broken.append(f"DuckDB holds {one.last_mib:.0f} MiB, more than {CACHE_MIB:.0f}")
    return found, broken


def say(text: str) -> None:
    """To the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--days", type=float, default=7.0, help="of the house [7]")
    parser.add_argument("--speed", type=float, default=600.0, help="how fast they pass [600]")
    parser.add_argument("--warm-up", type=float, default=1.0,
                        help="days at the start that are not judged [1]")  # fmt: skip
    parser.add_argument("--samples", type=int, default=480, help="taken in all [480]")
    parser.add_argument("--mib", type=float, default=1.0,
                        help="a process may grow by so much a simulated day [1 MiB]")  # fmt: skip
    parser.add_argument("--files", type=float, default=0.2,
                        help="and have so many more files open [0.2]")  # fmt: skip
    parser.add_argument("--within", type=float, default=120.0,
                        help="everything is there after so many seconds [120]")  # fmt: skip
    parser.add_argument(
        "--directory", type=Path, help="keeps what the run leaves; else only one that fails does"
    )
    parser.add_argument("--write", action="store_true", help="figures into docs/reliability.md")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run, tell, write; ends with 1 when a process grew."""
    arguments = _arguments(argv)
    with scratch(arguments.directory) as directory:
        soak = asyncio.run(run(arguments, directory))
        found, broken = verdicts(soak, arguments)
        text = section(arguments, found, broken)
        say(text)
        if arguments.write:
            write_section("soak", text)
        if broken:
            sys.exit(1)


if __name__ == "__main__":
    main()
