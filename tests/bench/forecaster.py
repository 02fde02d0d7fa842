"""`make bench-forecaster`: each of the forecaster's benchmarks in a process of its own.

Each writes its own section of docs/benchmarks.md and exits with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

PARTS = ("forecaster_training", "forecaster_rest", "forecaster_accuracy")
"""Modules beside this one, each with a command line of its own."""


def main() -> None:
    """Run all of them, or those that are named.

    Raises:
        SystemExit: 1 when one of them missed a target or failed.
    """
    parser = argparse.ArgumentParser(prog="bench-forecaster", description=__doc__)
    parser.add_argument("part", nargs="*", help="default: all")
    wanted = parser.parse_args().part
    if unknown := set(wanted) - set(PARTS):
        parser.error(
            f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
        )
    missed = [
        part
        for part in wanted or PARTS
        if subprocess.run([sys.executable, "-m", f"bench.{part}"], check=False).returncode
    ]
    if missed:
        sys.stderr.write(f"bench-forecaster: not as promised: {', '.join(missed)}\n")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
