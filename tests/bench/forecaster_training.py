"""How long training on a year takes, and a forecast of a week, and in how much memory.

Each quantity is trained in a process of its own, as the service does it: first the model of all
days alone, then all that the service does until a model comes into use.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.forecaster_house import CONFIG, a_year, keep, kept, week_ahead
from bench.report import machine, table, write_section

from darkstar_common.contract import Quantity
from darkstar_common.runtime.clock import Stopwatch
from darkstar_forecaster.core.method import Trained

QUANTITIES: tuple[Quantity, ...] = ("load", "pv", "price")
TRAIN_SECONDS, TRAIN_MB, FORECAST_SECONDS = 60.0, 500.0, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One quantity.

    Attributes:
        train_seconds: the model of all days, by the wall's clock.
        processor_seconds: the same, of all threads.
        lesson_seconds: of all threads: a candidate without the days held out, the comparison on
            these, and where it is better the model of all days.
        first_seconds: a forecast of seven days in a process that has made none yet.
        again_seconds: the next one.
        peak_mb: of the process, at its most, with all libraries.
    """

    quantity: str
    train_seconds: float
    processor_seconds: float
    lesson_seconds: float
    first_seconds: float
    again_seconds: float
    peak_mb: float
    said: str


def measure(quantity: Quantity, directory: Path) -> Measured:
    """Train and forecast here."""
    from darkstar_forecaster.core.methods import METHODS, learn  # noqa: PLC0415 (counted in)

    known = kept(directory)
    method, starts = METHODS[quantity], week_ahead()
    watch, before = Stopwatch(), _processor_seconds()
    outcome = method.train(known, CONFIG)
    trained, used = watch.elapsed.total_seconds(), _processor_seconds() - before
    model = outcome if isinstance(outcome, Trained) else None
    ahead = []
    for _ in range(4):
        watch = Stopwatch()
        method.forecast(known, CONFIG, model, starts)
        ahead.append(watch.elapsed.total_seconds())
    before = _processor_seconds()
    lesson = learn(known, CONFIG, quantity)
    return Measured(
        quantity=quantity,
        train_seconds=trained,
        processor_seconds=used,
        lesson_seconds=_processor_seconds() - before,
        first_seconds=ahead[0],
        again_seconds=sorted(ahead[1:])[1],
        peak_mb=_peak_mb(),
        said=lesson.reason,
    )


def _processor_seconds() -> float:
    """Of all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    """The most that was resident; what getrusage tells is at least what the parent had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def elsewhere(quantity: str, directory: Path) -> Measured:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "bench.forecaster_training", "--one", quantity]
    done = subprocess.run(
        [*command, "--house", str(directory)], check=True, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
    )  # fmt: skip
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def section(found: list[Measured]) -> tuple[str, bool]:
    """The page's text, and whether all is as promised."""
    train = sum(one.train_seconds for one in found)
    processor = sum(one.processor_seconds for one in found)
    lessons = sum(one.lesson_seconds for one in found)
    peak = max(one.peak_mb for one in found)
    ahead = sum(one.again_seconds for one in found)
    kept_to = min(train, processor) < TRAIN_SECONDS and peak < TRAIN_MB and ahead < FORECAST_SECONDS
    rows = [
        (
            one.quantity, f"{one.train_seconds:.1f} s", f"{one.processor_seconds:.1f} s",
            f"{one.lesson_seconds:.1f} s", f"{one.peak_mb:.0f} MB",
            f"{one.first_seconds:.2f} s", f"{one.again_seconds:.2f} s", one.said,
        )
        for one in found
    ]  # fmt: skip
    rows.append(
        (
            "**together**", f"{train:.1f} s", f"**{processor:.1f} s** of {TRAIN_SECONDS:.0f}",
            f"{lessons:.1f} s", f"**{peak:.0f} MB** of {TRAIN_MB:.0f}", "",
            f"**{ahead:.2f} s** of {FORECAST_SECONDS:.0f}", "",
        )
    )  # fmt: skip
    head = (
        "quantity", "training, wall", "training, processor", "lesson, processor", "memory",
        "first forecast", "each further one", "what the lesson came to",
    )  # fmt: skip
    text = (
        f"## Training and forecasting\n\n`make bench-forecaster` on {machine()}: a made-up house, "
        "a year of 15-minute slots with weather, each quantity in a process of its own, one after "
        "the other. Training is the model of all days; the lesson is all that the service does, "
        "with a candidate that does not know the days held out and the comparison on these. The "
        f"machine had a load of {os.getloadavg()[2]:.1f} on its cores, so the time of the "
        "processor, all threads together, is held against the target: a quiet machine takes no "
        "longer. Memory is the most that the process had, with Python and all libraries. A "
        f"forecast is of seven days.\n\n{table(head, rows)}"
    )
    return text, kept_to


def main() -> None:
    """Measure and write.

    Raises:
        SystemExit: 1 where it is not as promised.
    """
    parser = argparse.ArgumentParser(prog="bench-forecaster-training", description=__doc__)
    parser.add_argument("--one", choices=QUANTITIES, help="measure this one here, and print it")
    parser.add_argument("--house", type=Path, help="where the house was written down")
    options = parser.parse_args()
    if options.one:
        sys.stdout.write(json.dumps(asdict(measure(options.one, options.house))) + "\n")
        return
    with tempfile.TemporaryDirectory(prefix="forecaster-year-") as name:
        keep(a_year(), Path(name))
        found = [elsewhere(one, Path(name)) for one in QUANTITIES]
    text, kept_to = section(found)
    write_section("forecaster_training", text)
    sys.stdout.write(text)
    if not kept_to:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
