"""What the second objective does to real plans: `python -m bench.calm_days` from `tests`."""

from __future__ import annotations

import argparse
import json

from bench.planner_cases import battery_only, with_heater
from bench.planner_days import days
from bench.report import table

from darkstar_common.runtime import Stopwatch
from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.calm import calm
from darkstar_planner.core.finish import finish
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.solve import solve
from darkstar_planner.core.solver import Solved

HEAD = ("day", "switches", "sum of power changes", "money spent", "time")


def row(name: str, problem: Problem) -> tuple[str, ...]:
    """One day before and after: switches, movement [kW], money [SEK], time of it [ms]."""
    found = solve(problem)
    if not isinstance(found, Solved):
        return (name, "no plan", "", "", "")
    watch = Stopwatch()
    made = finish(problem, found)
    spent_ms = 1000 * watch.elapsed.total_seconds()
    was, now = calm(problem, found.dispatch), calm(problem, made.dispatch)
    paid = [accounts(problem, one.dispatch).objective for one in (found, made)]
    return (
        name,
        f"{was.switches} → {now.switches}",
        f"{was.moved_kw:.0f} → {now.moved_kw:.0f} kW",
        f"{paid[1] - paid[0]:.3f}",
        f"{spent_ms:.0f} ms",
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="calm-days", description=__doc__)
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--slots", type=int, default=192)
    parser.add_argument("--heater", action="store_true", help="with a water heater as well")
    options = parser.parse_args()
    make = with_heater if options.heater else battery_only
    rows = [
        row(str(day.number + 1), read_problem(json.dumps(make(day, options.slots))))
        for day in days(options.days)
    ]
    print(table(HEAD, rows))  # noqa: T201 (a command line)


if __name__ == "__main__":
    main()
