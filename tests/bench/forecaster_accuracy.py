"""How good the forecasts are on real houses and a real market, where their data is at hand.

What is measured, and how, is in the module of each quantity; here it is put on the page.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from bench.planner_days import REAL
from bench.report import machine, table, write_section

from darkstar_common.runtime.clock import Stopwatch

MODULES: Mapping[str, str] = {
    "load": "bench.forecaster_load",
    "pv": "bench.forecaster_pv",
    "price": "bench.forecaster_prices",
}
"""Each has `measure(directory)`, whose figures have their unit in their name."""
WANTED: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "load": {
        "load_fr_rmse_of_last_day_share": (0.0, 0.8),
        "load_fr_rmse_of_week_mean_share": (0.0, 0.9),
        "load_se4_mae_skill_over_best_naive": (0.15, 1.0),
        "load_se4_coverage_share": (0.75, 0.85),
    },
    "pv": {
        "pv_skill_by_mae": (0.15, 1.0),
        "pv_coverage_share": (0.75, 0.85),
        "pv_bias_share": (-0.05, 0.05),
    },
    "price": {
        "day_2_skill_over_last_week": (0.15, 1.0),
        "day_2_coverage_share": (0.75, 0.85),
    },
}
"""What is promised: from, to."""


def measure(quantity: str, directory: Path) -> dict[str, float]:
    """The figures of one quantity, in a process of their own."""
    words = ("-m", "bench.forecaster_accuracy", "--one", quantity, "--data", str(directory))
    done = subprocess.run(
        [sys.executable, *words], check=True, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def section(found: Mapping[str, tuple[float, Mapping[str, float]]]) -> str:
    """The page's text; the seconds that each took, and its figures."""
    head = (
        f"## How good the forecasts are\n\n`make bench-forecaster` on {machine()}, rolling over "
        "real data as `tests/bench/forecaster_load.py`, `…_pv.py` and `…_prices.py` say; nothing "
        "is used that was not known at the issue time."
    )
    parts = [head]
    for quantity, (seconds, figures) in found.items():
        rows = [
            (name.replace("_", " "), f"{value:.4g}", _wanted(quantity, name, value))
            for name, value in figures.items()
        ]
        rows.append(("seconds for all of it", f"{seconds:.0f}", ""))
        parts.append(f"{quantity}:\n\n{table(('figure', 'measured', 'wanted'), rows)}")
    return "\n\n".join(parts)


def _wanted(quantity: str, name: str, value: float) -> str:
    """What was promised of a figure, and whether it is kept."""
    if name not in WANTED[quantity]:
        return ""
    low, high = WANTED[quantity][name]
    return f"{low:g} to {high:g}" + ("" if low <= value <= high else ": **no**")


def kept_to(found: Mapping[str, tuple[float, Mapping[str, float]]]) -> bool:
    """Whether all that is promised is kept; what was not measured is not."""
    return all(
        low <= found[quantity][1].get(name, math.nan) <= high
        for quantity, wanted in WANTED.items()
        for name, (low, high) in wanted.items()
    )


def main() -> None:
    """Measure and write.

    Raises:
        SystemExit: 1 where the data is not at hand, or a promise is not kept.
    """
    parser = argparse.ArgumentParser(prog="bench-forecaster-accuracy", description=__doc__)
    parser.add_argument("--data", type=Path, default=REAL, help="where the CSV files are")
    parser.add_argument("--one", choices=MODULES, help="measure this one here, and print it")
    options = parser.parse_args()
    if options.one:
        figures = import_module(MODULES[options.one]).measure(options.data)
        sys.stdout.write(json.dumps(dict(figures)) + "\n")
        return
    if not options.data.is_dir():
        sys.stderr.write(f"bench-forecaster: there is no real data in {options.data}\n")
        raise SystemExit(1)
    found = {}
    for quantity in MODULES:
        watch = Stopwatch()
        figures = measure(quantity, options.data)
        found[quantity] = (watch.elapsed.total_seconds(), figures)
    text = section(found)
    write_section("forecaster_accuracy", text)
    sys.stdout.write(text)
    if not kept_to(found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
