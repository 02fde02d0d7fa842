"""What it costs a plan to break what reality may force it to break.

All are multiples of the problem's own dearest kWh, so that they mean the same in
every currency, and stand in the order in which things should give way: comfort
before a manual block, a manual block before the battery's limits, those before the
fuse, and the lights go out last.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_planner.core.peak_hours import dearest_rise
from darkstar_planner.core.problem import Problem

# of the dearest kWh, for each kWh missed (or for each kWh and hour outside the limits)
STORED, IMPORT_LIMIT, TARGET, FIXED, HEAT, SPACING, FORCED, UNSERVED = (
    10.0,
    10.0,
    20.0,
    50.0,
    100.0,
    100.0,
    200.0,
    1000.0,
)
# of what a kWh can add to the month's peak charge
OVER_PEAK = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalties:
    """Prices of soft limits [currency/kWh unless said otherwise].

    Attributes:
        stored: Stored energy below its minimum or above its maximum [currency/kWh/h].
        import_limit: Import above the soft limit, where the problem names no penalty.
        target: Energy missing at a target, where the problem names no penalty.
        fixed: Distance from a manual block.
        heat: Energy missing at a daily minimum or a deferrable load.
        spacing: A rest between two heating blocks that is too short [currency/block].
        forced: Curtailment of PV that may not be curtailed, standby that finds no energy.
        unserved: Load that is not served.
    """

    stored: float
    import_limit: float
    target: float
    fixed: float
    heat: float
    spacing: float
    forced: float
    unserved: float


def penalties(problem: Problem) -> Penalties:
    """The penalties that fit the prices of `problem`."""
    scale = _dearest_kwh(problem)
    # a start, or an hour overdue, may be dearer than the energy of a slot
    comfort = max(
        (
            (heater.start_penalty + heater.gap_penalty_per_hour) / heater.power_kw
            for heater in problem.heaters
        ),
        default=0.0,
    )
    # nothing people asked for is dropped to keep a month's peak down
    rush = OVER_PEAK * dearest_rise(problem)
    return Penalties(
        stored=STORED * scale + rush,
        import_limit=IMPORT_LIMIT * scale,
        target=TARGET * scale + rush,
        fixed=FIXED * scale + rush,
        heat=HEAT * (scale + comfort) + rush,
        spacing=SPACING * (scale + comfort) + rush,
        forced=FORCED * scale + rush,
        unserved=UNSERVED * scale + rush,
    )


def _dearest_kwh(problem: Problem) -> float:
    """The most that a kWh is worth anywhere in `problem`, at least 1 [currency/kWh]."""
    prices = [abs(price) for price in (*problem.import_price, *problem.export_price)]
    for storage in problem.storages:
        prices += [abs(storage.terminal_value_per_kwh), storage.wear_cost_per_kwh]
        prices += [abs(value) for _, value in storage.terminal_value_curve]
    return max(1.0, *prices)
