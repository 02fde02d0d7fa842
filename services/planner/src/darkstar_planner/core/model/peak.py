"""What the highest hours of the month cost."""

from __future__ import annotations

from darkstar_planner.core.model.draft import Draft, Term
from darkstar_planner.core.model.grid import GridVars
from darkstar_planner.core.peak_hours import PeakMonth, peak_months


def add_peak(draft: Draft, grid: GridVars) -> None:
    """Add the rise of each month's mean of its highest hours, at its price.

    The sum of the n largest of some values is the least of n·level + Σ max(0, value −
    level) over all levels (Ogryczak and Tamir, 2003): no yes or no is needed.
    """
    peak = draft.problem.grid.peak
    if peak is None or not peak.price_per_kw:
        return
    for number, month in enumerate(peak_months(draft.problem)):
        _add_month(draft, grid, month, number=number, price=peak.price_per_kw / peak.top_n)


def _add_month(
    draft: Draft, grid: GridVars, month: PeakMonth, *, number: int, price: float
) -> None:
    """`peak_hour`, `peak_known`: an hour's import is below the level, or paid for above it.

    The level ends at the n-th largest hour, so never below the n-th so far.
    """
    count, least = len(month.already_kw), month.already_kw[-1]
    name = f"peak.{number}"
    level = draft.variable(f"{name}.level_kw", lower=least, cost=price * count)
    draft.model.objective.offset -= price * sum(month.already_kw)
    for place, known_kw in enumerate(month.already_kw):
        if known_kw > least:
            over = draft.variable(f"{name}.known_over_kw[{place}]", cost=price)
            row = f"peak_known.{number}[{place}]"
            draft.row(row, [(1.0, level), (1.0, over)], lower=known_kw)
    for place, hour in enumerate(month.hours):
        terms: list[Term] = [(-share, grid.import_kw[t]) for t, share in hour]
        terms.append((1.0, level))
        if count > 1:
            # a single highest hour is the level itself
            terms.append((1.0, draft.variable(f"{name}.over_kw[{place}]", cost=price)))
        draft.row(f"peak_hour.{number}[{place}]", terms, lower=0.0)
