"""Which hours a peak tariff counts, and what a plan's import in them costs.

Both the model and the accounts ask here, so that they mean the same hours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from darkstar_planner.core.problem import Peak, Problem

HOUR = timedelta(hours=1)
# less of an hour than this is the rounding of slot lengths
SLIVER = timedelta(seconds=4)
SATURDAY = 5

Shares = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakMonth:
    """A local calendar month that the horizon touches, as the tariff sees it.

    Attributes:
        already_kw: Its `top_n` highest hours so far, the highest first [kW].
        hours: For each counted hour the slots in it, each with its share of the time
            that the horizon covers; the shares add up to 1.
    """

    already_kw: tuple[float, ...]
    hours: tuple[Shares, ...]


def peak_months(problem: Problem) -> tuple[PeakMonth, ...]:
    """The months with a counted hour within the horizon; none without a peak tariff.

    `already_kw` belongs to the month in which the horizon starts; any other begins
    with nothing.
    """
    peak = problem.grid.peak
    if peak is None:
        return ()
    by_month: dict[tuple[int, int], list[Shares]] = {}
    for begins, shares in _clock_hours(problem):
        if _is_counted(peak, begins):
            by_month.setdefault((begins.year, begins.month), []).append(shares)
    first = problem.start.astimezone(problem.zone)
    return tuple(
        PeakMonth(
            already_kw=_already(peak)
            if month == (first.year, first.month)
            else (0.0,) * peak.top_n,
            hours=tuple(hours),
        )
        for month, hours in by_month.items()
    )


def peak_rise(problem: Problem, import_kw: Sequence[float]) -> float:
    """What `import_kw` adds to the peak charges of the months it touches [currency]."""
    peak = problem.grid.peak
    if peak is None:
        return 0.0
    rise = 0.0
    for month in peak_months(problem):
        planned = [sum(share * import_kw[t] for t, share in hour) for hour in month.hours]
        highest = _highest([*month.already_kw, *planned], peak.top_n)
        rise += math.fsum(highest) - math.fsum(month.already_kw)
    return peak.price_per_kw * rise / peak.top_n


def borne_kw(problem: Problem, import_kw: Sequence[float]) -> float | None:
    """Hourly import of the horizon's first month that costs no more than `import_kw` does [kW].

    It is the lowest of the month's `top_n` highest hours, planned ones included; None where no
    counted hour of that month is within the horizon.
    """
    peak, months = problem.grid.peak, peak_months(problem)
    if peak is None or not months:
        return None
    planned = [sum(share * import_kw[t] for t, share in hour) for hour in months[0].hours]
    return _highest([*months[0].already_kw, *planned], peak.top_n)[-1]


def dearest_rise(problem: Problem) -> float:
    """The most that a peak tariff can add to the price of a kWh [currency/kWh]."""
    peak = problem.grid.peak
    if peak is None:
        return 0.0
    # 1 kWh in slot t is 1 / h[t] kW of import; an hour cut short knows the slot better
    sharpest = max(
        (
            share / problem.hours[t]
            for month in peak_months(problem)
            for hour in month.hours
            for t, share in hour
        ),
        default=0.0,
    )
    return peak.price_per_kw / peak.top_n * sharpest


def free_import_kw(problem: Problem) -> tuple[float, ...]:
    """How much each slot may import without adding to a peak charge; ∞ where none counts [kW]."""
    free = [math.inf] * problem.count
    for month in peak_months(problem):
        for hour in month.hours:
            for t, _ in hour:
                free[t] = month.already_kw[-1]
    return tuple(free)


def price_by_rule(problem: Problem) -> tuple[float, ...]:
    """Import price with what a kWh may add to the peak charge, for who cannot weigh it [1/kWh]."""
    peak = problem.grid.peak
    if peak is None:
        return problem.import_price
    rise, free = peak.price_per_kw / peak.top_n, free_import_kw(problem)
    return tuple(
        price + (0.0 if math.isinf(kw) else rise)
        for price, kw in zip(problem.import_price, free, strict=True)
    )


def _already(peak: Peak) -> tuple[float, ...]:
    known = peak.already_kw
    several = known if isinstance(known, tuple) else (known,) * peak.top_n
    return _highest((*several, *(0.0,) * peak.top_n), peak.top_n)


def _highest(values: Iterable[float], count: int) -> tuple[float, ...]:
    return tuple(sorted(values, reverse=True)[:count])


def _is_counted(peak: Peak, begins: datetime) -> bool:
    workday = not peak.weekdays_only or begins.weekday() < SATURDAY
    return workday and begins.hour in peak.hours


def _clock_hours(problem: Problem) -> Iterator[tuple[datetime, Shares]]:
    """Each hour of the local clock, by its local beginning, with the slots in it."""
    found: dict[datetime, list[tuple[int, timedelta]]] = {}
    for t, begins, lasts in _pieces(problem):
        into = _since_the_hour(begins.astimezone(problem.zone))
        found.setdefault(begins - into, []).append((t, lasts))
    for begins, pieces in found.items():
        covered = sum((lasts for _, lasts in pieces), timedelta())
        shares = tuple((t, lasts / covered) for t, lasts in pieces)
        yield begins.astimezone(problem.zone), shares


def _pieces(problem: Problem) -> Iterator[tuple[int, datetime, timedelta]]:
    """Each slot, cut where the local clock strikes: its number, when it begins, how long [h]."""
    ends = (*problem.starts[1:], problem.start + timedelta(hours=problem.edges[-1]))
    for t, end in enumerate(ends):
        begins = problem.starts[t]
        while begins < end:
            strikes = begins + HOUR - _since_the_hour(begins.astimezone(problem.zone))
            until = min(end, strikes)
            if until - begins > SLIVER:
                yield t, begins, until - begins
            begins = until


def _since_the_hour(local: datetime) -> timedelta:
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
