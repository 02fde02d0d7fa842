"""What Prometheus may read about planning."""

from __future__ import annotations

from math import nan

from prometheus_client import Counter, Gauge, Histogram

STATUSES = ("optimal", "feasible", "fallback")
PLANS = Counter(
    "darkstar_planner_plans_total", "Plans published, by how they were made [plans]", ["status"]
)
REFUSALS = Counter("darkstar_planner_refusals_total", "Rounds that could make no plan [rounds]")
ABANDONED = Counter(
    "darkstar_planner_abandoned_total",
    "Plans not published, since someone set something while they were made [plans]",
)
KEPT = Counter(
    "darkstar_planner_kept_total",
    "Plans that stayed as they were, a change saving too little [plans]",
)
WHAT_IFS = Counter(
    "darkstar_planner_simulations_total",
    "What-ifs answered, by whether they could be [what-ifs]",
    ["accepted"],
)
SECONDS = Histogram(
    "darkstar_planner_solve_seconds",
    "Time in the solver for one plan [s]",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
)
GAP = Gauge(
    "darkstar_planner_gap",
    "Distance of the last plan from the proven best; NaN when nothing is proven [currency]",
)
LAST_SUCCESS = Gauge(
    "darkstar_planner_last_success_timestamp_seconds",
    "When the last plan was published, by the service's clock [Unix seconds]",
)
LAST_RUN = Gauge(
    "darkstar_planner_last_run_timestamp_seconds",
    "When the last round began, whatever came of it, by the service's clock; NaN: there was none "
    "[Unix seconds]",
)
NEXT_RUN = Gauge(
    "darkstar_planner_next_run_timestamp_seconds",
    "When the next round is due at the latest, by the service's clock; NaN: there will be none "
    "[Unix seconds]",
)
VIOLATIONS = Gauge(
    "darkstar_planner_violations",
    "Wishes and limits that the last plan could not keep; NaN: there was none [violations]",
)
FALLBACK = Gauge(
    "darkstar_planner_fallback",
    "1 while the last plan is the fallback that needs no solver, else 0; NaN: there was none "
    "[1 = yes]",
)
AT_FIRST_UNKNOWN = (GAP, LAST_SUCCESS, LAST_RUN, NEXT_RUN, VIOLATIONS, FALLBACK)
"""What is NaN until it is known."""


def begin() -> None:
    """Nothing is known yet; what is counted is counted from 0 on, so that the first is seen."""
    for gauge in AT_FIRST_UNKNOWN:
        gauge.set(nan)
    for status in STATUSES:
        PLANS.labels(status)
    for accepted in ("true", "false"):
        WHAT_IFS.labels(accepted)
