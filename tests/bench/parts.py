"""Benchmarks of several parts, each in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence


def run(name: str, parts: Sequence[str], description: str | None) -> None:
    """Run all `parts`, modules beside this one, or those that the command line names.

    Each writes its own section of docs/benchmarks.md and exits with 1 where a target is missed.

    Raises:
        SystemExit: 1 when one of them missed a target or failed.
    """
    parser = argparse.ArgumentParser(prog=name, description=description)
    parser.add_argument("part", nargs="*", help="default: all")
    wanted = parser.parse_args().part
    if unknown := set(wanted) - set(parts):
        parser.error(
            f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(parts)}"
        )
    missed = [
        part
        for part in wanted or parts
        if subprocess.run([sys.executable, "-m", f"bench.{part}"], check=False).returncode
    ]
    if missed:
        sys.stderr.write(f"{name}: not as promised: {', '.join(missed)}\n")
        raise SystemExit(1)
