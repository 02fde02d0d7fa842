"""Ten years of a house: how fast the file opens, and how fast it answers.

`PYTHONPATH=tests python -m bench.recorder_years [--years N]` makes the file by the recorder's own
store: slots of a house with PV and a battery (sines of hour and season with noise), prices, and
four load and PV forecasts of two days for each day, which is what `recorder.keep` leaves.
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

from bench.report import machine, table, write_section

from darkstar_common.config import Config, Tariff
from darkstar_common.contract import QuantileForecast, QuantileSlot, Service
from darkstar_common.runtime import Stopwatch
from darkstar_common.slots import slots
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Asked, Batch, Details, Store
from darkstar_recorder.store.questions import Span

FIRST = datetime(2016, 1, 1, tzinfo=UTC)
HERE = ZoneInfo("Europe/Stockholm")
A_DAY = timedelta(days=1)
DAYS_AT_ONCE = 30
MEGABYTE = 1_000_000
MOST_OPEN_SECONDS, MOST_ROLLUP_MS, MOST_MB = 1.0, 100.0, 250.0
SPANS: tuple[Span, ...] = ("day", "week", "month", "year")


def an_hour(start: datetime, noise: random.Random) -> dict[str, float]:
    """A slot's energies [kWh]; they balance."""
    hour = start.hour + start.minute / 60
    season = 0.5 - 0.5 * math.cos(2 * math.pi * start.timetuple().tm_yday / 365)
    pv = max(0.0, math.sin(math.pi * (hour - 6) / 12)) * 1.6 * season * noise.random()
    load = 0.15 + 0.4 * (1 - season) + 0.3 * noise.random()
    moved = min(abs(pv - load), 1.0) * 0.8
    surplus = max(pv - load, 0.0)
    need = max(load - pv, 0.0)
    charge, discharge = (moved, 0.0) if surplus else (0.0, moved if hour > 16 else 0.0)
    return {
        "load": load, "pv": pv, "charge": charge, "discharge": discharge,
        "import": max(need - discharge, 0.0), "export": max(surplus - charge, 0.0),
        "water": 0.0, "ev": 0.0,
    }  # fmt: skip


def forecasts(day: datetime, noise: random.Random) -> Iterator[QuantileForecast]:
    """What is left of a day's forecasts: four of load and four of PV, of two days each."""
    for issued in (day + n * timedelta(hours=6) for n in range(4)):
        for quantity in ("load", "pv"):
            p50 = [round(noise.random(), 3) for _ in range(192)]
            yield QuantileForecast(
                sender=Service.FORECASTER, emitted_at=issued, issued_at=issued,
                quantity=quantity, model_version="1", level="models",
                slots=tuple(
                    QuantileSlot(start=start, p10_kw=one / 2, p50_kw=one, p90_kw=one * 2)
                    for start, one in zip(slots(issued, 192), p50, strict=True)
                ),
            )  # fmt: skip


def fill(store: Store, days: int, forecast_days: int) -> None:
    """Write so many days of a life, and forecasts of the last `forecast_days` of them."""
    noise, tariff = random.Random(5), Tariff()  # noqa: S311 (no secret)
    for first in range(0, days, DAYS_AT_ONCE):
        begin = FIRST + first * A_DAY
        starts = slots(begin, min(DAYS_AT_ONCE, days - first) * 96)
        store.add_slots(
            [
                SlotEnergy(start=s, kwh=an_hour(s, noise), soc_percent_start=50, soc_percent_end=50)
                for s in starts
            ],
            "counters",
            begin,
        )
        store.add_prices([(s, round(noise.gauss(0.6, 0.3), 4)) for s in starts], tariff)
    for number in range(days - forecast_days, days):
        day = FIRST + number * A_DAY
        store.commit(Batch(at=day, messages=tuple(forecasts(day, noise))))


def roll(store: Store, now: datetime) -> None:
    """Work out all days, as the service does."""
    house = house_of(Config())
    days = sorted(store.changed_days(house, now))
    for first in range(0, len(days), 30):
        piece: list[date] = days[first : first + 30]
        store.roll(piece, house, now)


def timed(work: Callable[[], object]) -> float:
    """How long it takes [ms]."""
    watch = Stopwatch()
    work()
    return watch.elapsed.total_seconds() * 1000


def asking(store: Store, asked: Asked) -> tuple[float, float]:
    """Median and 95th percentile of twenty answers [ms]."""
    took = [timed(lambda: store.answer(asked, timedelta(minutes=1))) for _ in range(20)]
    cuts = quantiles(took, n=20)
    return cuts[9], cuts[18]


def resident_mb() -> float:
    """What the process holds in memory [MB]."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / MEGABYTE


def questions(now: datetime) -> dict[str, Asked]:
    """What is asked, by what it is called."""
    ever = {"start": FIRST - A_DAY, "end": now, "limit": 10_000}
    month = {"start": now - 30 * A_DAY, "end": now, "limit": 10_000}
    rollups = {
        f"rollups by {by}, all years": Asked(what="rollups", **ever, details=Details(by=by))  # type: ignore[arg-type]
        for by in SPANS
    }
    return rollups | {
        "slots, last month": Asked(what="slots", **month),  # type: ignore[arg-type]
        "outcomes, last month": Asked(what="outcomes", **month),  # type: ignore[arg-type]
        "forecasts 12 h ahead, last month": Asked(
            what="forecasts", **month, details=Details(lead_hours=12)  # type: ignore[arg-type]
        ),
    }  # fmt: skip


def report(lines: list[str], rows: list[tuple[str, str, str]]) -> str:
    """What goes onto the page."""
    head = ("question", "median [ms]", "95th percentile [ms]")
    return "\n".join(
        ["## Ten years in the recorder's file", "", *lines, "", table(head, rows), machine()]
    )


def main() -> None:
    """Make the file, open it again, ask, and say how it went."""
    parser = argparse.ArgumentParser(description="Ten years of a house in the recorder's file")
    parser.add_argument("--years", type=float, default=10)
    parser.add_argument("--forecast-years", type=float, default=10)
    wanted = parser.parse_args()
    days = int(wanted.years * 365.25)
    now = FIRST + days * A_DAY
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "history.duckdb"
        store = Store(path)
        fill(store, days, int(wanted.forecast_years * 365.25))
        rolling = timed(lambda: roll(store, now))
        looking = timed(lambda: store.changed_days(house_of(Config()), now))
        store.close()
        watch = Stopwatch()
        store = Store(path)
        opening = watch.elapsed.total_seconds()
        found = {name: asking(store, one) for name, one in questions(now).items()}
        size = path.stat().st_size / MEGABYTE
        store.close()
    rows = [(name, f"{middle:.1f}", f"{most:.1f}") for name, (middle, most) in found.items()]
    slowest = max(middle for name, (middle, _) in found.items() if name.startswith("rollups"))
    lines = [
        f"- {days * 96} slots, forecasts of {wanted.forecast_years:g} years: {size:.0f} MB.",
        f"- Opened in {opening:.2f} s (at most {MOST_OPEN_SECONDS:g} s).",
        f"- Slowest rollup {slowest:.0f} ms (at most {MOST_ROLLUP_MS:g} ms).",
        f"- All days worked out in {rolling / 1000:.0f} s, looked through in {looking:.0f} ms.",
        f"- Resident after all of it {resident_mb():.0f} MB (at most {MOST_MB:g} MB).",
    ]
    write_section("recorder-years", report(lines, rows))
    if opening > MOST_OPEN_SECONDS or slowest > MOST_ROLLUP_MS:
        raise SystemExit("slower than promised")


if __name__ == "__main__":
    main()
