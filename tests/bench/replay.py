"""`make bench-replay`: past days run again, and how much of the possible saving each way keeps."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from bench.planner_days import REAL, SEK_PER_EUR, WINTER_LOAD, WINTER_PV, ZONE, real
from bench.reference_policy import Predecessor
from bench.report import machine, table, write_section

from darkstar_common.config import Battery, Config, Grid, Inverter, Planner
from darkstar_common.runtime import Stopwatch
from darkstar_common.slots import SLOT
from darkstar_lab.compare import NO_BATTERY, PERFECT, Result, compare, stretch_of
from darkstar_lab.kepler import Kepler
from darkstar_lab.policy import Policy
from darkstar_lab.sight import Sight
from darkstar_lab.truth import Truth, truth_of
from darkstar_simulator.core.generator import Home, generate_series
from darkstar_simulator.core.series import parse_series

HOUR = timedelta(hours=1)
EVERY = HOUR // SLOT
"""Plans are made once an hour: load and prices of the home are hourly."""


def house(**planner: object) -> Config:
    """The Swedish home's battery and connection; its measured load has the water heater in it."""
    return Config(
        water_heater=None,
        battery=Battery(
            capacity_kwh=34.2,
            max_charge_kw=8.88,
            max_discharge_kw=8.88,
            charge_efficiency=0.9754,
            discharge_efficiency=0.9754,
            wear_cost_per_kwh=0.0,
            standby_kw=0.01,
        ),
        grid=Grid(max_import_kw=17.0, max_export_kw=17.0),
        inverter=Inverter(max_ac_kw=8.8),
        planner=Planner.model_validate(planner),
    )


def kepler(config: Config, planner: Mapping[str, object], sight: Sight) -> Policy:
    """Kepler with other settings or another sight."""
    changed = config.planner.model_copy(update=dict(planner))
    return Kepler(config=config.model_copy(update={"planner": changed}), sight=sight, every=EVERY)


def _kepler(sight: Sight | None = None, **planner: object) -> Callable[[Config], Policy]:
    return partial(kepler, planner=planner, sight=sight or Sight())


OTHERS: Mapping[str, Callable[[Config], Policy]] = {
    "the reference model": lambda config: Predecessor(config=config, every=EVERY),
    "Kepler, published prices only": _kepler(Sight(prices="published")),
    "Kepler, one future": _kepler(scenarios=1),
    "Kepler, three futures": _kepler(scenarios=3),
    "Kepler, true load and sun": _kepler(Sight(powers="true")),
    "Kepler, all true for 48 h": _kepler(Sight(prices="true", powers="true")),
    "Kepler, five futures": _kepler(scenarios=5),
    "Kepler, risk appetite 1": _kepler(risk_appetite=1),
    "Kepler, risk appetite 5": _kepler(risk_appetite=5),
}
USUAL = tuple(OTHERS)[:6]
"""The others take long; `--way` asks for them."""
NAMES = {NO_BATTERY: "no battery", "self_consumption": "self-consumption only",
         PERFECT: "perfect foresight"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Days to replay."""

    name: str
    truth: Truth
    first: date
    days: int


def summer() -> Truth:
    """The real home at its own prices, or a made-up one."""
    if not real():
        home = Home(timezone=ZONE, seed=3)
        return truth_of(generate_series(home, start=date(2026, 5, 1), days=60))
    with (REAL / "home-se4-2025-summer.csv").open(encoding="utf-8") as lines:
        return truth_of(parse_series(lines))


def winter(first: date) -> Truth:
    """The same home with more load and less sun, at the prices of a real winter from `first` on."""
    home = summer()
    if not real():
        return replace(home, pv_kw=tuple(WINTER_PV * kw for kw in home.pv_kw))
    with (REAL / "prices-se4-2022-2024.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    began = datetime.fromisoformat(rows[0]["start_utc"]).astimezone(UTC)
    start = datetime.combine(first, time(home.start.hour, home.start.minute), tzinfo=UTC)
    start += timedelta(days=(home.start.weekday() - start.weekday()) % 7)
    spots = [float(row["eur_per_mwh"]) * SEK_PER_EUR / 1000 for row in rows]
    hours = [(start + t * SLOT - began) // HOUR for t in range(home.count)]
    return Truth(
        start=start,
        load_kw=tuple(WINTER_LOAD * kw for kw in home.load_kw),
        pv_kw=tuple(WINTER_PV * kw for kw in home.pv_kw),
        spot_per_kwh=tuple(spots[hour] for hour in hours),
    )


def rows(results: tuple[Result, ...]) -> list[tuple[str, ...]]:
    """One line for each way, dearest first."""
    return [
        (
            NAMES.get(one.name, one.name),
            f"{one.ledger.bill:.2f}",
            f"{one.ledger.left_worth:.2f}",
            f"{one.ledger.total:.2f}",
            f"{100 * one.share:.1f} %",
            f"{one.ledger.lowest_kwh:.1f}",
        )
        for one in sorted(results, key=lambda one: -one.ledger.total)
    ]


def section(parts: list[str]) -> str:
    """The page's section."""
    return (
        "## Replay: what each way of running the house costs\n\n"
        f"`make bench-replay` on {machine()}: past days run again slot by slot "
        "(`lab/README.md` says how). Each way decides with what was known then: prices published "
        "by the 13:00 rule, after them the forecaster's naive ones, and load and sun as the "
        "forecaster's quantiles of the past say. The house then lives through the true load and "
        "sun under the command that the executor makes of the plan, and pays the true price. "
        "Plans are made once an hour. Share: of what perfect foresight (one solve over all days) "
        "saves over no battery. Energy left at the end is worth what the best use of it would "
        "have saved in the two true days after, for all alike. Battery 34.2 kWh, 95 % round trip, "
        "no wear; money in SEK. Winter is the same home with half as much load again and 15 % of "
        "its sun, at SE4's prices of those days.\n\n" + "\n".join(parts)
    )


def measured(world: World, names: tuple[str, ...]) -> str:
    """The table of one world."""
    watch = Stopwatch()
    stretch = stretch_of(world.truth, house(), world.first, world.days)
    results = compare(stretch, names, OTHERS)
    head = ("way", "bill", "left", "total", "share", "lowest kWh")
    minutes = watch.elapsed.total_seconds() / 60
    text = f"{world.name}, {world.days} days from {world.first}:\n\n{table(head, rows(results))}"
    print(f"{text}({minutes:.0f} minutes)", flush=True)  # noqa: T201 (a command line)
    return text


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="bench-replay", description=__doc__)
    parser.add_argument("--days", type=int, default=7, help="days of each world")
    parser.add_argument("--way", action="append", help="only these; nothing is written")
    parser.add_argument("--world", action="append", help="only these; nothing is written")
    options = parser.parse_args()
    worlds = [
        World(
            name="The real home's summer" if real() else "A made-up home's summer",
            truth=summer(),
            first=date(2025, 7, 14) if real() else date(2026, 5, 14),
            days=options.days,
        ),
        World(
            name="Its winter",
            truth=winter(date(2023, 11, 14)),
            first=date(2023, 11, 27) if real() else date(2026, 5, 14),
            days=options.days,
        ),
    ]
    names = tuple(options.way or ("self_consumption", *USUAL))
    parts = [
        measured(one, names)
        for one in worlds
        if not options.world or any(word in one.name for word in options.world)
    ]
    if not options.way and not options.world:
        write_section("replay", section(parts))


if __name__ == "__main__":
    main()
