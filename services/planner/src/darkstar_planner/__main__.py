"""The command `darkstar-planner`: the service, and `solve` for a problem or dump in a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from darkstar_common.contract import Service
from darkstar_common.runtime import Stopwatch, run
from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.plan import plan
from darkstar_planner.core.reading import read_problem
from darkstar_planner.service import planner

_UNUSABLE = 2
_EXAMPLE = """\
the smallest problem, two hours without a battery (the planner's README has a longer one):
  {"start": "2026-01-01T16:00:00Z", "slot_hours": 1, "import_price": [2.1, 3.4],
   "export_price": [1.2, 2.3], "load_kw": [1.5, 2.0], "pv_kw": [0, 0]}

status 0: solved, or planned by rule where the time was too short ("status": "fallback")
status 2: the problem cannot be read; one line on standard error names the field
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the service, or solve one problem."""
    options = _parser().parse_args(arguments)
    if options.command == "solve":
        _solve(options.problem)
    else:
        run(Service.PLANNER, planner)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="darkstar-planner", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="the service; what happens without a command, too")
    solve = commands.add_parser(
        "solve",
        help="solve a planning problem, print the solution",
        description="Solve one planning problem, or that of a dump of the page, and print the "
        "solution as JSON.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    solve.add_argument("problem", help="a JSON file; - reads standard input")
    return parser


def _solve(path: str) -> None:
    """Print the solution as JSON.

    Raises:
        SystemExit: 2 after one line on standard error, when the problem cannot be read.
    """
    watch = Stopwatch()
    try:
        text = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        problem = read_problem(text)
    except OSError as error:
        _fail(f"{path}: {error.strerror}")
    except ProblemError as error:
        _fail(str(error))

    def elapsed() -> float:
        return watch.elapsed.total_seconds()

    solution = plan(problem, elapsed=elapsed)
    total = elapsed()
    print(solution.model_copy(update={"total_seconds": total}).model_dump_json(indent=2))


def _fail(sentence: str) -> NoReturn:
    sys.stderr.write(f"darkstar-planner: {' '.join(sentence.split())}\n")
    raise SystemExit(_UNUSABLE)


if __name__ == "__main__":
    main()
