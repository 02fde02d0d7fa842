"""Ten years of a house: how fast the recorder's file opens, answers and is worked out.

`PYTHONPATH=tests python -m bench.recorder_years [--years N] [--file FILE]` makes the file (see
`recorder_house`), or takes one that it made; a file of fewer years is measured and not written
about.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import structlog
from bench.percentiles import met, percentile
from bench.recorder_beside import Waits, rolled_beside
from bench.recorder_house import A_DAY, FIRST, live
from bench.recorder_rest import Rest, at_rest
from bench.report import machine, table, write_section

from darkstar_common.config import Config
from darkstar_common.runtime import Stopwatch
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.store import Asked, Details, Store, Today
from darkstar_recorder.store.questions import Span

YEARS = 10.0
SPANS: tuple[Span, ...] = ("day", "week", "month", "year", "total")
MOST_OPEN, MOST_ROLLUP, MOST_ALL, MOST_WAIT, MOST_MB = 1.0, 0.1, 60.0, 0.25, 250.0
"""Seconds to open, for any rollup, for all days, for a commit to wait; resident megabytes."""
_TIMES = 15
_HEAD = ("question", "rows", "processor", "wall", "longest by the wall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What something took, again and again [s]."""

    processor: list[float]
    wall: list[float]
    rows: int = 0

    def row(self, name: str) -> tuple[str, ...]:
        """For the table."""
        middle, wall = median(self.processor), median(self.wall)
        times = (f"{1000 * one:.0f} ms" for one in (middle, wall, max(self.wall)))
        return (name, f"{self.rows:,}", *times)


@dataclass(slots=True, kw_only=True)
class Figures:
    """All that was measured."""

    days: int
    size_mb: float
    opened: Took
    first: Waits
    answers: dict[str, Took] = field(default_factory=dict)
    rest: Rest | None = None
    load: float = 0.0

    @property
    def slowest(self) -> float:
        """Of the rollups, by the processor's time [s]."""
        return max(median(one.processor) for name, one in self.answers.items() if "rollups" in name)

    @property
    def kept(self) -> bool:
        """Whether all was as promised."""
        return (
            median(self.opened.processor) <= MOST_OPEN
            and self.slowest <= MOST_ROLLUP
            and self.first.processor <= MOST_ALL
            and _wait(self.first) <= MOST_WAIT
            and (self.rest is None or self.rest.idle_mb <= MOST_MB)
        )


def timed(work: Callable[[], int], times: int = _TIMES) -> Took:
    """How long it takes, by the thread's time and by the wall's."""
    processor, wall, rows = list[float](), list[float](), 0
    for _ in range(times):
        watch, before = Stopwatch(), time.thread_time()
        rows = work()
        processor.append(time.thread_time() - before)
        wall.append(watch.elapsed.total_seconds())
    return Took(processor=processor, wall=wall, rows=rows)


def questions(now: datetime) -> Iterator[tuple[str, Asked]]:
    """What is asked, by what it is called."""
    today = Today(house=house_of(Config()), now=now)
    spans = {"all years": FIRST, "a year": now - 365 * A_DAY, "a month": now - 30 * A_DAY}
    for by in SPANS:
        for name, start in spans.items():
            details = Details(by=by)
            yield (
                f"rollups by {by}, {name}",
                Asked(
                    what="rollups", start=start, end=now, limit=10_000, details=details, today=today
                ),
            )
    month = {"start": now - 30 * A_DAY, "end": now, "limit": 10_000}
    yield "slots, a month", Asked(what="slots", **month)  # type: ignore[arg-type]
    yield "outcomes, a month", Asked(what="outcomes", **month)  # type: ignore[arg-type]
    ahead = Details(lead_hours=12)
    yield (
        "forecasts 12 h ahead, a month",
        Asked(what="forecasts", **month, details=ahead),  # type: ignore[arg-type]
    )


def opening(path: Path) -> Took:
    """How long the file takes to open, of three times."""

    def opened() -> int:
        Store(path).close()
        return 0

    return timed(opened, 3)


def asking(path: Path, now: datetime) -> dict[str, Took]:
    """How long each question takes, until its rows are there."""
    store = Store(path)
    found = {}
    for name, asked in questions(now):
        found[name] = timed(lambda one=asked: store.answer(one, timedelta(minutes=1)).row_count)  # type: ignore[misc]
    store.close()
    return found


def section(found: Figures) -> str:
    """What goes onto the page."""
    opened = found.opened
    lines = [_about(found), ""]
    lines.append(
        f"- Opened in {median(opened.processor):.2f} s, {median(opened.wall):.2f} s by the wall "
        f"(at most {MOST_OPEN:g} s: {met(median(opened.processor), MOST_OPEN)})."
    )
    lines.append(
        f"- Slowest rollup {1000 * found.slowest:.0f} ms (at most {1000 * MOST_ROLLUP:g} ms: "
        f"{met(found.slowest, MOST_ROLLUP)})."
    )
    lines.extend(_first(found.first))
    if found.rest is not None:
        lines.append(_rest(found.rest))
    rows = [took.row(name) for name, took in found.answers.items()]
    return "\n".join([*lines, "", table(_HEAD, rows)])


def _about(found: Figures) -> str:
    return (
        "## Ten years in the recorder's file\n\n"
        f"`make bench-recorder ARGS=recorder_years` on {machine()}: {found.days * 96:,} slots with "
        "prices, plans and labels, load and PV forecasts of two days each, four a day and hourly "
        f"in the last ninety days: {found.size_mb:.0f} MB. The machine had a load of "
        f"{found.load:.1f} on its cores{_favoured()}, so opening, answers and the working out are "
        "held against the processor's time: each has one thread, and a quiet machine takes no "
        "longer."
    )


def _favoured() -> str:
    """Whether this ran before other work of the machine, in words."""
    given = -os.getpriority(os.PRIO_PROCESS, 0)
    return f" by other work, which gave way to this (nice -{given})" if given > 0 else ""


def _first(first: Waits) -> list[str]:
    worked_out = (
        f"- All days worked out for the first time in {first.processor:.0f} s, "
        f"{first.whole:.0f} s by the wall (at most {MOST_ALL:g} s: "
        f"{met(first.processor, MOST_ALL)}), with questions beside it, four a second at most: of "
        f"{len(first.answers)}, {first.refused} were refused; there were rows or a sentence after "
        f"{1000 * median(first.answers):.0f} ms, at most {1000 * max(first.answers):.0f} ms."
    )
    recorded = (
        f"- Beside it {len(first.commits)} messages were recorded, 8 a second. Commits took "
        f"{_times(first.commits)}; with nothing beside them {_times(first.alone)}: a wait of "
        f"{1000 * _wait(first):.0f} ms (at most {1000 * MOST_WAIT:g} ms: "
        f"{met(_wait(first), MOST_WAIT)})."
    )
    return [worked_out, recorded]


def _wait(first: Waits) -> float:
    """By how much the 99th percentile of commits is longer than with nothing beside them [s]."""
    return max(0.0, percentile(first.commits, 99) - percentile(first.alone, 99))


def _times(took: list[float]) -> str:
    shown = (f"{1000 * percentile(took, share):.0f}" for share in (50, 99, 100))
    return f"{' / '.join(shown)} ms (median / p99 / longest)"


def _rest(rest: Rest) -> str:
    return (
        f"- `darkstar-recorder` on this file, {rest.seconds:.0f} s after its start: "
        f"{rest.idle_mb:.0f} MB resident (at most {MOST_MB:g} MB: {met(rest.idle_mb, MOST_MB)}); "
        f"after rollups of all its days and months {rest.asked_mb:.0f} MB."
    )


def measured(path: Path, days: int) -> Figures:
    """Work all of it out, open it again, ask, and let the recorder rest on it."""
    now = FIRST + days * A_DAY
    first = asyncio.run(rolled_beside(path, now))
    figures = Figures(
        days=days, size_mb=path.stat().st_size / 1e6, opened=opening(path), first=first
    )
    figures.answers = asking(path, now)
    figures.rest = asyncio.run(at_rest(path, FIRST, now))
    figures.load = os.getloadavg()[1]
    return figures


def main() -> None:
    """Make the file, measure, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=float, default=YEARS)
    parser.add_argument("--file", type=Path, help="made before; it is copied")
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    days = int(wanted.years * 365.25)
    with tempfile.TemporaryDirectory(prefix="recorder-") as directory:
        path = Path(directory) / "history.duckdb"
        if wanted.file is not None:
            shutil.copy(wanted.file, path)
        else:
            store = Store(path)
            live(store, days, lambda done, of: print(f"{done} of {of} days", file=sys.stderr))  # noqa: T201 (progress)
            store.close()
        figures = measured(path, days)
    text = section(figures)
    print(text)  # noqa: T201 (what it is for)
    if wanted.years == YEARS:
        write_section("recorder_years", text)
    raise SystemExit(not figures.kept)


if __name__ == "__main__":
    main()
