"""`make bench-planner`: how long a plan takes, how much of it is proven, beside the reference."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from bench.planner_cases import CASES, Case, a_slot_later, read, with_heater
from bench.planner_days import Day, days, real
from bench.reference_model import Reference, solve_reference
from bench.report import machine, table, write_section

from darkstar_common.launcher.fleet import console_script
from darkstar_common.runtime import Stopwatch
from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Solution

REPLAN_SLOTS, REPLAN_TARGET = 192, 0.5
MEMORY_TARGET_MB = 150
# a load of the last quarter of an hour that is mostly this benchmark's own
QUIET = 1.5
# a small process starts the planner and says what that took at most [KiB]: a child's figure
# would else include what its parent held when it forked
PEAK_OF = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
sys.stderr.write(str(os.wait4(child, 0)[2].ru_maxrss))
"""


@dataclass(slots=True)
class Figures:
    """What one case came to, day by day.

    Attributes:
        seconds: As the wall's clock has it.
        cpu: What the processor spent on it [s]; a plan has one thread, so a quiet
            machine takes no longer.
    """

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    unproven: int = 0
    faults: int = 0
    beside: list[tuple[float, float, Reference]] = field(default_factory=list)

    def take(self, problem: Problem) -> Solution:
        """Plan `problem` and note how it went."""
        watch, before = Stopwatch(), _cpu()
        made = plan(problem)
        self.seconds.append(watch.elapsed.total_seconds())
        self.cpu.append(_cpu() - before)
        self.gaps.append(float("inf") if made.gap is None else made.gap)
        self.unproven += made.status != "optimal"
        self.faults += not made.checks.passed
        return made


def measure(case: Case, some: Sequence[Day], *, limit: float) -> Figures:
    """Every day of `case`, and the first ones by the reference model as well."""
    figures = Figures()
    for number, day in enumerate(some):
        problem = read(case.make(day, case.slots))
        made = figures.take(problem)
        if number < case.reference_days:
            other = solve_reference(problem, seconds=limit)
            figures.beside.append((figures.seconds[-1], made.objective, other))
    _say(case.name, figures)
    return figures


def measure_again(some: Sequence[Day]) -> Figures:
    """Each day's plan a slot later, the earlier one its hint."""
    figures = Figures()
    for day in some:
        earlier = plan(read(with_heater(day, REPLAN_SLOTS)))
        figures.take(read(a_slot_later(day, REPLAN_SLOTS, earlier)))
    _say("re-plan", figures)
    return figures


def peak_memory(some: Sequence[Day]) -> list[float]:
    """What `darkstar-planner solve` holds at most for each day with a heater [MB]."""
    found = []
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "problem.json"
        for day in some:
            path.write_text(json.dumps(with_heater(day, REPLAN_SLOTS)), encoding="utf-8")
            command = (sys.executable, "-c", PEAK_OF, console_script("darkstar-planner"), "solve")
            run = subprocess.run((*command, path), capture_output=True, text=True, check=True)
            found.append(int(run.stderr) / 1024)
    return found


def _cpu() -> float:
    """What this process took of the processor so far [s]."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _say(name: str, figures: Figures) -> None:
    line = (
        f"{name}: median {_median(figures.seconds):.2f} s, p95 {_p95(figures.seconds):.2f} s; "
        f"of the processor {_median(figures.cpu):.2f} s, {_p95(figures.cpu):.2f} s"
    )
    print(line, flush=True)  # noqa: T201 (a command line)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def _p95(values: Sequence[float]) -> float:
    """The 95th percentile, no value between two that were measured."""
    return float(np.percentile(values, 95, method="higher"))


def _row(name: str, slots: int, target: float, figures: Figures, *, quiet: bool) -> tuple[str, ...]:
    wall, cpu = _p95(figures.seconds), _p95(figures.cpu)
    met = wall if quiet else cpu
    unproven = f", {figures.unproven} unproven" if figures.unproven else ""
    return (
        name,
        str(slots),
        str(len(figures.seconds)),
        f"{_median(figures.cpu):.2f} s",
        f"{cpu:.2f} s",
        f"{_median(figures.seconds):.2f} / {wall:.2f} s",
        f"{target:g} s",
        "yes" if met <= target else "**no**",
        f"{_median(figures.gaps):.3f} / {max(figures.gaps):.3f}{unproven}",
        str(figures.faults),
    )


def _beside(rows: Iterable[tuple[Case, Figures]]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for case, figures in rows:
        for number, (seconds, objective, other) in enumerate(figures.beside):
            times = f"{other.seconds / seconds:.1f}"
            ended = "proven" if other.finished else "time was up"
            worth = "no plan"
            if other.objective is not None:
                worth = f"{other.objective - objective:+.3f}"
            wrong = f", {len(other.problems)} faults" if other.problems else ""
            found.append(
                (
                    case.name,
                    str(number + 1),
                    f"{seconds:.2f} s",
                    f"{other.seconds:.2f} s, {ended}",
                    times,
                    f"{objective:.2f}",
                    f"{worth}{wrong}",
                )
            )
    return found


def section(
    rows: Sequence[tuple[Case, Figures]],
    again: Figures,
    peaks: Sequence[float],
    limit: float,
    load: float,
) -> str:
    """The page's section; `load` is how many others wanted the processor, on average."""
    quiet = load < QUIET
    days_of = "a real Swedish home (summer at its own prices, winter scaled, at 2022-2024 prices)"
    source = days_of if real() else "the simulator's generator"
    head = (
        "case", "slots", "days", "median", "p95", "by the wall's clock", "target", "met",
        "gap median / max", "faults",
    )  # fmt: skip
    lines = [_row(case.name, case.slots, case.target, one, quiet=quiet) for case, one in rows]
    lines.append(_row("re-plan, battery + heater", REPLAN_SLOTS, REPLAN_TARGET, again, quiet=quiet))
    was = "The machine was quiet."
    if not quiet:
        was = (
            f"The machine was busy with other work (a load of {load:.0f} on its cores), so the "
            "targets are held against the processor's time."
        )
    beside = ("case", "day", "Darkstar", "reference", "ratio of time", "objective", "reference's")
    return (
        f"## The planner's speed\n\n`make bench-planner` on {machine()}: noisy 15-minute days of "
        f"{source}. Median and p95 are the processor's seconds for a whole plan, from the problem "
        "read to the checked solution: it has one thread, so a quiet machine takes no longer. "
        f"{was} "
        "The gap is between the plan and the proven bound, in SEK, 0.05 wanted; a fault is a plan "
        "that the checker refuses.\n\n"
        f"{table(head, lines)}\n"
        f"Peak memory of `darkstar-planner solve` as a process, 192 slots, battery + heater, "
        f"{len(peaks)} days: median {_median(peaks):.0f} MB, most {max(peaks):.0f} MB "
        f"(target {MEMORY_TARGET_MB} MB).\n\n"
        "Beside the predecessor's formulation (binaries in every slot, a slack for every gap "
        f"window, hard spacing) in CBC through PuLP, given {limit:.0f} s and the same gap. Its "
        "plans are priced by Darkstar's accounts; the last column is how much dearer they are. "
        "A gap window costs it what a quarter of an hour overdue costs Darkstar, and it knows "
        "nothing of the hours before the horizon. "
        "Darkstar gives up to half of the gap for a calmer plan, which is all that a reference "
        "below it has ahead.\n\n"
        f"{table(beside, _beside(rows))}"
    )


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-planner", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="days of each case")
    parser.add_argument("--long-days", type=int, default=30, help="of the cases over 192 slots")
    parser.add_argument("--limit", type=float, default=30.0, help="the reference's time [s]")
    parser.add_argument("--quick", action="store_true", help="3 days, and nothing is written")
    return parser.parse_args()


def main() -> None:
    """Measure and write."""
    options = _parsed()
    some = days(3 if options.quick else options.days)
    far = some if options.quick else some[: options.long_days]
    rows = [
        (case, measure(case, far if case.slots > REPLAN_SLOTS else some, limit=options.limit))
        for case in CASES
    ]
    again, peaks = measure_again(some), peak_memory(some[:5])
    text = section(rows, again, peaks, options.limit, os.getloadavg()[2])
    if not options.quick:
        write_section("planner", text)
    print(text)  # noqa: T201 (a command line)


if __name__ == "__main__":
    main()
