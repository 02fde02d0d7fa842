"""`make fuzz`: thousands of problems of every kind, and what is wrong with any plan."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter

from support.any_problem import a_slot_later, any_problem
from support.whole_plan import Document, wrongs

from darkstar_common.runtime import Stopwatch
from darkstar_planner.core.plan import plan
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.solution import Solution

AGAIN = 4
"""Every so manieth problem is planned again a slot later, with the plan as its hint."""


def tried(seed: int) -> tuple[str, list[str]]:
    """How the plan of `seed` ended, and what is wrong with it."""
    document = any_problem(seed)
    made = _planned(document)
    found = wrongs(document, made)
    if seed % AGAIN == 0:
        later = a_slot_later(document, made.model_dump(mode="json"))
        found += [f"again: {one}" for one in wrongs(later, _planned(later))]
    return made.status, found


def _planned(document: Document) -> Solution:
    """The plan, by the clock on the wall."""
    watch = Stopwatch()
    problem = read_problem(json.dumps(document))
    return plan(problem, elapsed=lambda: watch.elapsed.total_seconds())  # noqa: PLW0108 (the watch runs on)


def main() -> None:
    """Try, report, and fail if anything was wrong."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    statuses, bad, slowest = Counter[str](), 0, (0.0, 0)
    for seed in range(options.first, options.first + options.count):
        watch = Stopwatch()
        status, found = tried(seed)
        slowest = max(slowest, (watch.elapsed.total_seconds(), seed))
        statuses[status] += 1
        bad += bool(found)
        if found:
            print(f"seed {seed}: {status}: {'; '.join(found)}", flush=True)  # noqa: T201 (a command line)
    ends = ", ".join(f"{number} {status}" for status, number in sorted(statuses.items()))
    slow = f"the slowest took {slowest[0]:.1f} s (seed {slowest[1]})"
    print(f"{options.count} problems: {ends}; {bad} with something wrong; {slow}")  # noqa: T201 (a command line)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
